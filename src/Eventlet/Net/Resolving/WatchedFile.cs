using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Eventlet.Net.Resolving;

/// <summary>
/// What a file says: read at first use, and looked at again, at use, when the last look is ten seconds past. The reading is done by the thread pool, once for all who wait for it; a file that cannot be read
/// is an empty one. Any thread.
/// </summary>
internal sealed class WatchedFile<T>(string? path, Func<string, T> parse, TimeProvider clock)
    where T : class
{
    /// <summary>More than any such file has; a device that never ends must not fill the memory.</summary>
    private const int MaxSize = 16 * 1024 * 1024;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private GreenEvent<T>? _loading;
    private T? _content;
    private long _looked;
    private (DateTime Written, long Length) _stamp;

    internal ValueTask<T> ReadAsync(CancellationToken cancellationToken)
    {
        GreenEvent<T> loading;
        lock (_lock)
        {
            if (path is null)
            {
                return new ValueTask<T>(_content ??= parse(""));
            }

            if (_content is not null && clock.GetElapsedTime(_looked) < s_interval)
            {
                return new ValueTask<T>(_content);
            }

            if (_loading is null)
            {
                _loading = new GreenEvent<T>();
                ThreadPool.UnsafeQueueUserWorkItem(static file => file.Load(), this, preferLocal: false);
            }

            loading = _loading;
        }

        return loading.WaitAsync(cancellationToken);
    }

    private void Load()
    {
        T? content;
        Exception? failure = null;
        try
        {
            string? text = ReadChanged();
            content = text is null ? _content : parse(text);
        }
        catch (Exception error)
        {
            content = null;
            failure = error;
        }

        GreenEvent<T> loading;
        lock (_lock)
        {
            loading = _loading!;
            _loading = null;
            _content = content;
            _looked = clock.GetTimestamp();
        }

        if (failure is not null)
        {
            loading.SendException(failure);
        }
        else
        {
            loading.Send(content!);
        }
    }

    /// <summary>The text; null if it is the one that is known already.</summary>
    private string? ReadChanged()
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path!, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            (DateTime, long) stamp = (File.GetLastWriteTimeUtc(file), RandomAccess.GetLength(file));
            if (_content is not null && stamp == _stamp)
            {
                return null;
            }

            string text = ReadText(file);
            _stamp = stamp;
            return text;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException or System.Security.SecurityException)
        {
            // Not there, or not for this user: the C library goes on without it, too.
            _stamp = default;
            return "";
        }
    }

    private static string ReadText(SafeFileHandle file)
    {
        using var stream = new FileStream(file, FileAccess.Read, bufferSize: 0);
        using var content = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        for (int count; content.Length < MaxSize && (count = stream.Read(buffer)) > 0;)
        {
            content.Write(buffer, 0, count);
        }

        return Encoding.UTF8.GetString(content.GetBuffer(), 0, (int)content.Length);
    }
}
