using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;
using Eventlet.AspNetCore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Eventlet.Bench;

/// <summary>The same application on the stock transport or on hubs: WebPeer stock|stock-inline|HUB-pool|HUB-hub. HTTP/1.1, TLS and HTTP/2 at three ports, which it prints.</summary>
internal static class Program
{
    private static readonly byte[] s_plain = "Hello, World!"u8.ToArray();

    private static async Task Main(string[] args)
    {
        string transport = args[0];
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0, static endpoint => endpoint.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, static endpoint =>
            {
                endpoint.Protocols = HttpProtocols.Http1;
                endpoint.UseHttps(Certificate());
            });
            kestrel.Listen(IPAddress.Loopback, 0, static endpoint => endpoint.Protocols = HttpProtocols.Http2);
        });
        Use(builder.WebHost, transport);
        await using WebApplication application = builder.Build();
        application.Run(static context =>
        {
            HttpResponse response = context.Response;
            if (context.Request.Path.Value == "/json")
            {
                response.ContentType = "application/json";
                byte[] body = JsonSerializer.SerializeToUtf8Bytes(new Answer("Hello, World!"), Answers.Default.Answer);
                response.ContentLength = body.Length;
                return response.Body.WriteAsync(body).AsTask();
            }

            response.ContentType = "text/plain";
            response.ContentLength = s_plain.Length;
            return response.Body.WriteAsync(s_plain).AsTask();
        });
        await application.StartAsync();
        Console.WriteLine($"listening {string.Join(' ', application.Urls.Select(static url => new Uri(url).Port))}");
        await application.WaitForShutdownAsync();
    }

    private static void Use(IWebHostBuilder host, string transport)
    {
        if (transport.StartsWith("stock", StringComparison.Ordinal))
        {
            host.UseSockets(options => options.UnsafePreferInlineScheduling = transport == "stock-inline");
            return;
        }

        string[] parts = transport.Split('-');
        host.UseHubs(options =>
        {
            options.Hub = parts[0];
            options.ApplicationScheduling = parts[1] == "hub" ? ApplicationScheduling.Hub : ApplicationScheduling.ThreadPool;
        });
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    }
}

internal sealed record Answer(string Message);

[JsonSerializable(typeof(Answer))]
internal sealed partial class Answers : JsonSerializerContext;
