using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Eventlet.Tests.Support;

/// <summary>Counts connections that begin and end, by a middleware below HTTP.</summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A semaphore whose wait handle nobody asks for has nothing to dispose.")]
internal sealed class EndedConnections
{
    private readonly SemaphoreSlim _begun = new(0);
    private readonly SemaphoreSlim _ended = new(0);
    private readonly SemaphoreSlim _toldClosed = new(0);
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
            _toldClosed.Release();
            closed.TrySetResult();
        });
        Interlocked.Increment(ref _active);
        _begun.Release();
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
                _ended.Release();
            }, TaskScheduler.Default);
        }
    });

    internal Task Begun(int count) => Take(_begun, count);

    /// <summary>The middleware has returned and ConnectionClosed has fired.</summary>
    internal Task Ended(int count) => Take(_ended, count);

    /// <summary>ConnectionClosed has fired.</summary>
    internal Task Closed(int count) => Take(_toldClosed, count);

    private static async Task Take(SemaphoreSlim events, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await events.WaitAsync(TestContext.Current.CancellationToken);
        }
    }
}
