using System.Globalization;

namespace Eventlet.Tests.RandomOperations;

/// <summary>What was done and seen: the last lines of it for a reader, all of it as a number.</summary>
internal sealed class Trace
{
    private const int Kept = 1024;
    private const int Shown = 60;

    private readonly (string What, int A, long B, Exception? Error)[] _lines = new (string, int, long, Exception?)[Kept];
    private long _count;

    /// <summary>Of everything since the beginning.</summary>
    internal ulong Hash { get; private set; } = 14695981039346656037;

    internal void Add(string what, int a = 0, long b = 0, Exception? error = null)
    {
        _lines[_count++ % Kept] = (what, a, b, error);
        Mix((ulong)what.Length << 16 | what[0]);
        Mix((ulong)a);
        Mix((ulong)b);
        Mix(error is null ? 0 : (ulong)error.Message.Length << 16 | error.Message[^1]);
    }

    /// <summary>The last lines, oldest first.</summary>
    public override string ToString() => string.Join('\n', Enumerable.Range(0, (int)Math.Min(_count, Shown)).Select(i =>
    {
        (string what, int a, long b, Exception? error) = _lines[(_count - Math.Min(_count, Shown) + i) % Kept];
        return string.Create(CultureInfo.InvariantCulture, $"{_count - Math.Min(_count, Shown) + i,7}  {what} {a}{(b == 0 ? "" : $" {b}")}{(error is null ? "" : $": {error.Message}")}");
    }));

    private void Mix(ulong value) => Hash = (Hash ^ value) * 1099511628211;
}
