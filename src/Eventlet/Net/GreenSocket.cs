using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Eventlet.Descriptors;
using Eventlet.Interop;

namespace Eventlet.Net;

/// <summary>
/// A socket that waits on hubs: each operation is tried first, and only if it would block its greenthread is suspended. It belongs to no hub until
/// someone waits on it; reads and writes may come from different hubs, one at a time per direction.
/// </summary>
/// <remarks>
/// All members work from any thread. The async forms resume as every wait of a hub does; the blocking forms are for code outside MAINLOOP.
/// Errors of the system are <see cref="SocketException"/>s; a socket that is closed here throws <see cref="IOClosedException"/>.
/// </remarks>
public sealed partial class GreenSocket : IDisposable, IAsyncDisposable
{
    private readonly bool _ownsHandle;
    private readonly SocketSide _reading = new();
    private readonly SocketSide _writing = new();
    private readonly KeptDescriptor _kept;
    private Socket? _socket;

    /// <summary>Makes a socket, close-on-exec.</summary>
    /// <param name="family">InterNetwork, InterNetworkV6 or Unix.</param>
    /// <param name="type">Stream or Dgram; the remarks of a member say where one of them only can use it.</param>
    /// <param name="protocol">Tcp or Udp, or Unspecified for Unix sockets.</param>
    /// <exception cref="SocketException">The system refuses it, for want of descriptors for instance.</exception>
    public GreenSocket(AddressFamily family, SocketType type, ProtocolType protocol)
        : this(new Socket(family, type, protocol), ownsSocket: true)
    {
        _kept.IsShared = false;
    }

    /// <summary>Wraps a socket; from now on it is in non-blocking mode and is used through this object.</summary>
    /// <param name="socket">An open socket.</param>
    /// <param name="ownsSocket">Whether closing this one closes it.</param>
    public GreenSocket(Socket socket, bool ownsSocket = true)
    {
        ArgumentNullException.ThrowIfNull(socket);
        socket.Blocking = false;
        _socket = socket;
        _ownsHandle = ownsSocket;
        _kept = new KeptDescriptor(socket.SafeHandle, "socket", _reading, _writing) { IsShared = true };
        Family = socket.AddressFamily;
        IsDatagram = socket.SocketType != SocketType.Stream;
    }

    /// <summary>Takes over a descriptor that is non-blocking and close-on-exec already.</summary>
    internal GreenSocket(FileDescriptorHandle handle, AddressFamily family, bool isDatagram = false)
    {
        _kept = new KeptDescriptor(handle, "socket", _reading, _writing);
        Family = family;
        IsDatagram = isDatagram;
        _ownsHandle = true;
    }

    /// <summary>The limit of each wait of an operation; null: none. A wait that takes longer throws <see cref="GreenTimeoutException"/>; nothing is lost. Default: null.</summary>
    public TimeSpan? Timeout { get; set; }

    /// <summary>The address that it is bound to; null before.</summary>
    public EndPoint? LocalEndPoint => SocketCalls.IsDirect ? SocketCalls.LocalEndPoint(this) : View.LocalEndPoint;

    /// <summary>The peer's address; null if it is not connected.</summary>
    public EndPoint? RemoteEndPoint => SocketCalls.IsDirect ? SocketCalls.RemoteEndPoint(this) : View.RemoteEndPoint;

    /// <summary>Whether <see cref="Close"/> was called.</summary>
    public bool IsClosed => _kept.IsClosed;

    /// <summary>The descriptor, for options and system calls of your own. It stays this object's.</summary>
    public SafeHandle SafeHandle
    {
        get
        {
            _kept.IsShared = true;
            return Handle;
        }
    }

    internal SafeHandle Handle => _kept.Handle;

    /// <summary>What the next receive may expect.</summary>
    internal Expectation Expected
    {
        get => _reading.Expected;
        set => _reading.Expected = value;
    }

    internal AddressFamily Family { get; }

    /// <summary>Whether what is received has boundaries: what a read took says nothing about what is left, and 0 bytes are no end.</summary>
    internal bool IsDatagram { get; }

    /// <summary>Whether its own receiving half was shut: the system then calls a datagram socket readable for ever, and has nothing for it.</summary>
    internal bool IsReceivingShut { get; private set; }

    /// <summary>The hub that does the waiting for those who are on none, on the thread pool for instance; null: their thread's hub. Default: null.</summary>
    public Hub? Home { get; set; }

    /// <summary>The socket that this one wraps, if it does.</summary>
    internal Socket? Shared => _socket;

    /// <summary>A socket object over the descriptor, for what is no matter of waiting.</summary>
    private Socket View
    {
        get
        {
            ThrowIfClosed();
            return _socket ??= new Socket(new SafeSocketHandle(Handle.DangerousGetHandle(), ownsHandle: false));
        }
    }

    /// <summary>Gives it an address.</summary>
    /// <param name="local">Port 0 lets the system choose.</param>
    public void Bind(EndPoint local) => View.Bind(local);

    /// <summary>Begins to take connections.</summary>
    /// <param name="backlog">How many may wait to be accepted; the system has its own limit (net.core.somaxconn).</param>
    public void Listen(int backlog = 512) => View.Listen(backlog);

    /// <summary>Ends one or both directions; the peer, or a waiter of this socket, sees the end of the stream.</summary>
    /// <param name="how">Which.</param>
    public void Shutdown(SocketShutdown how)
    {
        // Before: a reader on another hub may be woken at once.
        IsReceivingShut |= how != SocketShutdown.Send;
        if (!SocketCalls.IsDirect)
        {
            View.Shutdown(how);
        }
        else if (SocketCalls.Shutdown(this, how) is var result and not 0)
        {
            throw ErrorOf(result);
        }

        if (how != SocketShutdown.Send)
        {
            // A reader that waits is woken by the system; one that comes later must look.
            _reading.IsDrained = false;
        }
    }

    /// <summary>A stream on it.</summary>
    /// <param name="ownsSocket">Whether disposing the stream closes the socket.</param>
    public GreenStream GetStream(bool ownsSocket = true) => new(this, ownsSocket);

    /// <summary>Closes it and wakes every waiter, on every hub, with <see cref="IOClosedException"/>. Idempotent.</summary>
    public void Close()
    {
        if (!_kept.End())
        {
            return;
        }

        DropKept();
        if (_ownsHandle)
        {
            _socket?.Dispose();
            Handle.Dispose();
        }
    }

    /// <inheritdoc cref="Close"/>
    public void Dispose() => Close();

    /// <inheritdoc cref="Close"/>
    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    /// <summary>The family, the descriptor and whether it is closed.</summary>
    public override string ToString() => $"GreenSocket({Family}, {(IsClosed ? "closed" : $"descriptor {Handle.DangerousGetHandle()}")})";

    /// <summary>Counts a waiter in and finds the record of the descriptor on its hub. On the hub's thread.</summary>
    internal FdRecord Enter(Hub hub, FdEvent direction) => _kept.Enter(hub, direction);

    internal void Leave(FdEvent direction) => _kept.Leave(direction);

    /// <summary>
    /// What a failed call throws. To close a handle that another thread is using .NET disconnects it first: what the call says then is of its own end.
    /// </summary>
    internal Exception ErrorOf(int code) => SocketCalls.Error(IsClosed ? SocketCalls.Closed : code);

    /// <summary>A receive's result: an end of the stream that comes of a Close here is no end of the peer's.</summary>
    internal int ResultOf(int result) => result == 0 && IsClosed ? SocketCalls.Closed : result;

    /// <summary>The next read must look.</summary>
    internal void ForgetDrained() => _reading.IsDrained = false;

    private void ThrowIfClosed()
    {
        if (IsClosed)
        {
            throw _kept.ClosedError();
        }
    }
}
