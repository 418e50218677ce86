using System.Net;
using Eventlet.AspNetCore;
using Eventlet.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Eventlet.Tests.Hosting;

/// <summary>How hubs get under an application: options, configuration, services.</summary>
public sealed class HostingTests
{
    private static CancellationToken End => TestContext.Current.CancellationToken;

    [Fact]
    public void Options_AreTheStockTransports_WhereTheyMeanTheSame()
    {
        var stock = new Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets.SocketTransportOptions();
        var hubs = new HubTransportOptions();
        Assert.Equal(stock.Backlog, hubs.Backlog);
        Assert.Equal(stock.NoDelay, hubs.NoDelay);
        Assert.Equal(stock.MaxReadBufferSize, hubs.MaxReadBufferSize);
        Assert.Equal(stock.MaxWriteBufferSize, hubs.MaxWriteBufferSize);
        Assert.Equal(stock.WaitForDataBeforeAllocatingBuffer, hubs.WaitForDataBeforeAllocatingBuffer);
        Assert.Equal(ApplicationScheduling.ThreadPool, hubs.ApplicationScheduling);
        Assert.Equal(Math.Min(Environment.ProcessorCount, 16), hubs.Hubs);
    }

    [Fact]
    public void Options_ComeFromTheConfiguration_AndTheDelegateHasTheLastWord()
    {
        using ServiceProvider services = Services(new()
        {
            ["HubTransport:Hubs"] = "3", ["HubTransport:Hub"] = "poll,epoll", ["HubTransport:ApplicationScheduling"] = "Hub", ["HubTransport:MaxReadBufferSize"] = "4711", ["HubTransport:Backlog"] = "7",
        }, static options => options.Backlog = 8);
        HubTransportOptions options = services.GetRequiredService<IOptions<HubTransportOptions>>().Value;
        Assert.Equal((3, "poll,epoll", ApplicationScheduling.Hub, 4711L, 8), (options.Hubs, options.Hub, options.ApplicationScheduling, options.MaxReadBufferSize, options.Backlog));
    }

    [Theory]
    [InlineData("Hubs", "0", "HubTransportOptions.Hubs is 0: it must be 1 to 1024")]
    [InlineData("Hub", " ", "HubTransportOptions.Hub is blank")]
    [InlineData("Backlog", "0", "HubTransportOptions.Backlog is 0")]
    [InlineData("MaxReadBufferSize", "-1", "HubTransportOptions.MaxReadBufferSize is -1")]
    [InlineData("MaxWriteBufferSize", "-1", "HubTransportOptions.MaxWriteBufferSize is -1")]
    [InlineData("ApplicationScheduling", "7", "HubTransportOptions.ApplicationScheduling is 7: it must be ThreadPool or Hub")]
    [InlineData("ApplicationScheduling", "Pool", "HubTransport")]
    [InlineData("Hubs", "many", "HubTransport")]
    public void Options_ThatCannotWork_AreRefusedWithTheirName(string key, string value, string message)
    {
        using ServiceProvider services = Services(new() { [$"HubTransport:{key}"] = value });
        OptionsValidationException error = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<HubTransportOptions>>().Value);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hub_ThatCannotBeHad_FailsTheStartWithTheReason()
    {
        HubException error = await Assert.ThrowsAsync<HubException>(() => Site.StartAsync<EpollPool>(static _ => Task.CompletedTask, static options =>
            options.Transport = static transport => transport.Hub = "nosuch"));
        Assert.Contains("nosuch", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hub_List_TakesTheFirstThatThereIs()
    {
        await using Site site = await Site.StartAsync<EpollPool>(static context => context.Response.WriteAsync(context.Features.Get<IHubFeature>()!.Hub.Name), static options =>
            options.Transport = static transport => transport.Hub = "kqueue, poll,epoll");
        Assert.Equal("poll", await site.Client.GetStringAsync("/", End));
    }

    [Fact]
    public async Task Endpoint_OfANamedPipe_IsRefusedClearly()
    {
        await using ServiceProvider services = Services([]);
        var factory = services.GetRequiredService<HubConnectionListenerFactory>();
        var pipe = new NamedPipeEndPoint("some");
        Assert.False(factory.CanBind(pipe));
        NotSupportedException error = await Assert.ThrowsAsync<NotSupportedException>(async () => await factory.BindAsync(pipe, End));
        Assert.Contains("named pipes have a transport of their own", error.Message, StringComparison.Ordinal);
        Assert.False(factory.CanBind(new DnsEndPoint("x", 1)));
    }

    [Fact]
    public async Task HealthCheck_TellsAHubThatIsStuck()
    {
        await using Site site = await Site.StartAsync<EpollPool>(static context => context.Response.WriteAsync("hello"), static options =>
            options.Services = static services => services.AddHealthChecks().AddHubs(static limits =>
            {
                limits.Degraded = TimeSpan.FromSeconds(20);
                limits.Unhealthy = TimeSpan.FromSeconds(30);
            }).AddHubs(static limits => limits.Degraded = limits.Unhealthy = TimeSpan.FromMilliseconds(50), "strict"));
        var health = site.Services.GetRequiredService<HealthCheckService>();
        HealthReport before = await health.CheckHealthAsync(static check => check.Name == "hubs", End);
        Assert.Equal(HealthStatus.Healthy, before.Status);
        Assert.Equal(2, before.Entries["hubs"].Data.Count);

        using var release = new ManualResetEventSlim();
        using var held = new ManualResetEventSlim();
        site.Services.GetRequiredService<HubTransport>().Group.Hubs[0].Post(() =>
        {
            held.Set();
            release.Wait();
        });
        held.Wait(End);
        HealthReport stuck = await health.CheckHealthAsync(static check => check.Name == "strict", End);
        release.Set();
        Assert.Equal(HealthStatus.Unhealthy, stuck.Status);
        Assert.Contains("hub 0 needs more than 50 ms", stuck.Entries["strict"].Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Application_WithoutHubs_NeedsNone()
    {
        await using ServiceProvider services = Services([]);
        Assert.Empty(services.GetRequiredService<HubTransport>().RunningHubs);
    }

    private static ServiceProvider Services(Dictionary<string, string?> configuration, Action<HubTransportOptions>? configure = null) => new ServiceCollection()
        .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(configuration).Build())
        .AddHubConnections(configure)
        .BuildServiceProvider();
}
