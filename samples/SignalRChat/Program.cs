// A chat on as many servers as you like: SignalR's connections run on hubs, and a Redis server carries each message to the other servers.
//
//   redis-server --port 6379
//   dotnet run serve --urls http://127.0.0.1:5081 --redis 127.0.0.1:6379
//   dotnet run serve --urls http://127.0.0.1:5082 --redis 127.0.0.1:6379
//   dotnet run talk http://127.0.0.1:5081 Ada
//   dotnet run talk http://127.0.0.1:5082 Bob
using Microsoft.AspNetCore.SignalR.Client;
using Samples;
using StackExchange.Redis;

switch (args)
{
    case ["serve", .. var rest]:
        return await ServeAsync(rest);
    case ["talk", var url, var name]:
        return await TalkAsync(new Uri(new Uri(url), "chat"), name);
    default:
        Console.Error.WriteLine("usage: serve --urls URL --redis ADDRESS | talk URL NAME");
        return 2;
}

static async Task<int> ServeAsync(string[] args)
{
    WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
    builder.WebHost.UseHubs();
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
    builder.Services.AddSignalR().AddStackExchangeRedis(
        builder.Configuration["redis"] ?? "127.0.0.1:6379",
        // A name for this application, should others use the same Redis.
        options => options.Configuration.ChannelPrefix = RedisChannel.Literal("chat"));

    WebApplication app = builder.Build();
    app.MapHub<Chat>("/chat");
    await app.StartAsync();
    Console.WriteLine($"listening on {app.Urls.First()}");
    await app.WaitForShutdownAsync();
    Console.WriteLine("closed");
    return 0;
}

static async Task<int> TalkAsync(Uri url, string name)
{
    await using HubConnection connection = new HubConnectionBuilder().WithUrl(url).WithAutomaticReconnect().Build();
    connection.On<string>("Heard", Console.WriteLine);
    await connection.StartAsync();
    await connection.InvokeAsync("Enter", name);
    while (await Console.In.ReadLineAsync() is { } line)
    {
        await connection.InvokeAsync("Say", line);
    }

    return 0;
}
