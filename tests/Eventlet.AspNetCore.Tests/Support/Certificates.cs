using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Eventlet.Tests.Support;

/// <summary>A certificate made for this run.</summary>
internal static class Certificates
{
    internal static X509Certificate2 Server { get; } = Make();

    internal static HttpClient CreateClient(Uri address) => new(new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate?.GetCertHashString() == Server.GetCertHashString(),
        },
    })
    { BaseAddress = address, Timeout = TimeSpan.FromSeconds(50) };

    private static X509Certificate2 Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    }
}
