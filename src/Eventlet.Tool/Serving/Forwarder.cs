using System.Net;
using System.Net.Sockets;
using Eventlet.Net;

namespace Eventlet.Tool.Serving;

/// <summary>Connects each connection with another of its own to one address, both directions at once.</summary>
internal sealed class Forwarder(IPEndPoint to)
{
    private const int BufferSize = 64 * 1024;

    internal async Task HandleAsync(GreenSocket near)
    {
        GreenSocket far;
        try
        {
            far = await GreenNet.ConnectAsync(to);
        }
        catch (SocketException error)
        {
            Program.Report($"cannot connect to {to}: {error.Message}");
            Abort(near);
            return;
        }

        using (far)
        {
            GreenThread back = GreenThread.Spawn(() => PassAsync(far, near));
            await PassAsync(near, far);
            await back;
        }
    }

    /// <summary>Passes one direction on to its end, and then its end.</summary>
    private static async Task PassAsync(GreenSocket from, GreenSocket to)
    {
        Memory<byte> buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer)) > 0)
            {
                await to.SendAllAsync(buffer[..count]);
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (error is SocketException or IOClosedException)
        {
            // Broken on one side: both peers are to see that, not a regular end in the middle of the data.
            Abort(from);
            Abort(to);
        }
    }

    /// <summary>Closes it so that its peer gets a reset.</summary>
    private static void Abort(GreenSocket socket)
    {
        if (socket.IsClosed)
        {
            return;
        }

        using (var view = new Socket(new SafeSocketHandle(socket.SafeHandle.DangerousGetHandle(), ownsHandle: false)))
        {
            view.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        socket.Close();
    }
}
