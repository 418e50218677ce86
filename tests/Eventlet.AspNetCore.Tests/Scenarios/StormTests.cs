using System.Net.Sockets;
using Eventlet.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace Eventlet.Tests.Scenarios;

/// <summary>Many at once, and no descriptors left.</summary>
public abstract class StormTests<T> : TransportTests<T>
    where T : ITransport
{
    [Fact]
    public async Task Storm_OfConnections_IsServed()
    {
        await using Site site = await StartAsync(static context => context.Response.WriteAsync("hello"));
        RawConnection[] connections = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => site.ConnectAsync()));
        await Task.WhenAll(connections.Select(AskAsync));
        await Task.WhenAll(connections.Select(AskAsync));
        Array.ForEach(connections, static connection => connection.Dispose());
        site.Log.ExpectNoErrors();
    }

    /// <summary>Accepting fails for want of descriptors, goes on when there are some, and nobody is lost.</summary>
    [Fact]
    public async Task Storm_WithoutDescriptors_IsServedWhenThereAreSome()
    {
        Assert.SkipWhen(T.HubName is null, "the stock transport tries again without a pause, and logs nothing that could be waited for");
        await using Site site = await StartAsync(static context => context.Response.WriteAsync("hello"));
        using (RawConnection warm = await site.ConnectAsync())
        {
            await AskAsync(warm);
        }

        Socket[] sockets = [.. Enumerable.Range(0, 20).Select(static _ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))];
        FileLimit before = FileLimit.Now;
        try
        {
            // Every number below the limit is taken, or there are more of them than the storm needs.
            (before with { Current = (nuint)sockets.Max(static socket => (int)socket.Handle) + 1 }).Set();
            foreach (Socket socket in sockets)
            {
                socket.Connect("127.0.0.1", site.Port);
            }

            await site.Log.Seen("AcceptDeferred");
        }
        finally
        {
            before.Set();
        }

        RawConnection[] connections = [.. sockets.Select(static socket => new RawConnection(socket))];
        await Task.WhenAll(connections.Select(AskAsync));
        Array.ForEach(connections, static connection => connection.Dispose());
    }

    private static async Task AskAsync(RawConnection connection)
    {
        await connection.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await connection.ReceiveUntilAsync("0\r\n\r\n");
    }
}
