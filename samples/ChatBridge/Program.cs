// One chat room on several machines: each process serves its own members, and what somebody says goes by way of Redis to those of all.
//
//     dotnet run REDIS-HOST:PORT [PORT]
//
// StackExchange.Redis knows nothing of hubs: what a greenthread awaits of it comes back to the hub, so the list of members needs no lock.
using System.Net;
using System.Text;
using Eventlet;
using Eventlet.Net;
using StackExchange.Redis;

var members = new HashSet<GreenQueue<string>>();
var channel = RedisChannel.Literal("eventlet-chat");
Hubs.GetHub().Run(async () =>
{
    await using ConnectionMultiplexer redis = await ConnectionMultiplexer.ConnectAsync(args[0]);
    ChannelMessageQueue room = await redis.GetSubscriber().SubscribeAsync(channel);
    GreenThread telling = GreenThread.Spawn(() => TellAllAsync(room));
    using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, args.Length > 1 ? int.Parse(args[1], null) : 0));
    Console.CancelKeyPress += (_, key) =>
    {
        key.Cancel = true;
        listener.Close();
    };
    Console.WriteLine($"listening on {listener.LocalEndPoint}");
    try
    {
        await GreenNet.ServeAsync(listener, connection => WelcomeAsync(connection, redis.GetSubscriber()));
    }
    catch (IOClosedException)
    {
        Console.WriteLine("closed");
    }

    telling.Kill();
    await telling;
});

// Somebody who does not read loses lines, and holds up nobody else.
#region subscriber
async Task TellAllAsync(ChannelMessageQueue room)
{
    while (true)
    {
        ChannelMessage message = await room.ReadAsync(GreenThread.Current!.CancellationToken);
        foreach (GreenQueue<string> member in members)
        {
            member.TryPut($"{message.Message}\n");
        }
    }
}
#endregion

async Task WelcomeAsync(GreenSocket connection, ISubscriber redis)
{
    await using GreenStream stream = connection.GetStream();
    using var reader = new StreamReader(stream);
    var lines = new GreenQueue<string>(100);
    members.Add(lines);
    GreenThread writing = GreenThread.Spawn(() => WriteAsync(stream, lines));
    try
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            await redis.PublishAsync(channel, line);
        }
    }
    catch (IOException)
    {
        // Gone without a word.
    }
    finally
    {
        members.Remove(lines);
        writing.Kill();
    }
}

static async Task WriteAsync(GreenStream stream, GreenQueue<string> lines)
{
    try
    {
        while (true)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(await lines.GetAsync()));
        }
    }
    catch (IOException)
    {
        // The reader of that connection notices too.
    }
}
