using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Eventlet.Tests.Support;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Eventlet.Tests.Scenarios;

/// <summary>Clients that others wrote: curl, wrk, h2load.</summary>
public abstract partial class ToolTests<T> : TransportTests<T>
    where T : ITransport
{
    private const int Megabyte = 1024 * 1024;

    [Theory]
    [InlineData("--http1.1", HttpProtocols.Http1, false)]
    [InlineData("--http2-prior-knowledge", HttpProtocols.Http2, false)]
    [InlineData("--http1.1", HttpProtocols.Http1AndHttp2, true)]
    [InlineData("--http2", HttpProtocols.Http1AndHttp2, true)]
    public async Task Curl_UpAndDown_IsExact(string version, HttpProtocols protocols, bool isSecure)
    {
        await using Site site = await StartAsync(EchoAsync, options => Listen(options, protocols, isSecure));
        string answer = await CurlAsync([version, "-k", "--data-binary", "hello", new Uri(site.Address, "echo").ToString()]);
        Assert.Equal("hello", answer);
        await TransferAsync(site, 8 * Megabyte, version);
    }

    [Fact]
    public async Task Curl_ExpectContinue_WaitsForIt()
    {
        await using Site site = await StartAsync(EchoAsync);
        string answer = await CurlAsync(["-H", "Expect: 100-continue", "--expect100-timeout", "50", "-i", "--data-binary", "hello", new Uri(site.Address, "echo").ToString()]);
        Assert.StartsWith("HTTP/1.1 100 Continue", answer, StringComparison.Ordinal);
        Assert.EndsWith("hello", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curl_OverAUnixSocket_IsAnswered()
    {
        string path = Path.Combine(Path.GetTempPath(), $"eventlet-{Guid.NewGuid():N}.sock");
        await using Site site = await StartAsync(EchoAsync, options =>
        {
            options.HasOwnEndpoints = true;
            options.Kestrel = kestrel => kestrel.ListenUnixSocket(path);
        });
        Assert.Equal("hello", await CurlAsync(["--unix-socket", path, "--data-binary", "hello", "http://x/echo"]));
    }

    /// <summary>A gibibyte up and down, checked by its digest.</summary>
    [Fact(Explicit = true, Timeout = 600_000)]
    public async Task Curl_AGibibyte_UpAndDown()
    {
        await using Site site = await StartAsync(EchoAsync, static options => options.Kestrel = static kestrel => kestrel.Limits.MaxRequestBodySize = null);
        await TransferAsync(site, 1024L * Megabyte, "--http1.1").WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Wrk_ManyConnections_NoErrors()
    {
        await using Site site = await StartAsync(static context => context.Response.WriteAsync("hello"));
        string report = await RunAsync("wrk", ["-t1", "-c100", "-d1", site.Address.ToString()]);
        Assert.DoesNotContain("Socket errors", report, StringComparison.Ordinal);
        Assert.DoesNotContain("Non-2xx", report, StringComparison.Ordinal);
        Assert.True(int.Parse(RequestsIn().Match(report).Groups[1].Value, CultureInfo.InvariantCulture) > 0, report);
    }

    [Fact]
    public async Task Wrk_AConnectionPerRequest_NoErrors()
    {
        await using Site site = await StartAsync(static context => context.Response.WriteAsync("hello"));
        string report = await RunAsync("wrk", ["-t1", "-c20", "-d1", "-H", "Connection: close", site.Address.ToString()]);
        Assert.DoesNotContain("Non-2xx", report, StringComparison.Ordinal);
        Assert.True(int.Parse(RequestsIn().Match(report).Groups[1].Value, CultureInfo.InvariantCulture) > 0, report);
        site.Log.ExpectNoErrors();
    }

    [Theory]
    [InlineData("--h1", HttpProtocols.Http1, false)]
    [InlineData("-m10", HttpProtocols.Http2, false)]
    [InlineData("-m10", HttpProtocols.Http2, true)]
    public async Task H2Load_EveryRequest_Succeeds(string option, HttpProtocols protocols, bool isSecure)
    {
        await using Site site = await StartAsync(static context => context.Response.WriteAsync("hello"), options => Listen(options, protocols, isSecure));
        string report = await RunAsync("h2load", [option, "-c50", "-n5000", site.Address.ToString()]);
        Assert.Contains("5000 total, 5000 started, 5000 done, 5000 succeeded, 0 failed, 0 errored, 0 timeout", report, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"(\d+) requests in", RegexOptions.None, 1000)]
    private static partial Regex RequestsIn();

    private static void Listen(SiteOptions options, HttpProtocols protocols, bool isSecure) => options.Endpoint = endpoint =>
    {
        endpoint.Protocols = protocols;
        if (isSecure)
        {
            endpoint.UseHttps(Certificates.Server);
        }
    };

    /// <summary>Uploads, and downloads: each side tells the digest of what it has seen.</summary>
    private static async Task TransferAsync(Site site, long length, string version)
    {
        byte[] block = RandomNumberGenerator.GetBytes(Megabyte);
        string file = Path.GetTempFileName();
        string back = Path.GetTempFileName();
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using (FileStream stream = File.OpenWrite(file))
            {
                for (long at = 0; at < length; at += Megabyte)
                {
                    await stream.WriteAsync(block);
                    hash.AppendData(block);
                }
            }

            string digest = Convert.ToHexString(hash.GetHashAndReset());
            Assert.Equal(digest, await CurlAsync([version, "-k", "-T", file, new Uri(site.Address, "digest").ToString()]));
            await CurlAsync([version, "-k", "-T", file, "-o", back, new Uri(site.Address, "echo").ToString()]);
            await using FileStream returned = File.OpenRead(back);
            Assert.Equal(digest, Convert.ToHexString(await SHA256.HashDataAsync(returned)));
        }
        finally
        {
            File.Delete(file);
            File.Delete(back);
        }
    }

    private static Task<string> CurlAsync(string[] arguments) => RunAsync("curl", ["-sS", "--fail", "--max-time", "300", .. arguments]);

    private static async Task<string> RunAsync(string program, string[] arguments)
    {
        string path = $"/usr/bin/{program}";
        Assert.SkipUnless(File.Exists(path), $"{program} is not installed");
        using ChildProcess child = ChildProcess.StartProgram(path, arguments, limit: TimeSpan.FromMinutes(9));
        await child.EndAsync();
        Assert.True(child.Error.Length == 0, child.Error);
        return child.Output.TrimEnd('\n');
    }

    private static async Task EchoAsync(HttpContext context)
    {
        byte[] buffer = new byte[32 * 1024];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        bool isDigest = context.Request.Path.Value == "/digest";
        for (int count; (count = await context.Request.Body.ReadAsync(buffer)) > 0;)
        {
            if (isDigest)
            {
                hash.AppendData(buffer, 0, count);
            }
            else
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, count));
            }
        }

        if (isDigest)
        {
            await context.Response.WriteAsync(Convert.ToHexString(hash.GetHashAndReset()));
        }
    }
}
