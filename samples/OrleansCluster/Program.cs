// An Orleans cluster whose connections, silo to silo and client to silo, run over hubs.
//
//   dotnet run                  two silos and a client in one process: grains on both call one another, then a silo leaves
//
// or in several processes, each in its own window; the client makes a round for each line that it is given:
//
//   dotnet run silo 1           the first one keeps the list of members
//   dotnet run silo 2
//   dotnet run client
//
// --address ADDRESS is for several clusters on one machine. Default: 127.0.0.1.
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Samples;

string[] words = args is [.. var first, "--address", _] ? first : args;
var cluster = new Cluster(IPAddress.Parse(words.Length < args.Length ? args[^1] : "127.0.0.1"));
switch (words)
{
    case []:
        await AllAsync(cluster);
        return 0;
    case ["silo", var number]:
        using (IHost silo = cluster.Silo(int.Parse(number, null)))
        {
            await silo.StartAsync();
            Console.WriteLine($"silo {number} is a member");
            await silo.WaitForShutdownAsync();
        }

        Console.WriteLine("closed");
        return 0;
    case ["client"]:
        using (IHost client = cluster.Client())
        {
            await client.StartAsync();
            Console.WriteLine("connected");
            while (await Console.In.ReadLineAsync() is not null)
            {
                await RoundAsync(client);
            }

            await client.StopAsync();
        }

        Console.WriteLine("closed");
        return 0;
    default:
        Console.Error.WriteLine("usage: [silo NUMBER | client] [--address ADDRESS]");
        return 2;
}

static async Task AllAsync(Cluster cluster)
{
    using IHost first = cluster.Silo(1), second = cluster.Silo(2), client = cluster.Client();
    await first.StartAsync();
    await second.StartAsync();
    await client.StartAsync();
    await RoundAsync(client);
    await second.StopAsync();
    Console.WriteLine("silo 2 has left");
    await RoundAsync(client);
    await client.StopAsync();
    await first.StopAsync();
    Console.WriteLine("closed");
}

static async Task RoundAsync(IHost client)
{
    const int count = 64;
    IGrainFactory grains = client.Services.GetRequiredService<IGrainFactory>();
    string[] where = await Task.WhenAll(Enumerable.Range(0, count).Select(key => grains.GetGrain<IPlace>(key).Where()));
    foreach (IGrouping<string, string> silo in where.GroupBy(static name => name).OrderBy(static silo => silo.Key))
    {
        Console.WriteLine($"{silo.Count()} grains are on {silo.Key}");
    }

    string[] way = await grains.GetGrain<IPlace>(0).Visit([.. Enumerable.Range(1, count - 1)]);
    Console.WriteLine($"a call through {way.Length} grains went from silo to silo {way.Zip(way.Skip(1)).Count(static step => step.First != step.Second)} times");
}
