using System.Net;
using Eventlet;
using Eventlet.Net;
using Samples;

// The same hub, chosen in each of the ways that a program has; a fourth is EVENTLET_HUB=path/to/Samples.CustomHub.dll:Samples.UvHubFactory.
if (!new UvHubFactory().IsAvailable(out string? whyNot))
{
    Console.Error.WriteLine($"no hub on libuv: {whyNot}");
    return 1;
}

#region choosing
Hubs.UseHub<UvBackend>();                     // this thread's hub, by type
Console.WriteLine($"by type: {Echo()}");
Hubs.UseHub(new UvHubFactory());              // by factory
Console.WriteLine($"by factory: {Echo()}");
Hubs.Register(new UvHubFactory());            // from now on by name, EVENTLET_HUB=uv included
Hubs.UseHub("uv");
Console.WriteLine($"by name: {Echo()}");
#endregion
return 0;

static string Echo() => Hubs.GetHub().Run(async () =>
{
    using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
    GreenThread.SpawnN(async () =>
    {
        using GreenSocket connection = await listener.AcceptAsync();
        byte[] buffer = new byte[64];
        int count = await connection.ReceiveAsync(buffer);
        await connection.SendAllAsync(buffer.AsMemory(0, count));
    });
    using GreenSocket client = await GreenNet.ConnectAsync(listener.LocalEndPoint!);
    await client.SendAllAsync("hello"u8.ToArray());
    byte[] reply = new byte[64];
    int received = await client.ReceiveAsync(reply);
    return $"{System.Text.Encoding.UTF8.GetString(reply, 0, received)} from {Hubs.GetHub().Name}";
});
