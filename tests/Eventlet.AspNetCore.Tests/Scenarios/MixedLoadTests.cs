using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using Eventlet.AspNetCore;
using Eventlet.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Eventlet.Tests.Scenarios;

/// <summary>All kinds of clients at once, for a while: every response is checked, and nothing is left.</summary>
public abstract class MixedLoadTests<T> : TransportTests<T>
    where T : ITransport
{
    private const int LongLimit = 35 * 60 * 1000;
    private const int Clients = 24;

    [Fact]
    public Task MixedLoad_ForAMoment_LeavesNothing() => RunAsync(TimeSpan.FromSeconds(1));

    /// <summary>Thirty minutes over all transports; EVENTLET_TEST_SOAK_SECONDS is another time.</summary>
    [Fact(Explicit = true, Timeout = LongLimit)]
    public Task MixedLoad_ForLong_LeavesNothing() => RunAsync(TimeSpan.FromSeconds(
        double.Parse(Environment.GetEnvironmentVariable("EVENTLET_TEST_SOAK_SECONDS") ?? "360", CultureInfo.InvariantCulture))).WaitAsync(TestContext.Current.CancellationToken);

    private static async Task RunAsync(TimeSpan time)
    {
        var ends = new EndedConnections();
        await using Site site = await StartAsync(EchoAsync, options => options.Endpoint = ends.Watch);
        long memory = 0;
        var clock = Stopwatch.StartNew();
        int round = 0;
        long exchanges = 0;

        // In rounds, so that what grows is seen against the end of the first.
        do
        {
            TimeSpan end = clock.Elapsed + TimeSpan.FromTicks(Math.Min(time.Ticks, TimeSpan.FromSeconds(30).Ticks));
            long[] counts = await Task.WhenAll(Enumerable.Range(0, Clients).Select(i => ClientAsync(site, i, () => clock.Elapsed < end)));
            exchanges += counts.Sum();
            while (ends.Active > 0)
            {
                await Task.Delay(5, End);
            }

            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            long now = GC.GetTotalMemory(forceFullCollection: true);
            memory = round == 0 ? now : memory;
            Assert.True(now < memory + 30_000_000, $"{memory} bytes were in use after the first round, {now} after round {round}");
            round++;
        }
        while (clock.Elapsed < time);

        Assert.True(exchanges >= Clients);
        site.Log.ExpectNoErrors();
        foreach (Hub hub in site.Services.GetService<HubTransport>()?.RunningHubs ?? [])
        {
            // The end of a connection is told a moment before its greenthread's.
            while (hub.Statistics.GreenThreads > 0)
            {
                await Task.Delay(5, End);
            }
        }
    }

    private static async Task<long> ClientAsync(Site site, int number, Func<bool> goesOn)
    {
        var random = new Random(number);
        long exchanges = 0;
        do
        {
            using RawConnection connection = await site.ConnectAsync();
            Task exchange = (number % 6) switch
            {
                0 or 1 => KeepAlive(connection, random, 20),
                2 => Resets(connection, random),
                3 => Slow(connection, random),
                4 => HalfCloses(connection, random),
                _ => Large(connection, random),
            };
            await exchange;
            exchanges++;
        }
        while (goesOn());
        return exchanges;
    }

    private static async Task KeepAlive(RawConnection connection, Random random, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await ExchangeAsync(connection, random.Next(0, 5000));
        }
    }

    private static async Task Large(RawConnection connection, Random random) => await ExchangeAsync(connection, random.Next(100_000, 1_000_000));

    private static async Task Resets(RawConnection connection, Random random)
    {
        await ExchangeAsync(connection, random.Next(0, 100));
        string request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + new string('x', 50_000);
        await connection.SendAsync(request[..random.Next(1, request.Length)]);
        connection.Reset();
    }

    private static async Task Slow(RawConnection connection, Random random)
    {
        const string Request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123456789";
        for (int at = 0; at < Request.Length;)
        {
            int count = Math.Min(random.Next(1, 20), Request.Length - at);
            await connection.SendAsync(Request.Substring(at, count));
            at += count;
            await Task.Delay(1);
        }

        Assert.Equal("0123456789", (await connection.ReceiveResponseAsync()).Body);
    }

    private static async Task HalfCloses(RawConnection connection, Random random)
    {
        await ExchangeAsync(connection, random.Next(1, 3000));
        await connection.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        if (T.HubName is null)
        {
            // The stock transport drops the response when the client's end comes before it.
            await connection.ReceiveUntilAsync("\r\n\r\n");
            return;
        }

        connection.EndSending();
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await connection.ReceiveToEndAsync(), StringComparison.Ordinal);
    }

    private static async Task ExchangeAsync(RawConnection connection, int length)
    {
        byte[] body = RandomNumberGenerator.GetBytes(length);
        await connection.SendAsync($"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
        Task sending = connection.SendAsync(body);
        (_, string answer) = await connection.ReceiveResponseAsync();
        await sending;
        Assert.Equal(System.Text.Encoding.Latin1.GetString(body), answer);
    }

    private static async Task EchoAsync(HttpContext context)
    {
        context.Response.ContentLength = context.Request.ContentLength;
        byte[] buffer = new byte[8000];
        try
        {
            for (int count; (count = await context.Request.Body.ReadAsync(buffer)) > 0;)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, count));
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // Some clients leave.
            context.Abort();
        }
    }
}
