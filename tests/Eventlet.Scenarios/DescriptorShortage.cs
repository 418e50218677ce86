using System.Diagnostics.Tracing;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Eventlet.Net;
using Microsoft.Win32.SafeHandles;

namespace Eventlet.Scenarios;

/// <summary>A server that is out of descriptors when a client comes. Prints how often that was reported, and whether the client was served once there were some.</summary>
internal static partial class DescriptorShortage
{
    private const int RLIMIT_NOFILE = 7;

    internal static Task<int> RunAsync(string[] args)
    {
        Hubs.UseHub(args[0]);
        Hub hub = Hubs.GetHub();
        int reports = 0;
        hub.UnhandledException += error => reports += error is SocketException { SocketErrorCode: SocketError.TooManyOpenSockets } ? 1 : 100;
        using var deferrals = new Deferrals();
        SetLimit(300);
        hub.Run(async () =>
        {
            using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
            EndPoint address = listener.LocalEndPoint!;
            GreenThread server = GreenThread.Spawn(() => GreenNet.ServeAsync(listener, async connection => await connection.SendAllAsync(new byte[] { 42 })));
            for (int shortage = 1; shortage <= 2; shortage++)
            {
                using var client = new GreenSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                byte[] answer = new byte[1];
                List<SafeFileHandle> fillers = Fill();
                long polls = hub.Statistics.Polls;
                int before = deferrals.Count;
                await client.ConnectAsync(address);
                while (deferrals.Count < before + 3)
                {
                    await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(5));
                }

                // It pauses and does not spin: its own turns are few, the rest is the loop above.
                bool spins = hub.Statistics.Polls - polls > 1000;
                fillers.ForEach(f => f.Dispose());
                Console.WriteLine($"spins {spins}");
                Console.WriteLine($"reports {reports}");
                Console.WriteLine($"received {await client.ReceiveAsync(answer)} {answer[0]}");
            }

            server.Kill();
            await server;
        });
        return Task.FromResult(0);
    }

    /// <summary>Takes every descriptor that there is.</summary>
    private static List<SafeFileHandle> Fill()
    {
        List<SafeFileHandle> fillers = [];
        while (true)
        {
            try
            {
                fillers.Add(File.OpenHandle("/dev/null"));
            }
            catch (IOException)
            {
                return fillers;
            }
        }
    }

    private static unsafe void SetLimit(ulong soft)
    {
        (ulong Soft, ulong Hard) limit;
        Check(getrlimit(RLIMIT_NOFILE, &limit));
        limit.Soft = soft;
        Check(setrlimit(RLIMIT_NOFILE, &limit));
    }

    private static void Check(int result)
    {
        if (result != 0)
        {
            throw new InvalidOperationException($"errno {Marshal.GetLastSystemError()}");
        }
    }

    [LibraryImport("libc")]
    private static unsafe partial int getrlimit(int resource, (ulong Soft, ulong Hard)* limit);

    [LibraryImport("libc")]
    private static unsafe partial int setrlimit(int resource, (ulong Soft, ulong Hard)* limit);

    /// <summary>Counts the accepts that were put off.</summary>
    private sealed class Deferrals : EventListener
    {
        internal int Count { get; private set; }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Eventlet-Hub")
            {
                EnableEvents(eventSource, EventLevel.Verbose);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData) => Count += eventData.EventName == "AcceptDeferred" ? 1 : 0;
    }
}
