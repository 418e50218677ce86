namespace Eventlet;

/// <summary>The beginning of a greenthread in its hub's next turn: one that the hub has used before, or the collector's if another thread spawned it.</summary>
internal sealed class StartItem : HubItem
{
    private bool _isTheHubs;

    /// <summary>Which greenthread it begins.</summary>
    internal GreenThread? Green { get; private set; }

    /// <summary>The next of those that a hub keeps.</summary>
    private StartItem? _next;

    /// <summary>One for a spawn on another thread.</summary>
    internal static StartItem Of(GreenThread green) => new() { Green = green };

    internal override void Run(Hub hub)
    {
        GreenThread green = Green!;
        if (_isTheHubs)
        {
            Green = null;
            hub.Starts.Return(this);
        }

        green.Start(hub);
    }

    /// <summary>Which greenthread it begins.</summary>
    public override string ToString() => $"start of {Green}";

    internal override void Abandon(Exception reason) => Green?.Abandon(reason);

    /// <summary>Those that a hub uses again. Hub thread only.</summary>
    internal struct Shelf
    {
        /// <summary>A million spawned at once leave no million of these.</summary>
        private const int Limit = 1024;

        private StartItem? _first;
        private int _count;

        /// <summary>One for a spawn on the hub's own thread.</summary>
        internal StartItem Rent(GreenThread green)
        {
            StartItem? item = _first;
            if (item is null)
            {
                return new StartItem { Green = green, _isTheHubs = true };
            }

            _first = item._next;
            _count--;
            item._next = null;
            item.Green = green;
            return item;
        }

        internal void Return(StartItem item)
        {
            if (_count < Limit)
            {
                item._next = _first;
                _first = item;
                _count++;
            }
        }
    }
}
