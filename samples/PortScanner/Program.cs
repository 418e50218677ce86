// Looks which ports of a host somebody listens on, so many at a time.   dotnet run [HOST FIRST LAST [AT-A-TIME]]
//
// The pool is the limit; a port that does not answer within a second counts as closed. Without arguments: 100 ports around one of its own.
using System.Net;
using System.Net.Sockets;
using Eventlet;
using Eventlet.Net;

int atATime = args.Length > 3 ? int.Parse(args[3], null) : 50;
int now = 0, most = 0;
Hubs.GetHub().Run(async () =>
{
    using GreenSocket own = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
    int ownPort = ((IPEndPoint)own.LocalEndPoint!).Port;
    IPAddress host = args.Length > 0 ? IPAddress.Parse(args[0]) : IPAddress.Loopback;
    int first = args.Length > 1 ? int.Parse(args[1], null) : Math.Max(1, ownPort - 50);
    int last = args.Length > 2 ? int.Parse(args[2], null) : Math.Min(65535, ownPort + 49);
    int open = 0;
    var pool = new GreenPool(atATime);
    await foreach ((int port, bool isOpen) in pool.IMapAsync(Enumerable.Range(first, last - first + 1), async port => (port, await IsOpenAsync(new IPEndPoint(host, port)))))
    {
        if (isOpen)
        {
            open++;
            Console.WriteLine($"{port} is open");
        }
    }

    Console.WriteLine($"{last - first + 1} ports, {open} open, {(most <= atATime ? "never" : "sometimes")} more than {atATime} at a time");
});

async Task<bool> IsOpenAsync(IPEndPoint port)
{
    most = Math.Max(most, ++now);
    try
    {
        return await GreenTimeout.WithTimeout(TimeSpan.FromSeconds(1), async () =>
        {
            await using GreenSocket socket = await GreenNet.ConnectAsync(port);

            // On the own host a socket that is given this very port connects to itself.
            return !socket.LocalEndPoint!.Equals(socket.RemoteEndPoint);
        }, timeoutValue: false);
    }
    catch (SocketException)
    {
        return false;
    }
    finally
    {
        now--;
    }
}
