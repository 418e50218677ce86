using System.Runtime.InteropServices;
using Eventlet.Processes;

namespace Eventlet;

/// <summary>
/// A child process whose three streams and whose end are waited for on hubs: no thread of the pool, no blocked thread. Any number of greenthreads may wait for
/// its end, from any hub.
/// </summary>
/// <remarks>
/// <para>Dispose it: a child that still runs then is killed (SIGKILL), its pipes are closed, and its status is taken, so that no zombie stays. So `await using` in a
/// greenthread ends the child also when the greenthread is killed. One that is forgotten runs on, with closed pipes once the collector has seen to them; no zombie stays
/// of it either. To let a child outlive its starter on purpose, start it through setsid(1) or nohup(1).</para>
/// <para>All members work from any thread, and on every hub; the blocking forms are for code outside MAINLOOP. Linux only so far.</para>
/// </remarks>
public sealed class GreenSubprocess : IDisposable, IAsyncDisposable
{
    private readonly Child _child;
    private readonly ChildWait _wait;
    private int _disposed;

    private GreenSubprocess(Child child, ChildStreams streams)
    {
        _child = child;
        _wait = new ChildWait(child);
        StandardInput = streams.Input;
        StandardOutput = streams.Output;
        StandardError = streams.Error;
    }

    /// <summary>The process id.</summary>
    public int Id => _child.Id;

    /// <summary>Where to write what the child reads; null if that is no pipe. Disposing it is the end of the child's input.</summary>
    public GreenPipe? StandardInput { get; }

    /// <summary>What the child writes; null if that is no pipe. A child that writes more than a pipe holds (64 KiB) waits until it is read.</summary>
    public GreenPipe? StandardOutput { get; }

    /// <summary>What the child writes to its error stream; null if that is no pipe.</summary>
    public GreenPipe? StandardError { get; }

    /// <summary>How it ended; null while it runs. Looks, and never waits.</summary>
    public SubprocessExit? Exit => _child.TryReap();

    /// <summary>Starts a program. It takes until exec has succeeded or failed, about a millisecond, on any thread.</summary>
    /// <param name="options">What, and how.</param>
    /// <exception cref="FileNotFoundException">There is no such program, or no such interpreter of a script.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such working directory.</exception>
    /// <exception cref="UnauthorizedAccessException">It is not executable, or not by this user.</exception>
    /// <exception cref="IOException">Any other error of the system, whose number is the HResult: too many open files, for instance.</exception>
    /// <exception cref="PlatformNotSupportedException">Elsewhere than on Linux.</exception>
    public static GreenSubprocess Start(SubprocessOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var streams = new ChildStreams(options);
        try
        {
            int pid = Spawner.Start(options, streams.Numbers);
            return new GreenSubprocess(new Child(pid, options.WithoutPidfd), streams);
        }
        catch
        {
            streams.DisposePipes();
            throw;
        }
        finally
        {
            streams.Dispose();
        }
    }

    /// <summary>Starts a program with three pipes, in this process's environment and working directory.</summary>
    /// <param name="fileName">See <see cref="SubprocessOptions.FileName"/>.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <inheritdoc cref="Start(SubprocessOptions)" path="/exception"/>
    public static GreenSubprocess Start(string fileName, params IReadOnlyList<string> arguments) =>
        Start(new SubprocessOptions { FileName = fileName, Arguments = arguments });

    /// <summary>Waits until it has ended. Its pipes stay open: a child whose output nobody reads may never end, see <see cref="CommunicateAsync(ReadOnlyMemory{byte}, CancellationToken)"/>.</summary>
    /// <param name="timeout">Null or infinite: none; zero only looks. The child runs on after a time-out.</param>
    /// <param name="cancellationToken">Ends the wait, not the child.</param>
    /// <exception cref="GreenTimeoutException">The time is over.</exception>
    /// <exception cref="IOClosedException">It was disposed, and how it ended is not known yet.</exception>
    public ValueTask<SubprocessExit> WaitAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) => _wait.EndAsync(timeout, cancellationToken);

    /// <summary>Blocks until it has ended; the hub runs meanwhile. Outside MAINLOOP only. As <see cref="WaitAsync"/>.</summary>
    /// <param name="timeout">Null or infinite: none; zero only looks.</param>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP.</exception>
    public SubprocessExit Wait(TimeSpan? timeout = null)
    {
        Blocking.RefuseInMainloop("GreenSubprocess.Wait", "WaitAsync");
        return _wait.End(timeout);
    }

    /// <summary>Asks it to end: SIGTERM.</summary>
    public void Terminate() => Signal(15);

    /// <summary>Ends it: SIGKILL. Its children are not its process, and live on.</summary>
    public void Kill() => Signal(9);

    /// <summary>Sends it a signal. One that has ended gets none, whoever has its number now.</summary>
    /// <param name="number">As the system numbers them.</param>
    /// <exception cref="UnauthorizedAccessException">It has become another user's (setuid).</exception>
    /// <exception cref="IOException">There is no such signal.</exception>
    public void Signal(int number) => Signalling.Send(_child, number);

    /// <summary>Feeds it, reads both its outputs to their ends, and waits for its own: none of the three can hold up another.</summary>
    /// <param name="input">Its whole input, if that is a pipe. A child that does not read it all is not an error.</param>
    /// <param name="cancellationToken">Ends the wait, not the child: dispose it.</param>
    /// <exception cref="InvalidOperationException">There is input, and no pipe for it.</exception>
    public async Task<SubprocessOutput> CommunicateAsync(ReadOnlyMemory<byte> input = default, CancellationToken cancellationToken = default)
    {
        if (StandardInput is null && !input.IsEmpty)
        {
            throw new InvalidOperationException("the child's standard input is no pipe");
        }

        using var output = new MemoryStream();
        using var error = new MemoryStream();
        SubprocessExit exit = await new Conversation(this, cancellationToken).RunAsync(token => FeedAsync(input, token), output, error);
        return new SubprocessOutput(exit, output.GetBuffer().AsMemory(0, (int)output.Length), error.GetBuffer().AsMemory(0, (int)error.Length));
    }

    /// <summary>As <see cref="CommunicateAsync(ReadOnlyMemory{byte}, CancellationToken)"/>, for any amount of data: nothing is held in memory but a buffer for each stream.</summary>
    /// <param name="input">Read to its end, or until the child has ended. Null: the child's input ends at once.</param>
    /// <param name="output">Takes its standard output. Null: it is read and forgotten.</param>
    /// <param name="error">Takes its standard error stream. Null: it is read and forgotten.</param>
    /// <param name="cancellationToken">Ends the wait, not the child: dispose it.</param>
    /// <exception cref="InvalidOperationException">There is input, and no pipe for it.</exception>
    public Task<SubprocessExit> CommunicateAsync(Stream? input, Stream? output, Stream? error, CancellationToken cancellationToken = default)
    {
        if (StandardInput is null && input is not null)
        {
            throw new InvalidOperationException("the child's standard input is no pipe");
        }

        return new Conversation(this, cancellationToken).RunAsync(token => input is null ? Task.CompletedTask : Conversation.CopyAsync(input, StandardInput!, token),
            output ?? Stream.Null, error ?? Stream.Null);
    }

    /// <summary>Blocks; the hub runs meanwhile. Outside MAINLOOP only. As <see cref="CommunicateAsync(ReadOnlyMemory{byte}, CancellationToken)"/>.</summary>
    /// <param name="input">Its whole input, if that is a pipe.</param>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP; or there is input, and no pipe for it.</exception>
    public SubprocessOutput Communicate(ReadOnlyMemory<byte> input = default)
    {
        Blocking.RefuseInMainloop("GreenSubprocess.Communicate", "CommunicateAsync");
        GreenThread<SubprocessOutput> talking = Hubs.GetHub().Spawn(() => CommunicateAsync(input));
        try
        {
            return talking.Wait();
        }
        finally
        {
            // Where a time-out scope or an Abort has ended the wait.
            talking.Kill();
        }
    }

    /// <summary>Kills it if it still runs, closes the pipes, and has its status taken when it has ended, which is at once but for a child in the midst of a system call. Idempotent.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        ClosePipes();
        if (_child.TryReap() is null)
        {
            _ = _child.Signal(9);
            Orphans.Add(_child);
        }

        if (_child.PidFd is { IsClosed: false } pidfd)
        {
            Hubs.NotifyClose((int)pidfd.DangerousGetHandle());
            pidfd.Dispose();
        }
    }

    /// <summary>As <see cref="Dispose"/>, and waits until it has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_disposed == 0 && _child.TryReap() is null)
            {
                ClosePipes();
                if (_child.Signal(9) == 0)
                {
                    await WaitAsync();
                }
            }
        }
        finally
        {
            // Also where a second Kill cuts the wait short.
            Dispose();
        }
    }

    private async Task FeedAsync(ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        if (!input.IsEmpty)
        {
            await StandardInput!.WriteAsync(input, cancellationToken);
        }
    }

    private void ClosePipes()
    {
        StandardInput?.Dispose();
        StandardOutput?.Dispose();
        StandardError?.Dispose();
    }
}
