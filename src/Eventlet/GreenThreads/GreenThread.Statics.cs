using Eventlet.Waits;

namespace Eventlet;

// The module-level functions: they mean the calling thread's hub.
public partial class GreenThread
{
    /// <summary>Runs a greenthread on this thread's hub from now on; nothing is started for it. Any thread.</summary>
    /// <param name="body">The greenthread's code.</param>
    public static GreenThread Spawn(Func<Task> body) => Hubs.GetHub().Spawn(body);

    /// <inheritdoc cref="Spawn(Func{Task})"/>
    /// <typeparam name="T">The type of its result.</typeparam>
    public static GreenThread<T> Spawn<T>(Func<Task<T>> body) => Hubs.GetHub().Spawn(body);

    /// <summary>Runs a greenthread that nobody will wait for, the cheapest way. Its error is reported as unhandled at once. Any thread.</summary>
    /// <param name="body">The greenthread's code.</param>
    public static void SpawnN(Func<Task> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        Hub hub = Hubs.GetHub();
        hub.Schedule(new GreenThread(hub, body, isDetached: true));
    }

    /// <summary>Runs a greenthread when a delay is over, whether or not its spawner lives then. Any thread.</summary>
    /// <param name="delay">Zero and less: in the hub's next turn.</param>
    /// <param name="body">The greenthread's code.</param>
    public static GreenThread SpawnAfter(TimeSpan delay, Func<Task> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        var green = new GreenThread(Hubs.GetHub(), body, isDetached: false);
        green.ScheduleAfter(delay);
        return green;
    }

    /// <summary>As <see cref="SpawnAfter"/>, but it ends as killed if its spawner, the current greenthread, ends first.</summary>
    /// <param name="delay">Zero and less: in the hub's next turn.</param>
    /// <param name="body">The greenthread's code.</param>
    public static GreenThread SpawnAfterLocal(TimeSpan delay, Func<Task> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        if (Current is not { } spawner)
        {
            return SpawnAfter(delay, body);
        }

        GreenThread? green = null;
        void SpawnerEnded(GreenThread ended) => green!.Cancel();
        green = new GreenThread(spawner.Hub, () =>
        {
            spawner._ending.RemoveLink(SpawnerEnded);
            return body();
        }, isDetached: false);
        if (!spawner._ending.AddLink(SpawnerEnded))
        {
            green.Cancel();
            return green;
        }

        green.ScheduleAfter(delay);
        return green;
    }

    /// <summary>Blocks for a time; the hub runs meanwhile. Outside MAINLOOP only, except that inside it a delay of zero or less returns at once.</summary>
    /// <param name="delay">How long; <see cref="Timeout.InfiniteTimeSpan"/>: until the hub is dropped or aborted; other negative values count as zero.</param>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP: await <see cref="SleepAsync"/>.</exception>
    public static void Sleep(TimeSpan delay = default)
    {
        bool isYield = IsYield(delay);
        if (isYield && Hub.Running is not null)
        {
            return;
        }

        Blocking.RefuseInMainloop("GreenThread.Sleep", "GreenThread.SleepAsync");
        Hub hub = Hubs.GetHub();
        GreenTimeout? scope = GreenTimeout.CurrentFor(null);
        if (scope?.Due(hub) is { } due)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(due.Raise());
        }

        var wait = new SleepWait { IsYield = isYield };
        wait.Prepare(isYield ? long.MaxValue : hub.Time.DeadlineAfter(delay), scope, default);
        hub.Block(wait);
    }

    /// <summary>Suspends for a time. Zero: lets the others run, once. Any thread.</summary>
    /// <param name="delay">How long; <see cref="Timeout.InfiniteTimeSpan"/>: until interrupted; other negative values count as zero.</param>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>.</param>
    public static ValueTask SleepAsync(TimeSpan delay = default, CancellationToken cancellationToken = default)
    {
        bool isYield = IsYield(delay);
        Hub? hub = Hub.Running;
        if (hub?.CurrentGreen is { } green)
        {
            if (green.Interruption(hub, cancellationToken, out GreenTimeout? scope) is { } interruption)
            {
                return Failed.Task(interruption);
            }

            SleepWait wait = hub.Rent<SleepWait>();
            if (isYield && hub.FaultError is null)
            {
                wait.BeginReady(hub, green);
            }
            else
            {
                wait.IsYield = isYield;
                wait.Begin(hub, green, isYield ? long.MaxValue : hub.Time.DeadlineAfter(delay), scope, cancellationToken);
            }

            return new ValueTask(wait, wait.Version);
        }

        return SleepOutside(hub ?? Hubs.GetHub(), delay, cancellationToken);
    }

    /// <summary>As <see cref="SleepAsync"/> for a caller who is in no greenthread, on a hub of his choice.</summary>
    internal static ValueTask SleepOutside(Hub hub, TimeSpan delay, CancellationToken cancellationToken)
    {
        bool isYield = IsYield(delay);
        GreenTimeout? scope = GreenTimeout.CurrentFor(null);
        if (scope?.Due(hub) is { } due)
        {
            return ValueTask.FromException(due.Raise());
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        var wait = new SleepWait { IsYield = isYield };
        wait.Prepare(isYield ? long.MaxValue : hub.Time.DeadlineAfter(delay), scope, cancellationToken);
        return hub.BeginOutside<bool>(wait).AsPlainValueTask();
    }

    private static bool IsYield(TimeSpan delay) => delay <= TimeSpan.Zero && delay != Timeout.InfiniteTimeSpan;
}
