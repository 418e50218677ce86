using System.Net;
using System.Net.Sockets;
using Eventlet.Descriptors;
using Eventlet.Interop;
using Eventlet.Waits;

namespace Eventlet.Net;

// Connecting, and what else is asked of the descriptor itself.
public sealed partial class GreenSocket
{
    private async ValueTask ConnectSlowlyAsync(EndPoint to, CancellationToken cancellationToken)
    {
        var pauses = new Pauses(Timeout);
        bool wasWoken = false;

        // Where it never waits, or nothing can be waited for, there is nothing to hand over.
        bool submits = Hub.Running is { CurrentGreen: not null, Table.Submits: true } && !IsDatagram && Family != AddressFamily.Unix && SocketCalls.IsDirect;
        while (true)
        {
            int result = submits ? await SubmitConnectAsync(to, cancellationToken).ConfigureAwait(false) : SocketCalls.Connect(this, to);
            submits = false;
            switch (result)
            {
                case 0 or -Errno.EISCONN:
                    return;

                case -Errno.EINPROGRESS or -Errno.EINTR:
                case -Errno.EALREADY when !wasWoken:
                    await WritableAsync(cancellationToken).ConfigureAwait(false);
                    result = SocketCalls.TakeError(this);
                    if (result != 0)
                    {
                        throw ErrorOf(result);
                    }

                    // No error, but events may be spurious: the system says it when asked once more.
                    wasWoken = true;
                    break;

                // The queue of a Unix listener is full, and nothing tells when it is not (unix(7)); or the event was spurious.
                case -Errno.EALREADY or SocketCalls.WouldBlock:
                    await PauseAsync(pauses.Next(), cancellationToken).ConfigureAwait(false);
                    wasWoken = false;
                    break;

                default:
                    throw ErrorOf(result);
            }
        }
    }

    /// <summary>A pause on the hub that does the waiting of this socket's operations.</summary>
    private ValueTask PauseAsync(TimeSpan pause, CancellationToken cancellationToken) => Hub.Running is { CurrentGreen: not null }
        ? GreenThread.SleepAsync(pause, cancellationToken)
        : GreenThread.SleepOutside(Hub.Running ?? Home ?? Hubs.GetHub(), pause, cancellationToken);

    /// <summary>Has the backend do all of it.</summary>
    /// <returns>As of the call.</returns>
    private ValueTask<int> SubmitConnectAsync(EndPoint to, CancellationToken cancellationToken)
    {
        Hub hub = Hub.Running!;
        GreenThread green = hub.CurrentGreen!;
        if (green.Interruption(hub, cancellationToken, out GreenTimeout? scope) is { } interruption)
        {
            return Failed.Task<int>(interruption);
        }

        ConnectWait wait = hub.Rent<ConnectWait>();
        wait.Socket = this;
        wait.Direction = FdEvent.Write;
        wait.To = Serialize(to);
        return Begin(hub, green, wait, scope, cancellationToken);
    }

    private ValueTask<bool> WritableAsync(CancellationToken cancellationToken)
    {
        Hub? hub = Hub.Running;
        if (hub?.CurrentGreen is not { } green)
        {
            return BeginOutside(new SocketReadyWait { Socket = this, Direction = FdEvent.Write }, cancellationToken);
        }

        if (green.Interruption(hub, cancellationToken, out GreenTimeout? scope) is { } interruption)
        {
            return Failed.Task<bool>(interruption);
        }

        SocketReadyWait wait = hub.Rent<SocketReadyWait>();
        wait.Socket = this;
        wait.Direction = FdEvent.Write;
        return Begin(hub, green, wait, scope, cancellationToken);
    }
}
