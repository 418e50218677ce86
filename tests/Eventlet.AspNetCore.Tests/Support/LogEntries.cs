using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Eventlet.Tests.Support;

/// <summary>What an application has logged.</summary>
internal sealed class LogEntries : ILoggerProvider, ILogger
{
    /// <summary>Of what is no error, the last ones stay: a long run logs millions.</summary>
    private const int Most = 10_000;

    private readonly ConcurrentQueue<(LogLevel Level, string Name, string Text)> _entries = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly SemaphoreSlim _more = new(0);

    internal IEnumerable<(LogLevel Level, string Name, string Text)> All => _entries;

    /// <summary>What must not be there in a normal run.</summary>
    internal IEnumerable<string> Errors => _errors;

    /// <summary>Fails with what was logged as an error.</summary>
    internal void ExpectNoErrors()
    {
        string errors = string.Join('\n', Errors);
        Assert.True(errors.Length == 0, errors);
    }

    /// <summary>Waits until an event of this name was logged.</summary>
    internal async Task Seen(string name)
    {
        while (!_entries.Any(entry => entry.Name == name))
        {
            await _more.WaitAsync(TestContext.Current.CancellationToken);
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string text = exception is null ? formatter(state, exception) : $"{formatter(state, exception)} {exception}";
        _entries.Enqueue((logLevel, eventId.Name ?? "", text));
        if (logLevel >= LogLevel.Error)
        {
            _errors.Enqueue(text);
        }

        while (_entries.Count > Most)
        {
            _entries.TryDequeue(out _);
        }

        _more.Release();
    }

    public void Dispose()
    {
    }
}
