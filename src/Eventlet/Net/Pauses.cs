namespace Eventlet.Net;

/// <summary>The pauses of one operation for whose end the system has no event: 1 ms, each twice the one before, up to 50 ms, and no longer than the operation may take.</summary>
internal struct Pauses(TimeSpan? limit)
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_longest = TimeSpan.FromMilliseconds(50);

    private TimeSpan _next = s_first;
    private TimeSpan _left = limit is { } some && some != Timeout.InfiniteTimeSpan ? some : TimeSpan.MaxValue;

    /// <summary>The next pause.</summary>
    /// <exception cref="GreenTimeoutException">The time is over.</exception>
    internal TimeSpan Next()
    {
        if (_left <= TimeSpan.Zero)
        {
            throw new GreenTimeoutException();
        }

        TimeSpan pause = _next < _left ? _next : _left;
        _left -= _left == TimeSpan.MaxValue ? TimeSpan.Zero : pause;
        _next = pause * 2 < s_longest ? pause * 2 : s_longest;
        return pause;
    }
}
