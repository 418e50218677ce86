using System.Runtime.CompilerServices;
using Eventlet.Diagnostics;

namespace Eventlet;

/// <summary>Switches of one hub for finding mistakes, and what it holds as text. Any thread, where a member does not say otherwise.</summary>
public sealed class HubDebug
{
    private readonly Hub _hub;
    private readonly ConditionalWeakTable<GreenThread, string> _spawnPlaces = [];
    private BlockingDetector? _detector;
    private TimeSpan _resolution = TimeSpan.FromSeconds(1);

    internal HubDebug(Hub hub) => _hub = hub;

    /// <summary>Whether a second simultaneous reader (or writer) of one descriptor is an error. Default: true. When off, they are served first come, first served.</summary>
    public bool PreventMultipleReaders { get; set; } = true;

    /// <summary>Whether listeners remember where they were made. Default: false.</summary>
    public bool ListenerTracebacks { get; set; }

    /// <summary>Whether timers remember where they were made. Default: false.</summary>
    public bool TimerTracebacks { get; set; }

    /// <summary>Whether greenthreads remember where they were spawned, for <see cref="FormatGreenThreads"/> and <see cref="BlockedHub.SpawnPlace"/>. Default: false; it costs microseconds for each.</summary>
    public bool GreenThreadTracebacks { get; set; }

    /// <summary>Whether a watchdog reports code that keeps the hub's thread for longer than <see cref="BlockingResolution"/>. Default: false. It costs the hub a store for each step.</summary>
    public bool BlockingDetection
    {
        get => _detector is not null;
        set
        {
            BlockingDetector? old = _detector;
            if (value == (old is not null))
            {
                return;
            }

            _hub.NotesSteps = value;
            _detector = value ? new BlockingDetector(_hub, _resolution) : null;
            old?.Dispose();
        }
    }

    /// <summary>How long one step may take before it is reported. Default: one second; greater than zero. Takes effect when detection is switched on.</summary>
    public TimeSpan BlockingResolution
    {
        get => _resolution;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            _resolution = value;
        }
    }

    /// <summary>
    /// Told of each step that took too long, while it still does, on a thread-pool thread. Without a subscriber it is an event of the event source.
    /// </summary>
    public event Action<BlockedHub>? Blocked;

    /// <summary>Who waits for which descriptor, and, if <see cref="ListenerTracebacks"/> was on, where each listener was made. Hub thread, or the owner's while no loop runs.</summary>
    /// <exception cref="InvalidOperationException">On another thread: see <see cref="DumpAsync"/>.</exception>
    public string FormatListeners() => _hub.WithState($"Debug.{nameof(FormatListeners)}", () => HubText.Listeners(_hub, int.MaxValue));

    /// <summary>The armed timers, the next one first, those of sleeps and time-outs among them, and, if <see cref="TimerTracebacks"/> was on, where each was made. Hub thread, or the owner's while no loop runs.</summary>
    /// <exception cref="InvalidOperationException">On another thread: see <see cref="DumpAsync"/>.</exception>
    public string FormatTimers() => _hub.WithState($"Debug.{nameof(FormatTimers)}", () => HubText.Timers(_hub, int.MaxValue));

    /// <summary>
    /// The greenthreads that have not ended, and what each waits for: the wait, how long at most, and the async method that awaits it. Where one was spawned too, if
    /// <see cref="GreenThreadTracebacks"/> was on. Hub thread, or the owner's while no loop runs.
    /// </summary>
    /// <exception cref="InvalidOperationException">On another thread: see <see cref="DumpAsync"/>.</exception>
    public string FormatGreenThreads() => _hub.WithState($"Debug.{nameof(FormatGreenThreads)}", () => HubText.GreenThreads(_hub, int.MaxValue));

    /// <summary>All of this in one text, made by the hub in its next turn; one that is blocked answers when it goes on. Launches MAINLOOP in the background if nobody runs it. Any thread.</summary>
    /// <exception cref="HubException">The hub was disposed, or is meanwhile.</exception>
    public Task<string> DumpAsync()
    {
        _hub.ThrowIfDisposed();
        var item = new DumpItem();
        _hub.Submit(item);
        _hub.LaunchIfIdle();
        return item.Text;
    }

    internal string Dump() => HubText.Statistics(_hub) + HubText.GreenThreads(_hub, int.MaxValue) + HubText.Listeners(_hub, int.MaxValue) + HubText.Timers(_hub, int.MaxValue);

    /// <summary>Notes where a greenthread is being spawned, if that is asked for.</summary>
    internal void NoteSpawn(GreenThread green)
    {
        if (GreenThreadTracebacks)
        {
            _spawnPlaces.Add(green, Environment.StackTrace);
        }
    }

    internal string? SpawnPlaceOf(GreenThread? green) => green is not null && _spawnPlaces.TryGetValue(green, out string? place) ? place : null;

    internal void Report(BlockedHub blocked)
    {
        HubEventSource.Log.Blocked(blocked);
        Interlocked.Increment(ref _hub.BlockedSteps);

        // On a timer's thread: what escapes would end the process.
        _hub.Guard(() => Blocked?.Invoke(blocked));
    }

    internal void Dispose() => BlockingDetection = false;
}
