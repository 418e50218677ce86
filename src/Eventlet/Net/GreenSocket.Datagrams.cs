using System.Net;
using System.Net.Sockets;
using Eventlet.Waits;

namespace Eventlet.Net;

// Datagrams: UDP and Unix. Each is sent and received whole; a socket that is connected has ReceiveAsync and SendAsync too.
public sealed partial class GreenSocket
{
    private KnownAddress? _lastTo;

    /// <summary>Receives one datagram and tells who sent it.</summary>
    /// <param name="buffer">Where to; if empty, this only waits until there is one, which stays.</param>
    /// <param name="cancellationToken">Ends the wait; nothing that has come is lost.</param>
    /// <returns>The number of bytes, the sender, and whether the datagram was longer than the buffer. On a dual-mode socket an IPv4 sender has its IPv4-mapped IPv6 address.</returns>
    /// <remarks>
    /// After a <see cref="Shutdown"/> of receiving it gives an empty datagram without a sender once nothing is left. The form with a SocketAddress allocates nothing;
    /// this one allocates the sender's EndPoint.
    /// </remarks>
    /// <exception cref="SocketException">ConnectionRefused, if the socket is connected and the peer's system has said that nobody listens.</exception>
    /// <exception cref="InvalidOperationException">It is a stream socket; or somebody receives from it already.</exception>
    public ValueTask<ReceivedDatagram> ReceiveFromAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        ReceiveFrom(buffer, null, cancellationToken);

    /// <inheritdoc cref="ReceiveFromAsync(Memory{byte}, CancellationToken)"/>
    /// <param name="from">Is given the sender's address when the wait ends; its size becomes the address's. It must have room for any address of the family.</param>
    /// <returns>The number of bytes, and whether the datagram was longer than the buffer.</returns>
    public ValueTask<ReceivedDatagram> ReceiveFromAsync(Memory<byte> buffer, SocketAddress from, CancellationToken cancellationToken = default)
    {
        CheckRoom(from);
        return ReceiveFrom(buffer, from, cancellationToken);
    }

    /// <inheritdoc cref="ReceiveFromAsync(Memory{byte}, CancellationToken)"/>
    public ReceivedDatagram ReceiveFrom(Span<byte> buffer)
    {
        Blocking.RefuseInMainloop("GreenSocket.ReceiveFrom", "ReceiveFromAsync");
        return ReceiveFromBlocking(buffer, null);
    }

    /// <inheritdoc cref="ReceiveFromAsync(Memory{byte}, SocketAddress, CancellationToken)"/>
    public ReceivedDatagram ReceiveFrom(Span<byte> buffer, SocketAddress from)
    {
        CheckRoom(from);
        Blocking.RefuseInMainloop("GreenSocket.ReceiveFrom", "ReceiveFromAsync");
        return ReceiveFromBlocking(buffer, from);
    }

    /// <summary>Sends one datagram to an address.</summary>
    /// <param name="buffer">What; it may be empty.</param>
    /// <param name="to">Where to. An IPv4 address is mapped on a socket of IPv6, so that a dual-mode one reaches it. The address of the last call is known in the system's form, and costs no allocation.</param>
    /// <param name="cancellationToken">Ends the wait; nothing has been sent then.</param>
    /// <returns>How many bytes: all.</returns>
    /// <remarks>UDP waits only while the socket's own buffer is full; a Unix socket also while the receiver's queue is (net.unix.max_dgram_qlen), which the system tells nobody: it is tried again after 1 to 50 ms.</remarks>
    /// <exception cref="SocketException">MessageSize, if it is longer than the protocol takes; ConnectionRefused, of a Unix address that nobody receives at, or if an earlier datagram of a connected socket was answered so.</exception>
    /// <exception cref="InvalidOperationException">It is a stream socket; or somebody waits to send already.</exception>
    public ValueTask<int> SendToAsync(ReadOnlyMemory<byte> buffer, EndPoint to, CancellationToken cancellationToken = default) =>
        SendTo(buffer, KnownFormOf(to), cancellationToken);

    /// <inheritdoc cref="SendToAsync(ReadOnlyMemory{byte}, EndPoint, CancellationToken)"/>
    /// <param name="to">Where to, in the system's form. It must not be changed before the call has ended.</param>
    public ValueTask<int> SendToAsync(ReadOnlyMemory<byte> buffer, SocketAddress to, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(to);
        return SendTo(buffer, to, cancellationToken);
    }

    /// <inheritdoc cref="SendToAsync(ReadOnlyMemory{byte}, EndPoint, CancellationToken)"/>
    public int SendTo(ReadOnlySpan<byte> buffer, EndPoint to) => SendTo(buffer, KnownFormOf(to));

    /// <inheritdoc cref="SendToAsync(ReadOnlyMemory{byte}, SocketAddress, CancellationToken)"/>
    public int SendTo(ReadOnlySpan<byte> buffer, SocketAddress to)
    {
        ArgumentNullException.ThrowIfNull(to);
        RefuseStream();
        Blocking.RefuseInMainloop("GreenSocket.SendTo", "SendToAsync");
        var pauses = new Pauses(Timeout);
        while (true)
        {
            int result = _writing.IsBusy ? SocketCalls.WouldBlock : SocketCalls.SendTo(this, buffer, to);
            if (result != SocketCalls.WouldBlock)
            {
                return result >= 0 ? result : throw ErrorOf(result);
            }

            if (Family == AddressFamily.Unix)
            {
                GreenThread.Sleep(pauses.Next());
            }
            else
            {
                Block(FdEvent.Write);
            }
        }
    }

    /// <summary>An address in the system's form, as this socket's family needs it.</summary>
    internal SocketAddress Serialize(EndPoint address) =>
        Family == AddressFamily.InterNetworkV6 && address is IPEndPoint { AddressFamily: AddressFamily.InterNetwork } ip
            ? new IPEndPoint(ip.Address.MapToIPv6(), ip.Port).Serialize()
            : address.Serialize();

    /// <summary>One receive; notes whether there is nothing, so that the next one need not try.</summary>
    internal int TryReceiveFrom(Span<byte> buffer, SocketAddress? from, out ReceivedDatagram received)
    {
        Span<byte> own = stackalloc byte[SocketCalls.LongestAddress];
        Span<byte> address = from is null ? own : from.Buffer.Span;
        int result = SocketCalls.ReceiveFrom(this, buffer, address, out int length, out bool isTruncated);
        _reading.IsDrained = result == SocketCalls.WouldBlock;
        received = default;
        if (result >= 0)
        {
            if (from is not null)
            {
                from.Size = length;
            }

            received = new ReceivedDatagram(result, from is null ? SocketCalls.EndPointOf(Family, address[..length]) : null, isTruncated);
        }

        return result;
    }

    private ValueTask<ReceivedDatagram> ReceiveFrom(Memory<byte> buffer, SocketAddress? from, CancellationToken cancellationToken)
    {
        RefuseStream();
        Hub? hub = Hub.Running;
        GreenThread? green = hub?.CurrentGreen;
        GreenTimeout? scope = null;
        if (green?.Interruption(hub!, cancellationToken, out scope) is { } interruption)
        {
            return Failed.Task<ReceivedDatagram>(interruption);
        }

        bool isUntried = !_reading.IsBusy && (green is null || (IsTried(hub!) && !_reading.IsDrained));
        if (isUntried && (green is null || hub!.MayGoOn()))
        {
            int result = TryReceiveFrom(buffer.Span, from, out ReceivedDatagram received);
            if (result != SocketCalls.WouldBlock)
            {
                return result >= 0 ? new ValueTask<ReceivedDatagram>(received) : ValueTask.FromException<ReceivedDatagram>(ErrorOf(result));
            }

            isUntried = false;
        }

        ReceiveFromWait wait = green is null ? new ReceiveFromWait() : hub!.Rent<ReceiveFromWait>();
        wait.Socket = this;
        wait.Direction = FdEvent.Read;
        wait.Buffer = buffer;
        wait.From = from;
        wait.IsUntried = isUntried;
        return green is null ? BeginOutside(wait, cancellationToken) : Begin(hub!, green, wait, scope, cancellationToken);
    }

    private ValueTask<int> SendTo(ReadOnlyMemory<byte> buffer, SocketAddress to, CancellationToken cancellationToken)
    {
        RefuseStream();
        Hub? hub = Hub.Running;
        GreenThread? green = hub?.CurrentGreen;
        GreenTimeout? scope = null;
        if (green?.Interruption(hub!, cancellationToken, out scope) is { } interruption)
        {
            return Failed.Task<int>(interruption);
        }

        // The queue of a Unix receiver is nothing that could be waited for: see below.
        bool isUntried = !_writing.IsBusy && (green is null || !hub!.Table.Submits || Family == AddressFamily.Unix);
        if (isUntried && (green is null || hub!.MayGoOn()))
        {
            int result = SocketCalls.SendTo(this, buffer.Span, to);
            if (result != SocketCalls.WouldBlock)
            {
                return result >= 0 ? new ValueTask<int>(result) : ValueTask.FromException<int>(ErrorOf(result));
            }

            isUntried = false;
        }

        if (Family == AddressFamily.Unix)
        {
            return SendToSlowlyAsync(buffer, to, isUntried, cancellationToken);
        }

        SendToWait wait = green is null ? new SendToWait() : hub!.Rent<SendToWait>();
        wait.Socket = this;
        wait.Direction = FdEvent.Write;
        wait.Buffer = buffer;
        wait.To = to;
        wait.IsUntried = isUntried;
        return green is null ? BeginOutside(wait, cancellationToken) : Begin(hub!, green, wait, scope, cancellationToken);
    }

    /// <summary>A Unix socket is called writable although the receiver's queue is full.</summary>
    private async ValueTask<int> SendToSlowlyAsync(ReadOnlyMemory<byte> buffer, SocketAddress to, bool isUntried, CancellationToken cancellationToken)
    {
        var pauses = new Pauses(Timeout);
        while (true)
        {
            await PauseAsync(isUntried ? TimeSpan.Zero : pauses.Next(), cancellationToken).ConfigureAwait(false);
            isUntried = false;
            int result = SocketCalls.SendTo(this, buffer.Span, to);
            if (result != SocketCalls.WouldBlock)
            {
                return result >= 0 ? result : throw ErrorOf(result);
            }
        }
    }

    private ReceivedDatagram ReceiveFromBlocking(Span<byte> buffer, SocketAddress? from)
    {
        RefuseStream();
        while (true)
        {
            ReceivedDatagram received = default;
            int result = _reading.IsBusy ? SocketCalls.WouldBlock : TryReceiveFrom(buffer, from, out received);
            if (result != SocketCalls.WouldBlock)
            {
                return result >= 0 ? received : throw ErrorOf(result);
            }

            Block(FdEvent.Read);
        }
    }

    private SocketAddress KnownFormOf(EndPoint to)
    {
        ArgumentNullException.ThrowIfNull(to);
        if (to is not IPEndPoint ip)
        {
            return Serialize(to);
        }

        KnownAddress? known = _lastTo;
        if (known?.Port != ip.Port || !known.Address.Equals(ip.Address))
        {
            _lastTo = known = new KnownAddress(ip.Address, ip.Port, Serialize(ip));
        }

        return known.Form;
    }

    private void CheckRoom(SocketAddress from)
    {
        ArgumentNullException.ThrowIfNull(from);
        if (from.Buffer.Length < SocketAddress.GetMaximumAddressSize(Family))
        {
            throw new ArgumentException($"an address of {Family} may take {SocketAddress.GetMaximumAddressSize(Family)} bytes: make it with new SocketAddress(AddressFamily.{Family})", nameof(from));
        }
    }

    private void RefuseStream()
    {
        if (!IsDatagram)
        {
            throw new InvalidOperationException($"{this} is a stream socket and has no datagrams: use ReceiveAsync and SendAsync, or make it with SocketType.Dgram");
        }
    }

    /// <summary>Where something was sent last. Never changed, so any thread may use it.</summary>
    private sealed record KnownAddress(IPAddress Address, int Port, SocketAddress Form);
}
