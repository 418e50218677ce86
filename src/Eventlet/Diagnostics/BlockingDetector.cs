namespace Eventlet.Diagnostics;

/// <summary>
/// A watchdog: looks from time to time whether the hub is still in the step that it was in before. A sleeping hub is in none. .NET cannot raise an
/// exception in running code, so it reports.
/// </summary>
internal sealed class BlockingDetector : IDisposable
{
    private readonly Hub _hub;
    private readonly ITimer _timer;
    private long _step = -1;
    private long _since;
    private bool _reported;
    private int _isLooking;

    internal BlockingDetector(Hub hub, TimeSpan resolution)
    {
        _hub = hub;
        _since = TimeProvider.System.GetTimestamp();

        // A timer of the system, not of the hub's clock: what is blocked is real time.
        _timer = TimeProvider.System.CreateTimer(static state => ((BlockingDetector)state!).Look(), this, resolution, resolution / 2);
        Resolution = resolution;
    }

    private TimeSpan Resolution { get; }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        // On a busy machine a look may come before the last one has ended.
        if (Interlocked.Exchange(ref _isLooking, 1) != 0)
        {
            return;
        }

        try
        {
            LookAlone();
        }
        finally
        {
            Volatile.Write(ref _isLooking, 0);
        }
    }

    private void LookAlone()
    {
        long step = _hub.StepInProgress;
        if (step != _step || step == 0)
        {
            _step = step;
            _since = TimeProvider.System.GetTimestamp();
            _reported = false;
            return;
        }

        TimeSpan duration = TimeProvider.System.GetElapsedTime(_since);
        if (!_reported && duration >= Resolution)
        {
            _reported = true;
            GreenThread? green = _hub.CurrentGreen;
            var blocked = new BlockedHub(_hub, green, duration) { Method = AsyncMethod.NameOf(_hub.Step), SpawnPlace = _hub.Debug.SpawnPlaceOf(green) };
            if (_hub.StepInProgress == step)
            {
                _hub.Debug.Report(blocked);
            }

            // Otherwise it has just ended, and what was read may be the next one's.
        }
    }
}
