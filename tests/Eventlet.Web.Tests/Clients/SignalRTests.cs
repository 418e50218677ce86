using Eventlet.Tests.Support;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;

namespace Eventlet.Tests.Web.Clients;

/// <summary>The .NET SignalR client, over each of its transports.</summary>
public abstract class SignalRTests<T> : TransportTests<T>
    where T : ITransport
{
    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task Client_InvokesStreamsAndHearsTheOthers(HttpTransportType kind)
    {
        await using Site site = await StartSiteAsync();
        await using HubConnection ada = Connect(site, kind);
        await using HubConnection bob = Connect(site, kind);
        var heard = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable listening = bob.On<string>("Heard", heard.SetResult);
        await bob.StartAsync(End);
        await ada.StartAsync(End);

        string text = new('ä', 20_000);
        Assert.Equal(text, await ada.InvokeAsync<string>("Echo", text, End));
        await ada.InvokeAsync("TellAll", "to all", End);
        Assert.Equal("to all", await heard.Task.WaitAsync(End));

        Assert.Equal(Enumerable.Range(0, 200), await ada.StreamAsync<int>("Count", 200, End).ToListAsync(End));
        Assert.Equal(199 * 200 / 2, await ada.InvokeAsync<long>("Sum", Numbers(200), End));
        var failure = await Assert.ThrowsAsync<Microsoft.AspNetCore.SignalR.HubException>(() => ada.InvokeAsync<int>("Fail", End));
        Assert.Contains("on purpose", failure.Message, StringComparison.Ordinal);
        Assert.Equal("after that", await ada.InvokeAsync<string>("Echo", "after that", End));

        await ada.StopAsync(End);
        await bob.StopAsync(End);
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task Client_OfAServerThatStops_IsTold(HttpTransportType kind)
    {
        await using Site site = await StartSiteAsync();
        await using HubConnection client = Connect(site, kind);
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.Closed += _ =>
        {
            closed.SetResult();
            return Task.CompletedTask;
        };
        await client.StartAsync(End);
        Assert.Equal("here", await client.InvokeAsync<string>("Echo", "here", End));
        await site.StopAsync(End);
        await closed.Task.WaitAsync(End);
        Assert.Equal(HubConnectionState.Disconnected, client.State);
    }

    private static Task<Site> StartSiteAsync() => StartAsync(
        static context => Task.CompletedTask,
        options =>
        {
            options.Services = services =>
            {
                services.AddRouting();
                services.AddSignalR(signalR => signalR.MaximumReceiveMessageSize = 1 << 20);
            };
            options.Pipeline = static application =>
                ((IApplicationBuilder)application).UseRouting().UseEndpoints(static endpoints => endpoints.MapHub<Relay>("/relay"));
        });

    private static HubConnection Connect(Site site, HttpTransportType kind) =>
        new HubConnectionBuilder().WithUrl(new Uri(site.Address, "relay"), kind).Build();

    private static async IAsyncEnumerable<int> Numbers(int to)
    {
        for (int i = 0; i < to; i++)
        {
            yield return i;
            await Task.Yield();
        }
    }
}
