using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Eventlet.Tests.Support;

/// <summary>Counts connections that begin and end, by a middleware below HTTP.</summary>
internal sealed class EndedConnections
{
    private readonly System.Threading.Channels.Channel<bool> _begun = System.Threading.Channels.Channel.CreateUnbounded<bool>();
    private readonly System.Threading.Channels.Channel<bool> _ended = System.Threading.Channels.Channel.CreateUnbounded<bool>();
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

    internal async Task Begun(int count)
    {
        for (int i = 0; i < count; i++)
        {
            await _begun.Reader.ReadAsync(TestContext.Current.CancellationToken);
        }
    }

    internal async Task Ended(int count)
    {
        for (int i = 0; i < count; i++)
        {
            await _ended.Reader.ReadAsync(TestContext.Current.CancellationToken);
        }
    }
}
