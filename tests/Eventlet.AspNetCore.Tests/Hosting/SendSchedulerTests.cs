using System.Net;
using Eventlet.AspNetCore;
using Eventlet.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace Eventlet.Tests.Hosting;

/// <summary>Where what was flushed off the hub is sent.</summary>
public sealed class SendSchedulerTests
{
    private static CancellationToken End => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Flush_TheOnlyOneAfterAReceive_IsSentByItsThread_ASeriesIsSentTogether()
    {
        await using ServiceProvider services = new ServiceCollection().AddHubConnections(static options => options.Hubs = 1).BuildServiceProvider();
        await using IConnectionListener listener = await services.GetRequiredService<HubConnectionListenerFactory>().BindAsync(new IPEndPoint(IPAddress.Loopback, 0), End);
        await using ConnectionContext client = await services.GetRequiredService<IConnectionFactory>().ConnectAsync(listener.EndPoint, End);
        await using ConnectionContext? server = await listener.AcceptAsync(End);
        var scheduler = new HubSendScheduler((HubConnection)server!);

        Assert.True(await FlushesInPlace(scheduler));
        Assert.False(await FlushesInPlace(scheduler));
        Assert.False(await FlushesInPlace(scheduler));

        // As it was after the last receive.
        scheduler.NoteReceive();
        Assert.False(await FlushesInPlace(scheduler));

        // One flush after a receive: the next receive's is the only one too.
        scheduler.NoteReceive();
        Assert.True(await FlushesInPlace(scheduler));

        // A receive that nothing answered yet tells nothing.
        scheduler.NoteReceive();
        scheduler.NoteReceive();
        Assert.True(await FlushesInPlace(scheduler));
    }

    private static Task<bool> FlushesInPlace(HubSendScheduler scheduler)
    {
        var send = new Send { Thread = Environment.CurrentManagedThreadId };
        scheduler.NoteFlush();
        scheduler.Schedule(static state => ((Send)state!).Run(), send);
        send.HasReturned = true;
        return send.WasInPlace.Task;
    }

    private sealed class Send
    {
        internal TaskCompletionSource<bool> WasInPlace { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal int Thread { get; init; }

        internal volatile bool HasReturned;

        // The same thread may run the item later, too.
        internal void Run() => WasInPlace.SetResult(Environment.CurrentManagedThreadId == Thread && !HasReturned);
    }
}
