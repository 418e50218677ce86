// Forwards a port:   dotnet run HOST:PORT [LOCALPORT]
//
// Two greenthreads for each connection, one for each direction. The end of one direction is passed on, and the other goes on.
using System.Net;
using System.Net.Sockets;
using Eventlet;
using Eventlet.Net;

if (args.Length == 0 || !IPEndPoint.TryParse(args[0], out IPEndPoint? target))
{
    Console.Error.WriteLine("usage: PortForwarder HOST:PORT [LOCALPORT]");
    return 2;
}

using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, args.Length > 1 ? int.Parse(args[1], null) : 0));
Console.WriteLine($"listening on {listener.LocalEndPoint}");
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    listener.Close();
};

try
{
    await GreenNet.ServeAsync(listener, ForwardAsync);
}
catch (IOClosedException)
{
    Console.WriteLine("closed");
}

return 0;

async Task ForwardAsync(GreenSocket near)
{
    try
    {
        using GreenSocket far = await GreenNet.ConnectAsync(target);
        GreenThread back = GreenThread.Spawn(() => PassAsync(far, near));
        await PassAsync(near, far);
        await back;
    }
    catch (SocketException error)
    {
        Console.Error.WriteLine($"{target}: {error.Message}");
    }
}

static async Task PassAsync(GreenSocket from, GreenSocket to)
{
    var buffer = new byte[65536];
    try
    {
        int count;
        while ((count = await from.ReceiveAsync(buffer)) > 0)
        {
            await to.SendAllAsync(buffer.AsMemory(0, count));
        }

        to.Shutdown(SocketShutdown.Send);
    }
    catch (Exception error) when (error is SocketException or IOClosedException)
    {
        // One broken direction ends both.
        from.Close();
        to.Close();
    }
}
