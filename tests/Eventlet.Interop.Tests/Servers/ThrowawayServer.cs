using System.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Interop.Servers;

/// <summary>A real server on loopback, started for a class of tests by its script and ended with it; the script ends it, too, if this process dies.</summary>
public abstract class ThrowawayServer : IAsyncLifetime
{
    private readonly string _script;
    private ChildProcess? _process;

    /// <summary>A server that is not started yet.</summary>
    /// <param name="script">The script's name: see Servers/.</param>
    /// <param name="port">Where it is to listen.</param>
    private protected ThrowawayServer(string script, int port)
    {
        _script = Path.Combine(AppContext.BaseDirectory, "Servers", script);

        // Every process has an address of its own, so that no port has to be looked for, and lost to another process.
        int process = Environment.ProcessId;
        EndPoint = new IPEndPoint(new IPAddress([127, (byte)(100 + (process >> 16)), (byte)(process >> 8), (byte)process]), port);
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _process = ChildProcess.StartProgram("bash", [_script, $"{EndPoint.Address}", $"{EndPoint.Port}"]);
        await _process.LineAsync("ready");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using ChildProcess process = _process!;
        process.WriteLine("end");
        (await process.EndAsync()).Expect();
        GC.SuppressFinalize(this);
    }
}

/// <summary>PostgreSQL.</summary>
public sealed class PostgresServer() : ThrowawayServer("postgresql.sh", 15432);

/// <summary>Redis.</summary>
public sealed class RedisServer() : ThrowawayServer("redis.sh", 16379);
