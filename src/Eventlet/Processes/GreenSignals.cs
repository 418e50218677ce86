using System.Runtime.InteropServices;
using Eventlet.Processes;
using Eventlet.Waits;

namespace Eventlet;

/// <summary>
/// Signals of the process, delivered on hubs: <c>await signals.WaitAsync()</c>, or <c>await foreach (PosixSignal signal in signals)</c>. From its making until it is disposed these
/// signals do not do what they otherwise would, such as ending the process; they wait here for somebody to take them, and the same signal waits once.
/// </summary>
/// <remarks>
/// <para>Each object gets every signal that it was made for, beside other objects, the program's own registrations and <see cref="Hub.CancelOnSignals"/>; of the latter the first
/// signal cancels as ever, but a second one does not end the process while this object takes it.</para>
/// <para>The object belongs to no hub, and keeps none running: it is no listener, no timer and no thread of the hub's. A greenthread that waits for a signal counts as any
/// greenthread does. One waiter at a time; all members work from any thread. SIGKILL and SIGSTOP cannot be had; on Windows only SIGINT, SIGQUIT, SIGTERM and SIGHUP can.</para>
/// </remarks>
public sealed class GreenSignals : IAsyncEnumerable<PosixSignal>, IDisposable
{
    private readonly SignalQueue _queue = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <summary>Takes signals over.</summary>
    /// <param name="signals">Which; those that have no name by their number, e.g. <c>(PosixSignal)10</c>.</param>
    /// <exception cref="ArgumentException">None is named.</exception>
    /// <exception cref="IOException">The system refuses one of them, SIGKILL for instance; none is taken over then.</exception>
    public GreenSignals(params ReadOnlySpan<PosixSignal> signals)
    {
        if (signals.IsEmpty)
        {
            throw new ArgumentException("name at least one signal", nameof(signals));
        }

        try
        {
            foreach (PosixSignal signal in signals)
            {
                // By the number that was asked for: the context names a known signal in its own way, whatever it was registered as.
                _registrations.Add(PosixSignalRegistration.Create(signal, context =>
                {
                    context.Cancel = true;
                    _queue.Add(signal);
                }));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Waits for the next signal; one that has come already is returned at once. None is lost if the wait is interrupted.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ObjectDisposedException">The object was disposed, before or meanwhile.</exception>
    /// <exception cref="InvalidOperationException">Somebody waits already.</exception>
    public ValueTask<PosixSignal> WaitAsync(CancellationToken cancellationToken = default)
    {
        if (Hub.Running is not { CurrentGreen: { } green } hub)
        {
            return WaitOutside(cancellationToken);
        }

        if (green.Interruption(hub, cancellationToken, out GreenTimeout? scope) is { } interruption)
        {
            return Failed.Task<PosixSignal>(interruption);
        }

        SignalWait wait = hub.Rent<SignalWait>();
        wait.Queue = _queue;
        try
        {
            wait.Begin(hub, green, long.MaxValue, scope, cancellationToken);
        }
        catch (Exception error)
        {
            wait.Release();
            return ValueTask.FromException<PosixSignal>(error);
        }

        return new ValueTask<PosixSignal>(wait, wait.Version);
    }

    /// <summary>Blocks until the next signal; the hub runs meanwhile. Outside MAINLOOP only. As <see cref="WaitAsync"/>.</summary>
    /// <param name="timeout">Null or infinite: none; zero only looks.</param>
    /// <exception cref="GreenTimeoutException">The time is over.</exception>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP; or somebody waits already.</exception>
    public PosixSignal Wait(TimeSpan? timeout = null)
    {
        Blocking.RefuseInMainloop("GreenSignals.Wait", "WaitAsync");
        Hub hub = Hubs.GetHub();
        using var limit = new GreenTimeout(timeout);
        var wait = new SignalWait { Queue = _queue };
        wait.Prepare(long.MaxValue, GreenTimeout.CurrentFor(null), default);
        hub.Block(wait);

        // Of a wait that was not pooled the result stays, a number, after its release.
        return wait.Result;
    }

    /// <summary>The signals as they come, until the object is disposed.</summary>
    /// <param name="cancellationToken">Ends the wait for the next one with <see cref="OperationCanceledException"/>.</param>
    public async IAsyncEnumerator<PosixSignal> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            PosixSignal signal;
            try
            {
                signal = await WaitAsync(cancellationToken);
            }
            catch (ObjectDisposedException)
            {
                yield break;
            }

            yield return signal;
        }
    }

    /// <summary>Gives the signals back: they do again what they did before. Who waits gets <see cref="ObjectDisposedException"/>. Idempotent.</summary>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _queue.Close();
    }

    private ValueTask<PosixSignal> WaitOutside(CancellationToken cancellationToken)
    {
        Hub hub = Hub.Running ?? Hubs.GetHub();
        GreenTimeout? scope = GreenTimeout.CurrentFor(null);
        if (scope?.Due(hub) is { } due)
        {
            return ValueTask.FromException<PosixSignal>(due.Raise());
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<PosixSignal>(cancellationToken);
        }

        var wait = new SignalWait { Queue = _queue };
        wait.Prepare(long.MaxValue, scope, cancellationToken);
        return hub.BeginOutside<PosixSignal>(wait).AsValueTask();
    }
}
