namespace Eventlet;

/// <summary>A monotonic clock in nanoseconds on top of a <see cref="TimeProvider"/>.</summary>
internal sealed class HubClock
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly long _frequency;

    internal HubClock(TimeProvider provider)
    {
        Provider = provider;
        _frequency = provider.TimestampFrequency;
    }

    internal TimeProvider Provider { get; }

    /// <summary>Whether the kernel's waits run on the same clock.</summary>
    internal bool IsSystem => ReferenceEquals(Provider, TimeProvider.System);

    internal long Now
    {
        get
        {
            long timestamp = Provider.GetTimestamp();
            return _frequency == NanosecondsPerSecond
                ? timestamp
                : (long)((Int128)timestamp * NanosecondsPerSecond / _frequency);
        }
    }

    /// <summary>When a delay that begins now is over: never for an infinite one, now for a negative one.</summary>
    internal long DeadlineAfter(TimeSpan delay)
    {
        if (delay == Timeout.InfiniteTimeSpan)
        {
            return long.MaxValue;
        }

        long now = Now;
        long ticks = Math.Max(0, delay.Ticks);
        long nanoseconds = ticks > long.MaxValue / TimeSpan.NanosecondsPerTick ? long.MaxValue : ticks * TimeSpan.NanosecondsPerTick;

        // One below MaxValue, which means "never".
        return nanoseconds > long.MaxValue - 1 - now ? long.MaxValue - 1 : now + nanoseconds;
    }

    /// <summary>What remains until a deadline, rounded up to what a TimeSpan can say.</summary>
    internal TimeSpan Until(long deadline)
    {
        if (deadline == long.MaxValue)
        {
            return Timeout.InfiniteTimeSpan;
        }

        long remaining = deadline - Now;
        return remaining <= 0 ? TimeSpan.Zero
            : TimeSpan.FromTicks((remaining + TimeSpan.NanosecondsPerTick - 1) / TimeSpan.NanosecondsPerTick);
    }
}
