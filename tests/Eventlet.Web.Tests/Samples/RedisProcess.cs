using Eventlet.Tests.Support;

namespace Eventlet.Tests.Web.Samples;

/// <summary>A throw-away redis-server on a Unix socket, that ends with this object or with this process.</summary>
internal sealed class RedisProcess : IDisposable
{
    private const string Script = """
        redis-server --bind 127.0.0.1 --port 0 --unixsocket "$1/redis" --save '' --dir "$1" > >(sed -u 's/.*[Rr]eady to accept connections.*/ready/') </dev/null &
        server=$!
        read -r _
        kill "$server"
        wait "$server"
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("eventlet-test-").FullName;
    private readonly ChildProcess _process;

    private RedisProcess() => _process = ChildProcess.StartProgram("bash", ["-c", Script, "redis", _folder]);

    /// <summary>How StackExchange.Redis calls it.</summary>
    internal string Address => $"!{_folder}/redis";

    /// <summary>Starts one.</summary>
    internal static async Task<RedisProcess> StartAsync()
    {
        var redis = new RedisProcess();
        try
        {
            await redis._process.LineAsync("ready");
            return redis;
        }
        catch
        {
            redis.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
