using System.Diagnostics.CodeAnalysis;

namespace Eventlet.Synchronization;

/// <summary>
/// Guards the state of one object of synchronization, which any thread may use. As long as one hub alone uses it no lock is taken and no fence paid for; the first
/// other thread makes it an ordinary lock for good. What it guards takes some ten instructions and runs no awaiter's code.
/// </summary>
/// <remarks>
/// The one hub says that it is inside and then looks whether others have come; the first other says that it has come, has every processor of the process pass a
/// barrier, and then looks whether the hub is inside. So one of the two sees the other, and the dear half of the pair is paid once in the object's life.
/// </remarks>
internal struct Gate
{
    private readonly Lock _lock = new();
    private Hub? _home;
    private bool _isHomeInside;
    private bool _isShared;

    public Gate()
    {
    }

    /// <summary>Whether it has become an ordinary lock.</summary>
    internal readonly bool IsShared => _isShared;

    /// <summary>Enters it; the result leaves it. Not to be entered again meanwhile by the same thread.</summary>
    [UnscopedRef]
    internal Held Enter()
    {
        Hub? hub = Hub.Running;
        if (hub is not null && (ReferenceEquals(hub, _home) || (_home is null && Settle(hub))))
        {
            Volatile.Write(ref _isHomeInside, true);
            if (!Volatile.Read(ref _isShared))
            {
                return new Held(ref this, isLocked: false);
            }

            Volatile.Write(ref _isHomeInside, false);
        }

        EnterShared();
        return new Held(ref this, isLocked: true);
    }

    private bool Settle(Hub hub) => Interlocked.CompareExchange(ref _home, hub, null) is null;

    private void EnterShared()
    {
        _lock.Enter();
        if (_isShared)
        {
            return;
        }

        Volatile.Write(ref _isShared, true);
        Interlocked.MemoryBarrierProcessWide();
        for (var spin = new SpinWait(); Volatile.Read(ref _isHomeInside);)
        {
            spin.SpinOnce();
        }
    }

    /// <summary>The stay inside.</summary>
    internal readonly ref struct Held
    {
        private readonly ref Gate _gate;
        private readonly bool _isLocked;

        internal Held(ref Gate gate, bool isLocked)
        {
            _gate = ref gate;
            _isLocked = isLocked;
        }

        public void Dispose()
        {
            if (_isLocked)
            {
                _gate._lock.Exit();
            }
            else
            {
                Volatile.Write(ref _gate._isHomeInside, false);
            }
        }
    }
}
