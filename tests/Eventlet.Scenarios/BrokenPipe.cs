using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Eventlet.Net;

namespace Eventlet.Scenarios;

/// <summary>Sends to a peer that has gone, with SIGPIPE at its default, which ends the process. Prints the error that it should be instead.</summary>
internal static partial class BrokenPipe
{
    private const int SIGPIPE = 13;

    internal static Task<int> RunAsync(string[] args)
    {
        Hubs.UseHub(args[0]);
        Hubs.GetHub().Run(async () =>
        {
            using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
            using GreenSocket client = await GreenNet.ConnectAsync(listener.LocalEndPoint!);
            GreenSocket server = await listener.AcceptAsync();
            signal(SIGPIPE, 0);
            server.Close();
            while (true)
            {
                try
                {
                    await client.SendAllAsync(new byte[1000]);
                }
                catch (SocketException error) when (error.SocketErrorCode == SocketError.Shutdown)
                {
                    Console.WriteLine("EPIPE");
                    return;
                }
                catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
                {
                    // Once; then the pipe is broken.
                }

                await GreenThread.SleepAsync();
            }
        });
        return Task.FromResult(0);
    }

    [LibraryImport("libc")]
    private static partial nint signal(int number, nint handler);
}
