using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Eventlet.Net.Resolving;

/// <summary>Asks servers in turn until one has answered. In greenthreads.</summary>
internal sealed class DnsExchange(ResolverConfiguration configuration)
{
    /// <summary>As many datagrams that are no answer as a server gets; then somebody is guessing, and TCP is used, which does not let him.</summary>
    internal const int MaxStrangers = 16;

    private const int BufferSize = 4096;

    private int _turn = -1;

    /// <summary>Asks.</summary>
    /// <returns>What a server says of a name that exists, or that it does not exist.</returns>
    /// <exception cref="GreenDnsException">No server could be reached or knew.</exception>
    /// <exception cref="SocketException">This process or machine can make no socket.</exception>
    internal async Task<DnsMessage> AskAsync(DnsQuestion question)
    {
        IReadOnlyList<IPEndPoint> servers = configuration.Servers;
        int first = configuration.Rotate ? (int)((uint)Interlocked.Increment(ref _turn) % servers.Count) : 0;
        GreenDnsException? failure = null;
        for (int attempt = 0; attempt < configuration.Attempts; attempt++)
        {
            for (int i = 0; i < servers.Count; i++)
            {
                IPEndPoint server = servers[(first + i) % servers.Count];

                // There are firewalls that drop what has EDNS: later attempts go without.
                (DnsMessage? message, string? problem) = await TryAsync(server, question, withEdns: attempt == 0);
                if (message is { Code: DnsResponseCode.NoError or DnsResponseCode.NameError })
                {
                    return message;
                }

                failure = message is null ? GreenDnsException.Unreachable(question.Name, server, problem!) : GreenDnsException.Refused(question.Name, server, message.Code);
            }
        }

        throw failure!;
    }

    private async ValueTask<(DnsMessage? Message, string? Problem)> TryAsync(IPEndPoint server, DnsQuestion question, bool withEdns)
    {
        using var limit = new GreenTimeout(configuration.Timeout);
        try
        {
            DnsMessage message = await SendAsync(server, new DnsQuery(question, withEdns));
            return withEdns && message.Code is DnsResponseCode.FormatError or DnsResponseCode.NotImplemented or DnsResponseCode.BadVersion
                ? (await SendAsync(server, new DnsQuery(question, withEdns: false)), null)
                : (message, null);
        }
        catch (GreenTimeoutException error) when (limit.Caught(error))
        {
            return (null, $"it has not answered within {configuration.Timeout.TotalSeconds:0.###} s");
        }
        catch (SocketException error) when (!IsWantOfResources(error))
        {
            return (null, error.Message);
        }
        catch (DnsFormatException error)
        {
            return (null, error.Message);
        }
    }

    // The fault is not the server's, and the next one would not help.
    private static bool IsWantOfResources(SocketException error) =>
        error.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable or SocketError.SocketError;

    private async ValueTask<DnsMessage> SendAsync(IPEndPoint server, DnsQuery query) =>
        (configuration.UseTcp ? null : await OverUdpAsync(server, query)) ?? await OverTcpAsync(server, query);

    /// <summary>A connected socket of its own for each query: the system chooses a port that nobody knows, and passes on only what comes from the server's address.</summary>
    /// <returns>Null: the answer is too long for a datagram, or there are others who answer.</returns>
    private static async ValueTask<DnsMessage?> OverUdpAsync(IPEndPoint server, DnsQuery query)
    {
        using var socket = new GreenSocket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server);
        await socket.SendAsync(query.Bytes);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (int strangers = 0; strangers < MaxStrangers; strangers++)
            {
                int size = await socket.ReceiveAsync(buffer);
                if (query.Match(buffer.AsSpan(0, size)) is { } message)
                {
                    return message.IsTruncated ? null : message;
                }
            }

            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask<DnsMessage> OverTcpAsync(IPEndPoint server, DnsQuery query)
    {
        using GreenSocket socket = await GreenNet.ConnectAsync(server);
        byte[] framed = new byte[2 + query.Bytes.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)query.Bytes.Length);
        query.Bytes.CopyTo(framed, 2);
        await socket.SendAllAsync(framed);
        byte[] length = new byte[2];
        await ReceiveAllAsync(socket, length);
        byte[] answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await ReceiveAllAsync(socket, answer);
        return query.Match(answer) is { IsTruncated: false } message ? message : throw new DnsFormatException("over TCP it has sent what is no answer");
    }

    private static async ValueTask ReceiveAllAsync(GreenSocket socket, Memory<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int count = await socket.ReceiveAsync(buffer);
            buffer = count > 0 ? buffer[count..] : throw new DnsFormatException("it has closed the connection before its answer was complete");
        }
    }
}
