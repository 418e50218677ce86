using Microsoft.Win32.SafeHandles;

namespace Eventlet.Files;

/// <summary>
/// How file operations are done: reads and writes of a greenthread by its hub, where that does whole operations; all else by the thread pool, since a regular file is
/// always ready and may block all the same. The one place that knows. Buffers are in use until an operation ends, so none is abandoned: a token is looked at before it begins.
/// </summary>
internal static class FileOperations
{
    internal static Task<SafeFileHandle> OpenAsync(string path, FileMode mode, FileAccess access, FileShare share, CancellationToken cancellationToken) =>
        OnPool(() => File.OpenHandle(path, mode, access, share), cancellationToken);

    internal static ValueTask<int> ReadAsync(SafeFileHandle file, Memory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        if (buffer.IsEmpty || Hub.Running is not { CurrentGreen: { } green, Table.Submits: true } hub)
        {
            return RandomAccess.ReadAsync(file, buffer, offset, cancellationToken);
        }

        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        FileReadWait wait = hub.Rent<FileReadWait>();
        wait.Buffer = buffer;
        Begin(wait, hub, green, file, offset);
        return new ValueTask<int>(wait, wait.Version);
    }

    internal static ValueTask WriteAsync(SafeFileHandle file, ReadOnlyMemory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        if (buffer.IsEmpty || Hub.Running is not { CurrentGreen: { } green, Table.Submits: true } hub)
        {
            return RandomAccess.WriteAsync(file, buffer, offset, cancellationToken);
        }

        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        FileWriteWait wait = hub.Rent<FileWriteWait>();
        wait.Buffer = buffer;
        Begin(wait, hub, green, file, offset);
        return new ValueTask(wait, wait.Version);
    }

    internal static Task FlushToDiskAsync(SafeFileHandle file, CancellationToken cancellationToken) => OnPool(() =>
    {
        RandomAccess.FlushToDisk(file);
        return true;
    }, cancellationToken);

    internal static Task SetLengthAsync(SafeFileHandle file, long length, CancellationToken cancellationToken) => OnPool(() =>
    {
        RandomAccess.SetLength(file, length);
        return true;
    }, cancellationToken);

    private static void Begin(FileWait wait, Hub hub, GreenThread green, SafeFileHandle file, long offset)
    {
        try
        {
            wait.Begin(hub, green, file, offset);
        }
        catch
        {
            wait.Release();
            throw;
        }
    }

    private static Task<T> OnPool<T>(Func<T> call, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(call, cancellationToken, TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
}
