using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Eventlet.Net;

namespace Eventlet.Tests.Resolving;

/// <summary>A name server on loopback, on plain sockets and threads of .NET. What it answers is the test's affair: nothing, one message or several, false ones too.</summary>
internal sealed class DnsTestServer : IDisposable
{
    private readonly Func<ReceivedQuery, IEnumerable<byte[]>> _answer;
    private readonly Socket _udp;
    private readonly TcpListener _tcp;
    private readonly Lock _lock = new();
    private readonly List<ReceivedQuery> _queries = [];
    private readonly List<Socket> _connections = [];
    private readonly List<Thread> _threads = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
    private bool _isOver;

    private DnsTestServer(Func<ReceivedQuery, IEnumerable<byte[]>> answer, IPAddress? address = null)
    {
        _answer = answer;
        (_udp, _tcp) = Bind(address ?? IPAddress.Loopback);
        Address = (IPEndPoint)_udp.LocalEndPoint!;
        Start(ServeDatagrams);
        Start(ServeConnections);
    }

    internal IPEndPoint Address { get; }

    /// <summary>What it was asked so far.</summary>
    internal string[] Queries
    {
        get
        {
            lock (_lock)
            {
                return [.. _queries.Select(static query => query.ToString())];
            }
        }
    }

    /// <summary>Whether each query so far had EDNS.</summary>
    internal bool[] Edns
    {
        get
        {
            lock (_lock)
            {
                return [.. _queries.Select(static query => query.HasEdns)];
            }
        }
    }

    internal static DnsTestServer Raw(Func<ReceivedQuery, IEnumerable<byte[]>> answer, IPAddress? address = null) => new(answer, address);

    /// <summary>A server that gives one answer to each query.</summary>
    internal static DnsTestServer Of(Func<ReceivedQuery, Reply> answer) => new(query => [answer(query).Bytes]);

    /// <summary>A server that never answers.</summary>
    internal static DnsTestServer Silent() => new(static _ => []);

    /// <summary>A server for a zone "test": what is not in it does not exist.</summary>
    /// <param name="fill">Adds the records of a name and type, and says whether the name is there at all.</param>
    internal static DnsTestServer Zone(Func<string, DnsType, Reply, bool> fill) => Of(query =>
    {
        var reply = new Reply(query);
        return fill(query.Name, query.Type, reply) ? reply : new Reply(query, code: 3).Soa("test");
    });

    /// <summary>Options of a resolver that knows these servers and nothing else of the machine.</summary>
    internal static GreenDnsOptions Options(params IPEndPoint[] servers) =>
        new() { Servers = servers, Search = [], HostsPath = null, ResolvConfPath = null };

    internal GreenDnsOptions Options() => Options(Address);

    /// <summary>Ends when it has been asked so often.</summary>
    internal Task AskedAsync(int count)
    {
        lock (_lock)
        {
            if (_queries.Count >= count)
            {
                return Task.CompletedTask;
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((count, reached));
            return reached.Task;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            _connections.ForEach(static connection => connection.Dispose());
        }

        // Closing does not end a blocking receive: a datagram from itself does.
        using (var knocking = new UdpClient(Address.AddressFamily))
        {
            knocking.Send([], Address);
        }

        _tcp.Stop();
        _threads.ForEach(static thread => thread.Join());
        _udp.Dispose();
    }

    private static (Socket Udp, TcpListener Tcp) Bind(IPAddress address)
    {
        for (int i = 0; ; i++)
        {
            var tcp = new TcpListener(address, 0);
            tcp.Start();
            var udp = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                udp.Bind(tcp.LocalEndpoint);
                return (udp, tcp);
            }
            catch (SocketException) when (i < 100)
            {
                // Somebody else has the number as a UDP port.
                udp.Dispose();
                tcp.Stop();
            }
        }
    }

    private void Start(Action body)
    {
        var thread = new Thread(() => body()) { IsBackground = true, Name = "dns" };
        lock (_lock)
        {
            _threads.Add(thread);
        }

        thread.Start();
    }

    private void ServeDatagrams()
    {
        byte[] buffer = new byte[4096];
        EndPoint from = new IPEndPoint(_udp.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (true)
        {
            int size = _udp.ReceiveFrom(buffer, ref from);
            if (Volatile.Read(ref _isOver))
            {
                return;
            }

            var query = new ReceivedQuery(buffer[..size], OverTcp: false, from);
            Note(query);
            foreach (byte[] answer in _answer(query))
            {
                _udp.SendTo(answer, from);
            }
        }
    }

    private void ServeConnections()
    {
        while (true)
        {
            Socket connection;
            try
            {
                connection = _tcp.AcceptSocket();
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            lock (_lock)
            {
                _connections.Add(connection);
            }

            Start(() => ServeConnection(connection));
        }
    }

    private void ServeConnection(Socket connection)
    {
        try
        {
            using var stream = new NetworkStream(connection, ownsSocket: true);
            byte[] length = new byte[2];
            stream.ReadExactly(length);
            byte[] bytes = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
            stream.ReadExactly(bytes);
            var query = new ReceivedQuery(bytes, OverTcp: true);
            Note(query);
            foreach (byte[] answer in _answer(query))
            {
                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)answer.Length);
                stream.Write([.. length, .. answer]);
            }

            // Until the client has gone, so that what was not answered is a silence and not an end.
            while (stream.Read(length) > 0)
            {
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The client has gone, or the test is over.
        }
    }

    private void Note(ReceivedQuery query)
    {
        lock (_lock)
        {
            _queries.Add(query);
            foreach ((int count, TaskCompletionSource reached) in _waiting)
            {
                if (_queries.Count >= count)
                {
                    reached.TrySetResult();
                }
            }
        }
    }
}
