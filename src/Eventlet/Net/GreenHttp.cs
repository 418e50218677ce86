using System.Net;

namespace Eventlet.Net;

/// <summary>HttpClient on hubs.</summary>
public static class GreenHttp
{
    /// <summary>
    /// A handler for <see cref="HttpClient"/> whose connections are green sockets, so that requests made in greenthreads wait on their hub. Any thread.
    /// </summary>
    /// <remarks>
    /// The platform opens connections, and reads those of HTTP/2, from the thread pool: for these the waiting is done by <paramref name="hub"/>. An HTTP/1.1 request
    /// on a connection that is open stays on the hub of the greenthread that makes it. The handler is its caller's, who may set its other properties and disposes it.
    /// </remarks>
    /// <param name="hub">Where connections are made; null: the calling thread's hub.</param>
    /// <param name="options">How a host's addresses are found and tried; null: the defaults.</param>
    public static SocketsHttpHandler CreateHandler(Hub? hub = null, ConnectOptions? options = null)
    {
        hub ??= Hubs.GetHub();
        return new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                DnsEndPoint to = context.DnsEndPoint;
                GreenSocket socket = await hub.InvokeAsync(
                    () => GreenNet.ConnectAsync(to.Host, to.Port, options, cancellationToken).AsTask()).ConfigureAwait(false);
                socket.Home = hub;
                socket.NoDelay = true;
                return socket.GetStream();
            },
        };
    }
}
