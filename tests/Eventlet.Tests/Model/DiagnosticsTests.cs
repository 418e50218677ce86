using System.Diagnostics.Tracing;
using Eventlet.Tests.Support;
using Pipes = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Model;

/// <summary>Statistics and the detection of code that blocks the loop.</summary>
public abstract class DiagnosticsTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    /// <summary>Longer than a busy machine keeps a short step from its end.</summary>
    private static readonly TimeSpan Resolution = TimeSpan.FromMilliseconds(250);

    [Fact]
    public void Statistics_CountWhatTheHubHoldsAndHasDone() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        (int reader, int writer) = pipes.Pipe();
        (int a, int b) = pipes.SocketPair();
        Hub hub = Hubs.GetHub();
        Assert.Equal(new HubStatistics(), hub.Statistics);
        GreenThread waiting = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(reader, read: true, timeout: TimeSpan.FromDays(1)));
        GreenThread sleeping = GreenThread.Spawn(async () => await GreenThread.SleepAsync(TimeSpan.FromDays(1)));
        HubTimer timer = hub.ScheduleCallGlobal(TimeSpan.FromDays(1), () => { });
        FdListener readListener = hub.Add(FdEvent.Read, a, _ => { });
        FdListener? writeListener = null;
        writeListener = hub.Add(FdEvent.Write, writer, _ => hub.Remove(writeListener!));
        while (hub.Statistics.Writers > 0)
        {
            GreenThread.Sleep();
        }

        HubStatistics held = hub.Statistics;
        Assert.Equal((2, 0, 3, 2), (held.Readers, held.Writers, held.Timers, held.GreenThreads));
        Assert.True(held.Turns > 0 && held.Polls > 0 && held.Events > 0);

        Pipes.Write(writer);
        waiting.Wait();
        sleeping.Kill();
        sleeping.Wait();
        timer.Cancel();
        hub.Remove(readListener);
        Pipes.Write(b, 1);
        HubStatistics done = hub.Statistics;
        Assert.Equal((0, 0, 0, 0, 0), (done.Readers, done.Writers, done.Timers, done.GreenThreads, done.Ready));
        Assert.True(done.Turns > held.Turns && done.Events > held.Events);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void BlockingDetection_ReportsAStepThatBlocks_WhileItDoes(bool inGreenThread) => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        hub.Debug.BlockingResolution = Resolution;
        hub.Debug.BlockingDetection = true;
        Assert.True(hub.Debug.BlockingDetection);
        using var events = new HubEvents();
        using var reported = new ManualResetEventSlim();
        var reports = new List<BlockedHub>();
        hub.Debug.Blocked += blocked =>
        {
            reports.Add(blocked);
            reported.Set();
        };

        GreenThread? blocking = null;
        if (inGreenThread)
        {
            blocking = GreenThread.Spawn(() =>
            {
                reported.Wait();
                return Task.CompletedTask;
            });
        }
        else
        {
            hub.Post(reported.Wait);
        }

        GreenThread.Sleep();
        BlockedHub report = Assert.Single(reports);
        Assert.Same(hub, report.Hub);
        Assert.Same(blocking, report.GreenThread);
        Assert.True(report.Duration >= hub.Debug.BlockingResolution);
        Assert.StartsWith(THub.HubName, Assert.Single(events.Of("HubBlocked", EventLevel.Warning)), StringComparison.Ordinal);
        hub.Debug.BlockingDetection = false;
        Assert.False(hub.Debug.BlockingDetection);
    });

    [Fact]
    public void BlockingDetection_AHubThatSleeps_IsNotBlocked() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        hub.Debug.BlockingResolution = Resolution;
        var reports = new List<BlockedHub>();
        hub.Debug.Blocked += reports.Add;
        hub.Debug.BlockingDetection = true;
        GreenThread.Sleep(Resolution * 3);
        hub.Debug.BlockingDetection = false;
        Assert.Empty(reports);
    });

    [Fact]
    public void BlockingDetection_AHandlerThatThrows_IsReportedAsUnhandled() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        using var reported = new ManualResetEventSlim();
        hub.UnhandledException += error =>
        {
            if (error is FormatException)
            {
                reported.Set();
            }
        };
        hub.Debug.BlockingResolution = TimeSpan.FromMilliseconds(10);
        hub.Debug.Blocked += _ => throw new FormatException();
        hub.Debug.BlockingDetection = true;
        hub.Post(reported.Wait);
        GreenThread.Sleep();
    });

    [Fact]
    public void BlockingResolution_MustBePositive() => OnOwner(() =>
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Hubs.GetHub().Debug.BlockingResolution = TimeSpan.Zero);
        Assert.Throws<ArgumentOutOfRangeException>(() => Hubs.GetHub().Debug.BlockingResolution = TimeSpan.FromSeconds(-1));
    });

    [Fact]
    public void Tracebacks_WhenOn_TellWhereAListenerAndATimerWereMade() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        (int reader, _) = pipes.Pipe();
        Hub hub = Hubs.GetHub();
        foreach (bool on in new[] { false, true, false })
        {
            hub.Debug.ListenerTracebacks = hub.Debug.TimerTracebacks = on;
            FdListener listener = hub.Add(FdEvent.Read, reader, _ => { });
            HubTimer timer = hub.ScheduleCallGlobal(TimeSpan.FromDays(1), () => { });
            Assert.Equal(on, listener.ToString().Contains(nameof(Tracebacks_WhenOn_TellWhereAListenerAndATimerWereMade), StringComparison.Ordinal));
            Assert.Equal(on, timer.ToString().Contains(nameof(Tracebacks_WhenOn_TellWhereAListenerAndATimerWereMade), StringComparison.Ordinal));
            hub.Remove(listener);
            timer.Cancel();
        }
    });
}

/// <summary>On epoll.</summary>
public sealed class DiagnosticsOnEpoll : DiagnosticsTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class DiagnosticsOnIoUring : DiagnosticsTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class DiagnosticsOnPoll : DiagnosticsTests<PollHub>;

/// <summary>On select.</summary>
public sealed class DiagnosticsOnSelect : DiagnosticsTests<SelectHub>;
