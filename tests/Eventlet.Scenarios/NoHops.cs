using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Eventlet.Net;

namespace Eventlet.Scenarios;

/// <summary>
/// A thousand round trips of library code over green streams, in a process where nobody else uses the thread pool. Prints for each: items that the pool has
/// done meanwhile, reads of the streams below, and how many of these began elsewhere than in a greenthread of the hub.
/// </summary>
internal static class NoHops
{
    private const int RoundTrips = 1_000;

    internal static Task<int> RunAsync(string[] args)
    {
        Hubs.UseHub(args[0]);
        Hubs.GetHub().Run(async () =>
        {
            await SslAsync();
            await ChainAsync();
            await PipeAsync();
            if (Hubs.GetHub().Name == "io_uring")
            {
                await FileAsync();
            }
        });
        return Task.FromResult(0);
    }

    private static async Task SslAsync()
    {
        using X509Certificate2 certificate = SelfSigned();
        (RecordingStream below, RecordingStream belowServer) = await ConnectAsync();
        GreenThread server = GreenThread.Spawn(async () =>
        {
            await using var ssl = new SslStream(belowServer);
            await ssl.AuthenticateAsServerAsync(certificate);
            await EchoAsync(ssl);
        });
        await using (var ssl = new SslStream(below, leaveInnerStreamOpen: true, (_, shown, _, _) => shown?.GetCertHashString() == certificate.Thumbprint))
        {
            await ssl.AuthenticateAsClientAsync("localhost");
            await RoundTripsAsync(ssl, 10);
            await ReportAsync("ssl", below, belowServer, () => RoundTripsAsync(ssl, RoundTrips));
            await ssl.ShutdownAsync();
        }

        below.Dispose();
        await server;
    }

    private static async Task ChainAsync()
    {
        (RecordingStream below, RecordingStream belowServer) = await ConnectAsync();
        GreenThread server = GreenThread.Spawn(() => EchoAsync(belowServer));
        var levels = new Levels(below);
        await ReportAsync("chain", below, belowServer, async () =>
        {
            byte[] buffer = new byte[8];
            for (int i = 0; i < RoundTrips; i++)
            {
                await levels.WriteAsync(new[] { (byte)i }, 4);
                Check(await levels.ReadAsync(buffer, 4) == 1 && buffer[0] == (byte)i);
            }
        });
        below.Dispose();
        await server;
    }

    private static async Task PipeAsync()
    {
        (RecordingStream below, RecordingStream belowServer) = await ConnectAsync();
        GreenThread server = GreenThread.Spawn(async () =>
        {
            PipeReader reader = PipeReader.Create(belowServer);
            PipeWriter writer = PipeWriter.Create(belowServer);
            for (ReadResult read; !(read = await reader.ReadAsync()).IsCompleted; reader.AdvanceTo(read.Buffer.End))
            {
                foreach (ReadOnlyMemory<byte> segment in read.Buffer)
                {
                    writer.Write(segment.Span);
                }

                await writer.FlushAsync();
            }
        });
        PipeReader reader = PipeReader.Create(below);
        PipeWriter writer = PipeWriter.Create(below);
        GreenThread? self = GreenThread.Current;
        await ReportAsync("pipe", below, belowServer, async () =>
        {
            for (int i = 0; i < RoundTrips; i++)
            {
                await writer.WriteAsync(new[] { (byte)i, (byte)2 });
                ReadResult read = await reader.ReadAtLeastAsync(2);
                Check(read.Buffer.FirstSpan[0] == (byte)i && ReferenceEquals(self, GreenThread.Current));
                reader.AdvanceTo(read.Buffer.End);
            }
        });
        below.Dispose();
        await server;
    }

    private static async Task FileAsync()
    {
        string path = Path.GetTempFileName();
        await using (GreenFile file = await GreenFile.OpenAsync(path, FileMode.Open, FileAccess.ReadWrite))
        {
            byte[] buffer = new byte[100];
            long hops = await HopsOfAsync(async () =>
            {
                for (int i = 0; i < RoundTrips; i++)
                {
                    await file.WriteAtAsync(new[] { (byte)i }, i);
                    Check(await file.ReadAtAsync(buffer, i) == 1 && buffer[0] == (byte)i);
                }
            });
            Console.WriteLine($"file: {hops} hops");
        }

        File.Delete(path);
    }

    private static async Task<long> HopsOfAsync(Func<Task> work)
    {
        long before = ThreadPool.CompletedWorkItemCount;
        await work();
        return ThreadPool.CompletedWorkItemCount - before;
    }

    private static async Task ReportAsync(string what, RecordingStream client, RecordingStream server, Func<Task> work)
    {
        (int reads, int serverReads) = (client.Reads, server.Reads);
        long hops = await HopsOfAsync(work);
        bool isPlenty = client.Reads - reads >= RoundTrips && server.Reads - serverReads >= RoundTrips;
        Console.WriteLine($"{what}: {hops} hops, thousands of reads {isPlenty}, {client.Elsewhere + server.Elsewhere} elsewhere");
    }

    private static async Task<(RecordingStream Client, RecordingStream Server)> ConnectAsync()
    {
        using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        GreenSocket client = await GreenNet.ConnectAsync(listener.LocalEndPoint!);
        GreenSocket server = await listener.AcceptAsync();
        return (new RecordingStream(client.GetStream()), new RecordingStream(server.GetStream()));
    }

    private static async Task RoundTripsAsync(Stream stream, int count)
    {
        byte[] buffer = new byte[16];
        GreenThread? self = GreenThread.Current;
        for (int i = 0; i < count; i++)
        {
            await stream.WriteAsync(new[] { (byte)i, (byte)1 });
            await stream.ReadExactlyAsync(buffer.AsMemory(0, 2));
            Check(buffer[0] == (byte)i && ReferenceEquals(self, GreenThread.Current));
        }
    }

    private static void Check(bool condition)
    {
        if (!condition)
        {
            throw new InvalidOperationException("a round trip brought something else, or ended elsewhere");
        }
    }

    private static async Task EchoAsync(Stream stream)
    {
        byte[] buffer = new byte[64];
        while (await stream.ReadAsync(buffer) is > 0 and var count)
        {
            await stream.WriteAsync(buffer.AsMemory(0, count));
        }
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>Library code as it should be written: several layers, each of which declines the caller's context.</summary>
    private sealed class Levels(Stream stream)
    {
        internal async Task<int> ReadAsync(byte[] buffer, int levels) => levels == 0
            ? await stream.ReadAsync(buffer).ConfigureAwait(false)
            : await ReadAsync(buffer, levels - 1).ConfigureAwait(false);

        internal async Task WriteAsync(byte[] bytes, int levels)
        {
            if (levels == 0)
            {
                await stream.WriteAsync(bytes).ConfigureAwait(false);
            }
            else
            {
                await WriteAsync(bytes, levels - 1).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Notes on which threads its reads begin.</summary>
    private sealed class RecordingStream(GreenStream inner) : Stream
    {
        private readonly Hub _hub = Hubs.GetHub();

        internal int Reads { get; private set; }

        internal int Elsewhere { get; private set; }

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Reads++;
            Elsewhere += _hub.IsCurrent && GreenThread.Current is not null ? 0 : 1;
            return inner.ReadAsync(buffer, cancellationToken);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
