using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Eventlet.Tests.Support;

/// <summary>Counts connections that begin and end, by a middleware below HTTP.</summary>
internal sealed class EndedConnections
{
    private readonly System.Threading.Channels.Channel<bool> _begun = System.Threading.Channels.Channel.CreateUnbounded<bool>();
    private readonly System.Threading.Channels.Channel<bool> _ended = System.Threading.Channels.Channel.CreateUnbounded<bool>();
    private readonly System.Threading.Channels.Channel<bool> _toldClosed = System.Threading.Channels.Channel.CreateUnbounded<bool>();
    private int _closed;
    private int _active;

    /// <summary>How often ConnectionClosed has fired.</summary>
    internal int ClosedCount => Volatile.Read(ref _closed);

    internal int Active => Volatile.Read(ref _active);

    internal void Watch(ListenOptions endpoint) => endpoint.Use(next => async connection =>
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionClosed.Register(() =>
        {
            Interlocked.Increment(ref _closed);
            _toldClosed.Writer.TryWrite(true);
            closed.TrySetResult();
        });
        Interlocked.Increment(ref _active);
        _begun.Writer.TryWrite(true);
        try
        {
            await next(connection);
        }
        finally
        {
            // Kestrel disposes it after its middleware: when the token has fired nothing more comes.
            _ = closed.Task.ContinueWith(_ =>
            {
                Interlocked.Decrement(ref _active);
                _ended.Writer.TryWrite(true);
            }, TaskScheduler.Default);
        }
    });

    internal Task Begun(int count) => Take(_begun, count);

    /// <summary>The middleware has returned and ConnectionClosed has fired.</summary>
    internal Task Ended(int count) => Take(_ended, count);

    /// <summary>ConnectionClosed has fired.</summary>
    internal Task Closed(int count) => Take(_toldClosed, count);

    private static async Task Take(System.Threading.Channels.Channel<bool> events, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await events.Reader.ReadAsync(TestContext.Current.CancellationToken);
        }
    }
}
