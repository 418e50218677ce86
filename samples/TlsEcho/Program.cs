// An echo server with TLS and ten clients of it, on one hub.   dotnet run [CLIENTS]
//
// SslStream runs on a green stream: to whoever writes the code it is any other stream, and the hub does the waiting.
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Eventlet;
using Eventlet.Net;

int clients = args.Length > 0 ? int.Parse(args[0], null) : 10;
using X509Certificate2 certificate = SelfSigned("localhost");
Hubs.GetHub().Run(async () =>
{
    using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
    GreenThread server = GreenThread.Spawn(() => GreenNet.ServeAsync(listener, EchoAsync));
    await TaskGroup.RunAsync(group =>
    {
        for (int i = 0; i < clients; i++)
        {
            string text = $"hello from client {i}";
            group.SpawnN(() => TalkAsync(listener.LocalEndPoint!, text));
        }

        return Task.CompletedTask;
    });
    server.Kill();
    await server;
});
Console.WriteLine($"{clients} clients had their answers");

async Task EchoAsync(GreenSocket connection)
{
    await using SslStream stream = await GreenNet.WrapSslAsync(connection, new SslServerAuthenticationOptions { ServerCertificate = certificate });
    byte[] buffer = new byte[4096];
    for (int count; (count = await stream.ReadAsync(buffer)) > 0;)
    {
        await stream.WriteAsync(buffer.AsMemory(0, count));
    }
}

async Task TalkAsync(EndPoint server, string text)
{
    await using SslStream stream = await GreenNet.WrapSslAsync(await GreenNet.ConnectAsync(server), new SslClientAuthenticationOptions
    {
        TargetHost = "localhost",

        // No authority vouches for a certificate that was made a moment ago: this one, and no other.
        RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == certificate.Thumbprint,
    });
    byte[] sent = Encoding.UTF8.GetBytes(text);
    await stream.WriteAsync(sent);
    byte[] reply = new byte[sent.Length];
    await stream.ReadExactlyAsync(reply);
    if (!reply.AsSpan().SequenceEqual(sent))
    {
        throw new InvalidDataException("the echo is another one");
    }
}

static X509Certificate2 SelfSigned(string name)
{
    using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
    using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
}
