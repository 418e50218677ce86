using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Eventlet.Tests.Interop.Servers;

/// <summary>Kestrel on its own transport, with TLS, for HTTP/1.1 and HTTP/2: what is sent to it comes back reversed.</summary>
public sealed class KestrelServer : IAsyncLifetime
{
    private readonly X509Certificate2 _certificate = SelfSigned();
    private WebApplication? _application;

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = new("https://localhost");

    /// <summary>The hash of its certificate, for a client that trusts no other.</summary>
    public string CertificateHash => _certificate.GetCertHashString();

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(_certificate);
        }));
        _application = builder.Build();
        _application.MapPost("/reverse", ReverseAsync);
        await _application.StartAsync();
        Address = new Uri($"https://localhost:{new Uri(_application.Urls.Single()).Port}/reverse");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _application!.DisposeAsync();
        _certificate.Dispose();
    }

    private static async Task ReverseAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        byte[] bytes = body.ToArray();
        Array.Reverse(bytes);
        context.Response.Headers["X-Protocol"] = context.Request.Protocol;
        await context.Response.Body.WriteAsync(bytes);
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
