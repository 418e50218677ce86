using System.Collections.Concurrent;
using Eventlet.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Eventlet.Tests.GreenThreads;

/// <summary>
/// The base of the tests of greenthreads: bodies run on a fresh hub of the kind under test, with the system's clock or one moved by hand,
/// and an error that nobody waits for fails the test unless it was expected.
/// </summary>
public abstract class GreenTests<THub> : HubTests<THub> where THub : IHubFixture
{
    private readonly ConcurrentQueue<Exception> _unhandled = new();

    /// <summary>The clock of <see cref="OnClock"/>: it moves only when the test moves it.</summary>
    private protected FakeTimeProvider Clock { get; } = new();

    private protected static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    /// <summary>Runs a body as a greenthread of a fresh hub.</summary>
    private protected void OnGreen(Func<Task> body) => OnMain(() => RunToItsEnd(body), TimeProvider.System);

    /// <summary>The same, on a hub whose clock is <see cref="Clock"/>.</summary>
    private protected void OnClock(Func<Task> body) => OnMain(() => RunToItsEnd(body), Clock);

    // A GreenletExit, of a killed greenthread that had a value for instance, would end a body as quietly as any other greenthread.
    private static void RunToItsEnd(Func<Task> body)
    {
        bool isAtItsEnd = false;
        Hubs.GetHub().Run(async () =>
        {
            await body();
            isAtItsEnd = true;
        });
        Assert.True(isAtItsEnd, "a GreenletExit has ended the test before its end");
    }

    /// <summary>Runs plain code on a fresh thread that owns such a hub.</summary>
    private protected void OnMain(Action body, TimeProvider? clock = null, TimeSpan? limit = null)
    {
        PlainThread.Run(() =>
        {
            Hubs.UseHub(Factory, Options(clock));
            using Hub hub = Hubs.GetHub();
            body();
        }, limit);
        Assert.Empty(_unhandled);
    }

    /// <summary>A second hub of the same kind, on a thread of its own.</summary>
    private protected Hub StartHub() => Hub.Start(Factory, Options(null));

    private protected static HubFactory Factory => Hubs.Builtin.First(f => f.Name == THub.HubName);

    private HubOptions Options(TimeProvider? clock) => new() { Clock = clock ?? TimeProvider.System, OnUnhandled = _unhandled.Enqueue };

    /// <summary>The errors so far that nobody waited for; from here on they are expected.</summary>
    private protected Exception[] TakeUnhandled()
    {
        Exception[] errors = [.. _unhandled];
        _unhandled.Clear();
        return errors;
    }

    /// <summary>Lets the loop go round once: whatever is ready or due goes on before the caller.</summary>
    private protected static async Task TurnAsync()
    {
        GreenThread me = GreenThread.Current!;
        me.Hub.ScheduleCallGlobal(TimeSpan.Zero, () => me.Switch());
        await me.Hub.SwitchAsync();
    }

    /// <summary>Lets go on whoever is ready, moves the clock, and lets go on whoever that wakes.</summary>
    private protected async Task AdvanceAsync(double seconds)
    {
        await TurnAsync();
        Clock.Advance(Seconds(seconds));
        await TurnAsync();
        await TurnAsync();
    }

    /// <summary>What an await raises.</summary>
    private protected static async Task<Exception?> ErrorOf(Func<Task> body)
    {
        try
        {
            await body();
            return null;
        }
        catch (Exception error)
        {
            return error;
        }
    }

    /// <summary>What waiting for a greenthread raises.</summary>
    private protected static Task<Exception?> ErrorOf(GreenThread green) => ErrorOf(async () => await green);
}
