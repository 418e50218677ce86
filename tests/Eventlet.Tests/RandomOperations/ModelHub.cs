namespace Eventlet.Tests.RandomOperations;

/// <summary>
/// What the contract says of a hub, as plain sequential code: a clock, a queue of what is ready, an inbox, timers, descriptors. It computes what
/// user code must see next; the operations of user code are applied to it as to the hub.
/// </summary>
internal sealed partial class ModelHub
{
    private const int ItemsPerTurn = 256;
    private const int ImmediatePerResume = 64;

    private readonly Queue<Action> _ready = new();
    private readonly Queue<Action> _inbox = new();
    private readonly SortedSet<ModelTimer> _timers = new(Comparer<ModelTimer>.Create(static (a, b) =>
        a.Deadline != b.Deadline ? a.Deadline.CompareTo(b.Deadline) : a.Serial.CompareTo(b.Serial)));

    private readonly List<ModelWait> _afterPoll = [];
    private readonly Queue<Occurrence> _expected = new();
    private int _budget;
    private bool _asks;
    private long _polls;
    private long _timerSerial;

    internal ModelHub(int channels) => Channels = [.. Enumerable.Range(0, channels).Select(slot => new ModelChannel(slot))];

    internal ModelChannel[] Channels { get; }

    internal long Now { get; set; }

    internal int Timers => _timers.Count;

    internal int Ready => _ready.Count;

    internal int GreenThreads { get; private set; }

    internal int Readers => Waiters(static channel => channel.Reader);

    internal int Writers => Waiters(static channel => channel.Writer);

    /// <summary>Waits that are begun and not yet resumed, all of which are on loan from the hub's pools.</summary>
    internal int WaitsOnLoan { get; private set; }

    internal bool InboxIsEmpty => _inbox.Count == 0;

    /// <summary>The next deadline; MaxValue: none.</summary>
    internal long NextDeadline => _timers.Min?.Deadline ?? long.MaxValue;

    /// <summary>Whether the hub, now asleep, must wake without more being done.</summary>
    internal bool MustWake => _inbox.Count > 0 || NextDeadline <= Now || Array.Exists(Channels, channel =>
        (channel.Reader is not null && channel.IsReadable) || (channel.Writer is not null && channel.IsWritable));

    /// <summary>MAINLOOP is entered.</summary>
    internal void Enter()
    {
        _asks = false;
        BeginTurn();
    }

    /// <summary>MAINLOOP is left because the call that ran it is over: after the item that told it so, wherever in a turn that stood.</summary>
    internal void Leave(ModelWait call)
    {
        // What it should have seen before that stays expected, and fails what is seen next.
        while (!call.IsDelivered && _expected.Count == 0)
        {
            Step();
        }
    }

    /// <summary>What user code sees next.</summary>
    internal Occurrence Next()
    {
        while (_expected.Count == 0)
        {
            Step();
        }

        return _expected.Dequeue();
    }

    /// <summary>A wait of a hub whose registrations fire once has told of something: it was so when they fired, and need not be so any more.</summary>
    internal static void Tell(ModelChannel channel, Readiness what)
    {
        const Readiness Either = Readiness.HangUp | Readiness.Error;
        channel.IsTold = channel.MayBeTold
            & (((what & (Readiness.Read | Readiness.ReadEnd | Either)) != 0 ? Interest.Read : 0) | ((what & (Readiness.Write | Either)) != 0 ? Interest.Write : 0));
    }

    private void See(string what, int who, long value = 0, Exception? error = null) => _expected.Enqueue(new Occurrence(what, who, value, error));

    // The loop, as ARCHITECTURE.md draws it.
    private void Step()
    {
        if (_asks)
        {
            _asks = false;
            _polls++;
            DispatchEvents();
            _afterPoll.ForEach(wait => Complete(wait, wait.TimeoutError));
            _afterPoll.Clear();
            BeginTurn();
        }
        else if (_budget > 0 && _ready.TryDequeue(out Action? item))
        {
            _budget--;
            item();
        }
        else
        {
            FireTimers();
            _asks = true;
            bool sleeps = _ready.Count == 0 && _afterPoll.Count == 0 && _inbox.Count == 0 && NextDeadline > Now;
            See(sleeps ? "sleeps" : "polls", 0);
        }
    }

    private void BeginTurn()
    {
        _budget = ItemsPerTurn;
        while (_inbox.TryDequeue(out Action? item))
        {
            _ready.Enqueue(item);
        }
    }

    private void FireTimers()
    {
        if (NextDeadline > Now)
        {
            return;
        }

        var due = new List<ModelTimer>();
        while (_timers.Min is { } timer && timer.Deadline <= Now)
        {
            _timers.Remove(timer);
            due.Add(timer);
        }

        due.ForEach(static timer => timer.OnDue());
    }

    private void DispatchEvents()
    {
        foreach (ModelChannel channel in Channels)
        {
            Interest told = channel.IsTold;
            channel.IsTold = channel.MayBeTold = 0;
            if ((channel.IsReadable || (told & Interest.Read) != 0) && channel.Reader is { } reader)
            {
                Tell(channel, reader);
            }

            if ((channel.IsWritable || (told & Interest.Write) != 0) && channel.Writer is { } writer)
            {
                Tell(channel, writer);
            }
        }
    }

    private void Tell(ModelChannel channel, object waiter)
    {
        if (waiter is ModelListener listener)
        {
            if (!listener.IsQueued)
            {
                listener.IsQueued = true;
                _ready.Enqueue(() => Call(listener));
            }

            return;
        }

        var wait = (ModelWait)waiter;
        if (wait.Kind == WaitKind.Receive)
        {
            wait.Value = Take(channel, wait.Room);
        }

        Complete(wait);
    }

    private static int Take(ModelChannel channel, int room)
    {
        int taken = Math.Min(channel.Bytes, room);
        channel.Bytes -= taken;
        return taken;
    }

    private void Call(ModelListener listener)
    {
        listener.IsQueued = false;
        if (listener.IsActive)
        {
            See("listener", listener.Number);
        }
    }

    private int Waiters(Func<ModelChannel, object?> direction)
    {
        int count = 0;
        foreach (ModelChannel channel in Channels)
        {
            count += direction(channel) is null ? 0 : 1;
        }

        return count;
    }

    private void AddTimer(ModelTimer timer)
    {
        timer.Serial = ++_timerSerial;
        _timers.Add(timer);
    }

    /// <summary>Calls of other threads go through the inbox.</summary>
    private void Submit(bool isRemote, Action item) => (isRemote ? _inbox : _ready).Enqueue(item);
}
