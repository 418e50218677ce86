namespace Eventlet.Testing;

/// <summary>
/// A clock for tests that stands still while a hub has something to do, and jumps to the next timer when everything in the hub waits: an hour's sleep takes no time, and the order of
/// what happens is that of the real clock. Run the hub by <see cref="For"/>. What another thread or process is about to do is not seen: a clock that such a hub waits for should
/// not be this one. Any thread.
/// </summary>
public sealed class JumpingClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];
    private long _now;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>The time since the clock was made.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(GetTimestamp());

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Elapsed;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock to the next timer, and runs that timer's callback on the calling thread.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Jump()
    {
        Timer? next;
        lock (_lock)
        {
            next = _timers.MinBy(static timer => timer.Due);
            if (next is null)
            {
                return false;
            }

            _now = Math.Max(_now, next.Due);
            _timers.Remove(next);
            if (next.Period > TimeSpan.Zero)
            {
                next.Due = _now + next.Period.Ticks;
                _timers.Add(next);
            }
        }

        next.Fire();
        return true;
    }

    /// <summary>Runs a body as a greenthread of a hub on this clock, on a thread of its own, until it ends.</summary>
    /// <param name="factory">The kind of hub; null: the default.</param>
    /// <param name="body">What to run.</param>
    /// <exception cref="Exception">Whatever ends the body.</exception>
    public void Run(Func<Task> body, HubFactory? factory = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        using Hub hub = Hub.Start(For(factory ?? Hubs.GetDefaultHub()), new HubOptions { Clock = this });
        hub.InvokeAsync(body).GetAwaiter().GetResult();
    }

    /// <summary>A hub that lets this clock jump when it has nothing else to do; its <see cref="HubOptions.Clock"/> must be this one.</summary>
    /// <param name="factory">What it multiplexes with.</param>
    public HubFactory For(HubFactory factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return new JumpingFactory(factory, this);
    }

    private sealed class Timer(JumpingClock clock, TimerCallback callback, object? state) : ITimer
    {
        internal long Due { get; set; }

        internal TimeSpan Period { get; private set; }

        internal void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
                Period = period;
                if (dueTime >= TimeSpan.Zero)
                {
                    Due = clock._now + dueTime.Ticks;
                    clock._timers.Add(this);
                }
            }

            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
