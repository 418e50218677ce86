// A gateway: YARP on hubs, on both of its sides, in front of several Kestrels that share the work.
//
//   dotnet run backend one --urls http://127.0.0.1:5091
//   dotnet run backend two --urls http://127.0.0.1:5092
//   dotnet run gateway http://127.0.0.1:5091 http://127.0.0.1:5092 --urls http://127.0.0.1:5090
//   curl http://127.0.0.1:5090/who
using Samples;

WebApplication app;
switch (args)
{
    case ["backend", var name, .. var rest]:
        app = Backend.Create(name, rest);
        break;
    case ["gateway", var first, .. var rest]:
        string[] others = [.. rest.TakeWhile(static word => !word.StartsWith('-'))];
        app = Gateway.Create([first, .. others], rest[others.Length..]);
        break;
    default:
        Console.Error.WriteLine("usage: backend NAME --urls URL | gateway URL... --urls URL");
        return 2;
}

await app.StartAsync();
Console.WriteLine($"listening on {app.Urls.First()}");
await app.WaitForShutdownAsync();
Console.WriteLine("closed");
return 0;
