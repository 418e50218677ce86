// An echo server in both styles:   dotnet run blocking|async [PORT]
//
// The handler is the same: a greenthread for each connection, suspended whenever it waits for its peer. What differs is main:
// it blocks, and the other greenthreads run while it does; or it awaits, and they run on a thread of the hub's.
using System.Net;
using System.Net.Sockets;
using Eventlet;
using Eventlet.Net;

var address = new IPEndPoint(IPAddress.Loopback, args.Length > 1 ? int.Parse(args[1], null) : 0);
using GreenSocket listener = GreenNet.Listen(address);
Console.WriteLine($"listening on {listener.LocalEndPoint}");
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    listener.Close();   // wakes whoever waits for a connection
};

try
{
    if (args is ["blocking", ..])
    {
        ServeBlocking(listener);
    }
    else
    {
        await ServeAsync(listener);
    }
}
catch (IOClosedException)
{
    Console.WriteLine("closed");
}

static void ServeBlocking(GreenSocket listener)
{
    while (true)
    {
        GreenSocket connection = listener.Accept();
        GreenThread.SpawnN(() => EchoAsync(connection));
    }
}

static Task ServeAsync(GreenSocket listener) => GreenNet.ServeAsync(listener, EchoAsync);

static async Task EchoAsync(GreenSocket connection)
{
    using (connection)
    {
        var buffer = new byte[4096];
        try
        {
            int count;
            while ((count = await connection.ReceiveAsync(buffer)) > 0)
            {
                await connection.SendAllAsync(buffer.AsMemory(0, count));
            }
        }
        catch (SocketException error)
        {
            Console.Error.WriteLine(error.Message);   // this peer is lost; the others go on
        }
    }
}
