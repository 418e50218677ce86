using System.Diagnostics;
using System.Runtime.CompilerServices;
using Eventlet.Interop;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Processes;

/// <summary>What a child inherits beside what it is given, and what is left of it: no zombie, whoever forgets it.</summary>
public abstract class SubprocessLeftoverTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private const int SIGKILL = 9;
    private const int SIGPIPE = 13;

    [Fact]
    public void Child_InheritsNoDescriptor_AlsoNoneThatSomebodyHasLeftOpen() => OnHub(async () =>
    {
        using var left = new FileDescriptorHandle(Libc.eventfd(0, Libc.EFD_NONBLOCK));
        int stray = left.Value;
        (GreenPipe reader, GreenPipe writer) = GreenPipe.CreatePair();
        await using GreenSubprocess other = GreenSubprocess.Start("cat");
        await using GreenSubprocess child = GreenSubprocess.Start("sh", "-c", "for fd in /proc/self/fd/*; do echo ${fd##*/}; done; [ -e /proc/$$/fd/" + stray + " ] && echo stray; exit 0");
        Assert.True(File.Exists($"/proc/self/fd/{stray}"));
        SubprocessOutput result = await child.CommunicateAsync();
        string[] inherited = System.Text.Encoding.ASCII.GetString(result.Output.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        // The pattern is expanded by the shell, whose open directory is in its own list.
        Assert.Equal(["0", "1", "2"], inherited.Order(StringComparer.Ordinal).Take(3));
        Assert.InRange(inherited.Length, 3, 4);
        Assert.DoesNotContain("stray", inherited);
        reader.Dispose();
        writer.Dispose();
    });

    [Fact]
    public void Child_EndsBySigpipe_WhenNobodyReadsItsOutput() => OnHub(async () =>
    {
        // .NET ignores the signal; its children do not inherit that.
        await using GreenSubprocess child = GreenSubprocess.Start("yes");
        byte[] buffer = new byte[100];
        await child.StandardOutput!.ReadAsync(buffer);
        await child.StandardOutput.DisposeAsync();
        Assert.Equal(SIGPIPE, (await child.WaitAsync()).Signal);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void DisposeOfARunningChild_EndsIt_AndLeavesNoZombie(bool isAsync) => OnHub(async () =>
    {
        GreenSubprocess child = GreenSubprocess.Start("sleep", "1000");
        GreenThread<SubprocessExit> waiting = GreenThread.Spawn(async () => await child.WaitAsync());
        await Turns.PassAsync();
        if (isAsync)
        {
            await child.DisposeAsync();
            Assert.False(Exists(child.Id));
            Assert.Equal(SIGKILL, child.Exit!.Value.Signal);
            await child.DisposeAsync();
        }
        else
        {
            child.Dispose();
            child.Dispose();
        }

        try
        {
            Assert.Equal(SIGKILL, (await waiting).Signal);
        }
        catch (IOClosedException) when (!isAsync)
        {
            // The waiter was told before the status had been taken.
        }

        await GoneAsync(child.Id);
        await Assert.ThrowsAsync<IOClosedException>(async () => await child.StandardOutput!.ReadAsync(new byte[1]));
    });

    [Fact]
    public void KilledGreenThread_TakesItsChildWithIt() => OnHub(async () =>
    {
        int id = 0;
        GreenThread owner = GreenThread.Spawn(async () =>
        {
            await using GreenSubprocess child = GreenSubprocess.Start("sleep", "1000");
            id = child.Id;
            await child.CommunicateAsync();
        });
        await Turns.PassAsync();
        Assert.True(Exists(id));
        owner.Kill();
        await owner;
        Assert.True(owner.WasKilled);
        Assert.False(Exists(id));
    });

    [Fact]
    public void ForgottenChild_BecomesNoZombie() => OnHub(async () =>
    {
        int ended = Forget("true", null);
        int reading = Forget("cat", null);
        await CollectUntilGoneAsync(ended);

        // Its input has ended with the pipe that was forgotten.
        await CollectUntilGoneAsync(reading);
    });

    [Fact]
    public void StatusThatSomebodyElseHasTaken_IsUnknown_AndNobodyWaitsForEver() => OnHub(async () =>
    {
        await using GreenSubprocess child = GreenSubprocess.Start("sh", "-c", "exit 3");
        TakeStatus(child.Id);
        SubprocessExit exit = await child.WaitAsync();
        Assert.Equal((null, null, -1, false), (exit.ExitCode, exit.Signal, exit.ShellCode, exit.IsSuccess));
    });

    [Fact]
    public void ChildrenOfOthers_AndOurs_LeaveEachOtherAlone() => OnHub(async () =>
    {
        for (int round = 0; round < 10; round++)
        {
            using Process theirs = Process.Start(new ProcessStartInfo("sh", ["-c", $"exit {round + 1}"]))!;
            await using GreenSubprocess ours = GreenSubprocess.Start("sh", "-c", $"exit {round + 101}");
            await theirs.WaitForExitAsync();
            Assert.Equal(round + 101, (await ours.WaitAsync()).ExitCode);
            Assert.Equal(round + 1, theirs.ExitCode);
        }
    });

    private static unsafe void TakeStatus(int id)
    {
        int status;
        Assert.Equal(id, Libc.waitpid(id, &status, 0));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Forget(string file, string? argument) => GreenSubprocess.Start(file, argument is null ? [] : [argument]).Id;

    private static async Task CollectUntilGoneAsync(int id)
    {
        while (Exists(id))
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
        }
    }

    private static async Task GoneAsync(int id)
    {
        while (Exists(id))
        {
            await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
        }
    }

    /// <summary>Also as a zombie.</summary>
    private static bool Exists(int id) => Directory.Exists($"/proc/{id}");
}

/// <inheritdoc/>
public sealed class SubprocessLeftoversOnEpoll : SubprocessLeftoverTests<EpollHub>;

/// <inheritdoc/>
public sealed class SubprocessLeftoversOnPoll : SubprocessLeftoverTests<PollHub>;

/// <inheritdoc/>
public sealed class SubprocessLeftoversOnSelect : SubprocessLeftoverTests<SelectHub>;
