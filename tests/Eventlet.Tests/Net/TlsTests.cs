using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Eventlet.Net;
using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Net;

/// <summary>TLS on green sockets, server and client.</summary>
public abstract class TlsTests<THub> : GreenTests<THub>
    where THub : IHubFixture
{
    private readonly X509Certificate2 _certificate = SelfSigned("localhost");

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public void ClientAndServer_AgreeOnAProtocol_AndExchangeMegabytes(SslProtocols version) => OnGreen(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        byte[] sent = Pattern.Of(3_000_000);
        GreenThread<byte[]> server = GreenThread.Spawn(async () =>
        {
            SslServerAuthenticationOptions options = ServerOptions();
            options.EnabledSslProtocols = version;
            options.ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
            await using SslStream stream = await GreenNet.WrapSslAsync(pair.Server, options);
            Assert.Equal(SslApplicationProtocol.Http11, stream.NegotiatedApplicationProtocol);
            byte[] received = new byte[sent.Length];
            await stream.ReadExactlyAsync(received);
            await stream.WriteAsync(received);
            await stream.ShutdownAsync();
            return received;
        });
        SslClientAuthenticationOptions options = ClientOptions();
        options.ApplicationProtocols = [SslApplicationProtocol.Http11];
        await using SslStream client = await GreenNet.WrapSslAsync(pair.Client, options);
        Assert.Equal(version, client.SslProtocol);
        GreenThread writer = GreenThread.Spawn(() => client.WriteAsync(sent).AsTask());
        byte[] back = new byte[sent.Length];
        await client.ReadExactlyAsync(back);
        Pattern.AssertSame(sent, back);
        Pattern.AssertSame(sent, await server);
        await writer;
    });

    [Fact]
    public void HalfClose_EndsTheOwnHalf_AndTheOtherCanStillBeRead() => OnGreen(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        GreenThread server = GreenThread.Spawn(async () =>
        {
            await using SslStream stream = await GreenNet.WrapSslAsync(pair.Server, ServerOptions());
            Assert.Equal(0, await stream.ReadAsync(new byte[1]));
            await stream.WriteAsync(new byte[] { 7 });
        });
        await using SslStream client = await GreenNet.WrapSslAsync(pair.Client, ClientOptions());
        await client.ShutdownAsync();
        byte[] answer = new byte[1];
        Assert.Equal(1, await client.ReadAsync(answer));
        Assert.Equal(7, answer[0]);
        await server;
    });

    [Fact]
    public void ClientCertificate_ReachesTheServer_AndIsDemanded() => OnGreen(async () =>
    {
        using X509Certificate2 mine = SelfSigned("a client");
        Assert.Equal("CN=a client", await SubjectSeenAsync(mine));
        await Assert.ThrowsAsync<AuthenticationException>(() => SubjectSeenAsync(null));

        async Task<string> SubjectSeenAsync(X509Certificate2? shown)
        {
            using Pair pair = await Pair.MakeAsync();
            GreenThread<string> server = GreenThread.Spawn(async () =>
            {
                SslServerAuthenticationOptions options = ServerOptions();
                options.ClientCertificateRequired = true;
                options.RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null;
                await using SslStream stream = await GreenNet.WrapSslAsync(pair.Server, options);
                return stream.RemoteCertificate!.Subject;
            });
            SslClientAuthenticationOptions options = ClientOptions();
            options.ClientCertificates = shown is null ? null : [shown];
            await using SslStream client = await GreenNet.WrapSslAsync(pair.Client, options);
            return await server;
        }
    });

    [Fact]
    public void SilentPeer_TimesOut_AndIsClosed_WhileOthersShakeHands() => OnClock(async () =>
    {
        using Pair silent = await Pair.MakeAsync();
        using Pair good = await Pair.MakeAsync();
        GreenThread stuck = GreenThread.Spawn(() => GreenNet.WrapSslAsync(silent.Server, ServerOptions(), Seconds(3)).AsTask());
        GreenThread<SslStream> serving = GreenThread.Spawn(() => GreenNet.WrapSslAsync(good.Server, ServerOptions()).AsTask());
        await using SslStream client = await GreenNet.WrapSslAsync(good.Client, ClientOptions());
        await using SslStream server = await serving;
        Assert.True(server.IsAuthenticated);
        Assert.False(stuck.IsDead);
        Clock.Advance(Seconds(3));
        GreenTimeoutException error = await Assert.ThrowsAsync<GreenTimeoutException>(() => stuck.AsTask());
        Assert.Contains("within 3 s", error.Message, StringComparison.Ordinal);
        Assert.True(silent.Server.IsClosed);
        Assert.Equal(0, await silent.Client.ReceiveAsync(new byte[1]));
    });

    [Fact]
    public void DefaultLimit_IsTenSeconds() => OnClock(async () =>
    {
        using Pair silent = await Pair.MakeAsync();
        GreenThread stuck = GreenThread.Spawn(() => GreenNet.WrapSslAsync(silent.Client, ClientOptions()).AsTask());
        await Turns.PassAsync();
        Clock.Advance(Seconds(9.9));
        await Turns.PassAsync();
        Assert.False(stuck.IsDead);
        Clock.Advance(Seconds(0.1));
        await Assert.ThrowsAsync<GreenTimeoutException>(() => stuck.AsTask());
    });

    [Fact]
    public void HostilePeer_IsAnErrorOfItsOwnConnection() => OnGreen(async () =>
    {
        foreach (byte[] garbage in (byte[][])[[.. "GET / HTTP/1.1\r\n\r\n"u8], new byte[100], Pattern.Of(4096, seed: 3), [22, 3, 1, 255, 255, 1, 255, 255, 255]])
        {
            using Pair pair = await Pair.MakeAsync();
            GreenThread server = GreenThread.Spawn(() => GreenNet.WrapSslAsync(pair.Server, ServerOptions()).AsTask());
            await pair.Client.SendAllAsync(garbage);
            pair.Client.Shutdown(SocketShutdown.Send);
            Exception error = await Assert.ThrowsAnyAsync<Exception>(() => server.AsTask());
            Assert.True(error is AuthenticationException or IOException, error.ToString());
            Assert.True(pair.Server.IsClosed);
        }
    });

    [Fact]
    public void Handshake_ThatIsKilledOrCancelled_ClosesTheSocket() => OnGreen(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        GreenThread<SslStream> killed = GreenThread.Spawn(() => GreenNet.WrapSslAsync(pair.Server, ServerOptions()).AsTask());
        await Turns.PassAsync();
        killed.Kill();
        await Assert.ThrowsAsync<GreenletExit>(() => killed.AsTask());
        Assert.True(pair.Server.IsClosed);
        using Pair other = await Pair.MakeAsync();
        using var source = new CancellationTokenSource();
        GreenThread cancelled = GreenThread.Spawn(() => GreenNet.WrapSslAsync(other.Server, ServerOptions(), null, source.Token).AsTask());
        await Turns.PassAsync();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.AsTask());
        Assert.True(other.Server.IsClosed);
    });

    [Fact]
    public void Server_ThatIsNotTrusted_IsRefusedByTheClient() => OnGreen(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        GreenThread server = GreenThread.Spawn(async () =>
        {
            await using SslStream stream = await GreenNet.WrapSslAsync(pair.Server, ServerOptions());
            await stream.ReadExactlyAsync(new byte[1]);
        });
        await Assert.ThrowsAsync<AuthenticationException>(() =>
            GreenNet.WrapSslAsync(pair.Client, new SslClientAuthenticationOptions { TargetHost = "localhost" }).AsTask());
        await Assert.ThrowsAnyAsync<Exception>(() => server.AsTask());
    });

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _certificate.Dispose();
        base.Dispose(disposing);
    }

    private SslServerAuthenticationOptions ServerOptions() => new() { ServerCertificate = _certificate };

    private static SslClientAuthenticationOptions ClientOptions() => new()
    {
        TargetHost = "localhost",
        RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate?.Subject == "CN=localhost",
    };

    private static X509Certificate2 SelfSigned(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}

public sealed class TlsOnEpoll : TlsTests<EpollHub>;

public sealed class TlsOnPoll : TlsTests<PollHub>;

public sealed class TlsOnSelect : TlsTests<SelectHub>;
