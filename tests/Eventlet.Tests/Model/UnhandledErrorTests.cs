using System.Diagnostics.Tracing;
using System.Runtime.CompilerServices;
using Eventlet.Tests.Support;
using Pipes = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Model;

/// <summary>Errors that nobody waits for are reported, and the loop lives on.</summary>
public abstract class UnhandledErrorTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Theory]
    [InlineData("SpawnN")]
    [InlineData("SpawnN after a wait")]
    [InlineData("Post")]
    [InlineData("timer")]
    [InlineData("local timer")]
    [InlineData("listener")]
    [InlineData("link")]
    [InlineData("async void in a greenthread")]
    [InlineData("async void in a callback")]
    public void Error_ThatNobodyWaitsFor_IsReportedAtOnce_AndTheLoopLivesOn(string where) => OnOwner(() =>
    {
        using var pipes = new Pipes();
        (int reader, int writer) = pipes.Pipe();
        Pipes.Write(writer);
        Hub hub = Hubs.GetHub();
        var reported = new List<Exception>();
        hub.UnhandledException += reported.Add;
        var error = new FormatException(where);
        Cause(where, hub, reader, error);
        GreenThread.Sleep(TimeSpan.FromMilliseconds(2));
        Assert.Same(error, Assert.Single(reported));
        Assert.Equal(7, hub.Run(async () =>
        {
            await GreenThread.SleepAsync();
            return 7;
        }));
        Assert.Equal(0, hub.Statistics.Readers);
        Assert.Single(reported);
    });

    [Fact]
    public void Error_OfASpawnedGreenThread_IsReportedWhenItIsCollectedUnobserved() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        var reported = new List<Exception>();
        hub.UnhandledException += reported.Add;
        SpawnFailing(hub);
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
        Assert.Empty(reported);

        // A finalizer hands it to the pool, or to the running hub.
        for (int i = 0; i < 1000 && reported.Count == 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal("unobserved", Assert.Single(reported).Message);
    });

    [Fact]
    public void Error_WithoutSubscriber_GoesToOnUnhandled_AndToTheEventSource() => PlainThread.Run(() =>
    {
        var reported = new List<Exception>();
        Hubs.UseHub(Hubs.Builtin.Single(factory => factory.Name == THub.HubName), new HubOptions { OnUnhandled = reported.Add });
        using Hub hub = Hubs.GetHub();
        using var events = new HubEvents();
        hub.Post(() => throw new FormatException("first"));
        GreenThread.Sleep();
        Assert.Equal("first", Assert.Single(reported).Message);
        Assert.Contains("first", Assert.Single(events.Of("UnhandledError", EventLevel.Error)), StringComparison.Ordinal);

        // With a subscriber: that one, and not the options.
        int seen = 0;
        hub.UnhandledException += _ => seen++;
        hub.Post(() => throw new FormatException("second"));
        GreenThread.Sleep();
        Assert.Equal((1, 1), (seen, reported.Count));
    });

    [Fact]
    public void Handler_ThatThrows_GoesToOnUnhandled_AndOneOfThatToTheEventSource() => PlainThread.Run(() =>
    {
        var reported = new List<Exception>();
        Hubs.UseHub(Hubs.Builtin.Single(factory => factory.Name == THub.HubName), new HubOptions
        {
            OnUnhandled = error =>
            {
                reported.Add(error);
                throw new FormatException("third");
            },
        });
        using Hub hub = Hubs.GetHub();
        hub.UnhandledException += _ => throw new FormatException("second");
        using var events = new HubEvents();
        hub.Post(() => throw new FormatException("first"));
        GreenThread.Sleep();
        Assert.Equal("second", Assert.Single(reported).Message);
        IReadOnlyList<string> seen = events.Of("UnhandledError", EventLevel.Error);
        Assert.Contains(seen, e => e.Contains("first", StringComparison.Ordinal));
        Assert.Contains(seen, e => e.Contains("third", StringComparison.Ordinal));
        Assert.Equal(7, hub.Run(() => Task.FromResult(7)));
    });

    [Fact]
    public async Task Error_ByDefault_IsOneReportToStandardError()
    {
        ChildResult result = await ChildProcess.RunAsync("plain-main unhandled", new Dictionary<string, string?> { [Hubs.EnvironmentVariable] = THub.HubName });
        result.Expect();
        Assert.Equal(1, result.Error.Split("nobody waits for this error").Length - 1);
        Assert.Contains("FormatException: lost", result.Error, StringComparison.Ordinal);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void SpawnFailing(Hub hub)
    {
        hub.Spawn(() => Task.FromException(new FormatException("unobserved")));

        // Each of these is seen to, so that none of them is reported.
        GreenThread waited = hub.Spawn(() => Task.FromException(new FormatException("waited for")));
        Assert.Throws<FormatException>(waited.Wait);
        hub.Spawn(() => Task.FromException(new FormatException("linked"))).Link(_ => { });
        hub.Spawn(() => Task.FromException(new GreenletExit()));
        hub.Spawn(async () => await GreenThread.SleepAsync(TimeSpan.FromDays(1))).Kill(new FormatException("killed"));
        _ = hub.Spawn(() => Task.FromException(new FormatException("task"))).AsTask().ContinueWith(task => task.Exception, TaskScheduler.Default);
    }

    private static void Cause(string where, Hub hub, int reader, Exception error)
    {
        switch (where)
        {
            case "SpawnN": GreenThread.SpawnN(() => throw error); break;
            case "SpawnN after a wait":
                GreenThread.SpawnN(async () =>
                {
                    await GreenThread.SleepAsync();
                    throw error;
                });
                break;
            case "Post": hub.Post(() => throw error); break;
            case "timer": hub.ScheduleCallGlobal(TimeSpan.Zero, () => throw error); break;
            case "local timer": hub.ScheduleCallLocal(TimeSpan.Zero, () => throw error); break;
            case "listener": hub.Add(FdEvent.Read, reader, _ => throw error); break;
            case "link": GreenThread.Spawn(() => Task.CompletedTask).Link(_ => throw error); break;
            case "async void in a greenthread":
                GreenThread.SpawnN(() =>
                {
                    Void(error);
                    return Task.CompletedTask;
                });
                break;
            case "async void in a callback": hub.Post(() => Void(error)); break;
            default: throw new ArgumentException(where);
        }
    }

#pragma warning disable VSTHRD100 // It is what is tested.
    private static async void Void(Exception error)
    {
        await Task.Yield();
        throw error;
    }
#pragma warning restore VSTHRD100
}

/// <summary>On epoll.</summary>
public sealed class UnhandledErrorOnEpoll : UnhandledErrorTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class UnhandledErrorOnIoUring : UnhandledErrorTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class UnhandledErrorOnPoll : UnhandledErrorTests<PollHub>;

/// <summary>On select.</summary>
public sealed class UnhandledErrorOnSelect : UnhandledErrorTests<SelectHub>;
