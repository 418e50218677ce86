namespace Eventlet.Tests.RandomOperations;

/// <summary>Another thread, which does what it is told while the one that tells it waits: calls from elsewhere, in an order that is known.</summary>
internal sealed class Poster : IDisposable
{
    private readonly SemaphoreSlim _asked = new(0);
    private readonly SemaphoreSlim _done = new(0);
    private readonly Thread _thread;
    private Action? _action;
    private Exception? _error;

    internal Poster()
    {
        _thread = new Thread(Serve) { IsBackground = true, Name = "test poster" };
        _thread.Start();
    }

    internal void Do(Action action)
    {
        _action = action;
        _asked.Release();
        _done.Wait();
        if (Interlocked.Exchange(ref _error, null) is { } error)
        {
            throw new InvalidOperationException("on the other thread", error);
        }
    }

    public void Dispose()
    {
        _action = null;
        _asked.Release();
        _thread.Join();
        _asked.Dispose();
        _done.Dispose();
    }

    private void Serve()
    {
        while (true)
        {
            _asked.Wait();
            if (_action is not { } action)
            {
                return;
            }

            try
            {
                action();
            }
            catch (Exception error)
            {
                _error = error;
            }

            _done.Release();
        }
    }
}
