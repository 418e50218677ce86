using System.Net;
using System.Net.Sockets;

namespace Eventlet.AspNetCore;

/// <summary>
/// How Kestrel runs on hubs. What means the same as an option of the stock sockets transport has its name and its default. Read once, when the server starts.
/// </summary>
/// <remarks>Bound from the configuration section <see cref="Section"/>, before the delegate given to UseHubs is called.</remarks>
public sealed class HubTransportOptions
{
    /// <summary>The configuration section that these options are bound from.</summary>
    public const string Section = "HubTransport";

    /// <summary>How many hubs, each with a thread of its own, shared by all listeners; 1 to 1,024. Default: one per processor that the process may use, at most 16.</summary>
    public int Hubs { get; set; } = Math.Min(Environment.ProcessorCount, 16);

    /// <summary>
    /// Which hub: a name, or a comma-separated list of which the first that this system has is taken, as in <see cref="Eventlet.Hubs.UseHub(string?)"/>. If none can be
    /// had the server does not start, and says why. Default: null, which is EVENTLET_HUB, else the system's best.
    /// </summary>
    public string? Hub { get; set; }

    /// <summary>Whether each hub's thread is bound to a processor of its own. Linux only. Default: false.</summary>
    public bool PinThreads { get; set; }

    /// <summary>Where the application runs. Default: <see cref="ApplicationScheduling.ThreadPool"/>.</summary>
    public ApplicationScheduling ApplicationScheduling { get; set; }

    /// <summary>
    /// Whether to take a buffer only when there is something to put into it: an idle connection holds none. It costs no system call, but a copy where io_uring receives much.
    /// Default: true.
    /// </summary>
    public bool WaitForDataBeforeAllocatingBuffer { get; set; } = true;

    /// <summary>Whether small packets are sent at once (TCP_NODELAY); for TCP only. Default: true.</summary>
    public bool NoDelay { get; set; } = true;

    /// <summary>How many connections may wait to be accepted, at least 1; the system has its own limit (net.core.somaxconn). Default: 512.</summary>
    public int Backlog { get; set; } = 512;

    /// <summary>
    /// How many bytes of a connection may be received and not consumed before receiving stops, until half of them are consumed. 0 or null: no limit. The smaller of
    /// this and Kestrel's MaxRequestBufferSize holds. Default: 1 MiB.
    /// </summary>
    public long? MaxReadBufferSize { get; set; } = 1024 * 1024;

    /// <summary>
    /// How many bytes of a connection may wait to be sent before a flush waits, until half of them are sent. 0 or null: no limit. The smaller of this and Kestrel's
    /// MaxResponseBufferSize holds. Default: 64 KiB.
    /// </summary>
    public long? MaxWriteBufferSize { get; set; } = 64 * 1024;

    /// <summary>
    /// How long after a client has ended its half of a connection, or closed it, which looks the same, the response that is under way may still be sent, before the connection
    /// counts as closed and RequestAborted fires. Zero: at once, so that such a response is lost, as on the stock transport; infinite: until the response ends. Default: 5 s.
    /// </summary>
    public TimeSpan HalfCloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Makes the socket that listens at an endpoint, bound and not listening yet; the transport closes it, except for a <see cref="Microsoft.AspNetCore.Connections.FileHandleEndPoint"/>.
    /// Default: <see cref="CreateDefaultBoundListenSocket"/>.
    /// </summary>
    public Func<EndPoint, Socket> CreateBoundListenSocket { get; set; } = CreateDefaultBoundListenSocket;

    /// <summary>
    /// A socket bound to an endpoint: an IP endpoint (of which IPv6Any takes IPv4 too), a Unix path, or a handle that is bound already and stays its owner's.
    /// </summary>
    /// <param name="endpoint">Where to listen.</param>
    /// <exception cref="NotSupportedException">Another kind of endpoint.</exception>
    /// <exception cref="SocketException">AddressAlreadyInUse among others.</exception>
    public static Socket CreateDefaultBoundListenSocket(EndPoint endpoint) => ListenSockets.Bind(endpoint);
}
