using Eventlet.Files;
using Microsoft.Win32.SafeHandles;

namespace Eventlet;

/// <summary>
/// A file whose reads and writes never block a hub: io_uring does those of its greenthreads itself, elsewhere the thread pool does them, and whoever awaits one in a
/// greenthread goes on on its hub. Unbuffered.
/// </summary>
/// <remarks>
/// An operation that has begun is not interrupted, since its buffer is in use: a Kill, a time-out or a token takes effect before it or after it; nor does MAINLOOP
/// end before what io_uring has begun, unless that can be taken back. The members with an offset may
/// be called by many at once; those of the stream, which share a position, by one at a time. Any thread, the same on every hub. For a pipe, a terminal or a
/// standard stream take <see cref="GreenPipe"/>.
/// </remarks>
public sealed class GreenFile : Stream
{
    private readonly FileAccess _access;
    private readonly bool _ownsHandle;
    private long _position;

    /// <summary>Makes a stream on an open file, from its beginning.</summary>
    /// <param name="handle">A file that can seek.</param>
    /// <param name="access">The directions to use; the file must be open for them.</param>
    /// <param name="ownsHandle">Whether disposing the stream closes it.</param>
    public GreenFile(SafeFileHandle handle, FileAccess access, bool ownsHandle = true)
    {
        ArgumentNullException.ThrowIfNull(handle);
        SafeFileHandle = handle;
        _access = access;
        _ownsHandle = ownsHandle;
    }

    /// <inheritdoc/>
    public override bool CanRead => !SafeFileHandle.IsClosed && (_access & FileAccess.Read) != 0;

    /// <inheritdoc/>
    public override bool CanWrite => !SafeFileHandle.IsClosed && (_access & FileAccess.Write) != 0;

    /// <summary>Whether it is open.</summary>
    public override bool CanSeek => !SafeFileHandle.IsClosed;

    /// <summary>How many bytes it has now.</summary>
    public override long Length => RandomAccess.GetLength(SafeFileHandle);

    /// <summary>Where the next read or write of the stream begins; it may be beyond the end.</summary>
    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    /// <summary>The open file. It stays this object's.</summary>
    public SafeFileHandle SafeFileHandle { get; }

    /// <summary>Opens a file, which may take long on a network.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="mode">With <see cref="FileMode.Append"/> the position is the end that the file has at this moment.</param>
    /// <param name="access">Default: reading.</param>
    /// <param name="share">What others may do meanwhile. Default: reading.</param>
    /// <param name="cancellationToken">Looked at before it begins.</param>
    /// <exception cref="IOException">The errors of <see cref="File.OpenHandle"/>; <see cref="UnauthorizedAccessException"/> besides.</exception>
    public static async Task<GreenFile> OpenAsync(string path, FileMode mode = FileMode.Open, FileAccess access = FileAccess.Read, FileShare share = FileShare.Read,
        CancellationToken cancellationToken = default)
    {
        ThrowIfInterrupted(cancellationToken);
        SafeFileHandle handle = await FileOperations.OpenAsync(path, mode, access, share, cancellationToken);
        return new GreenFile(handle, access) { _position = mode == FileMode.Append ? RandomAccess.GetLength(handle) : 0 };
    }

    /// <summary>Reads from the position, and moves it.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="cancellationToken">Looked at before it begins.</param>
    /// <returns>How many bytes; 0: the end.</returns>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await ReadAtAsync(buffer, _position, cancellationToken);
        _position += count;
        return count;
    }

    /// <summary>Writes everything at the position, and moves it.</summary>
    /// <param name="buffer">What.</param>
    /// <param name="cancellationToken">Looked at before it begins.</param>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await WriteAtAsync(buffer, _position, cancellationToken);
        _position += buffer.Length;
    }

    /// <summary>Reads from a place; the position stays.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="offset">In bytes from the beginning.</param>
    /// <param name="cancellationToken">Looked at before it begins.</param>
    /// <returns>How many bytes; 0: the place is at the end or beyond.</returns>
    public ValueTask<int> ReadAtAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken = default)
    {
        ThrowIfInterrupted(cancellationToken);
        RequireAccess(FileAccess.Read);
        return FileOperations.ReadAsync(SafeFileHandle, buffer, offset, cancellationToken);
    }

    /// <summary>Writes everything to a place; the position stays.</summary>
    /// <param name="buffer">What.</param>
    /// <param name="offset">In bytes from the beginning; beyond the end it leaves a gap of zeros.</param>
    /// <param name="cancellationToken">Looked at before it begins.</param>
    public ValueTask WriteAtAsync(ReadOnlyMemory<byte> buffer, long offset, CancellationToken cancellationToken = default)
    {
        ThrowIfInterrupted(cancellationToken);
        RequireAccess(FileAccess.Write);
        return FileOperations.WriteAsync(SafeFileHandle, buffer, offset, cancellationToken);
    }

    /// <summary>Waits until all that was written is on the medium (fsync).</summary>
    /// <param name="cancellationToken">Looked at before it begins.</param>
    public Task FlushToDiskAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfInterrupted(cancellationToken);
        return FileOperations.FlushToDiskAsync(SafeFileHandle, cancellationToken);
    }

    /// <summary>Cuts it, or lengthens it by zeros.</summary>
    /// <param name="length">In bytes.</param>
    /// <param name="cancellationToken">Looked at before it begins.</param>
    public Task SetLengthAsync(long length, CancellationToken cancellationToken = default)
    {
        ThrowIfInterrupted(cancellationToken);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        RequireAccess(FileAccess.Write);
        return FileOperations.SetLengthAsync(SafeFileHandle, length, cancellationToken);
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Blocks the thread. Outside MAINLOOP only.</summary>
    /// <param name="buffer">Where to.</param>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP.</exception>
    public override int Read(Span<byte> buffer)
    {
        Blocking.RefuseInMainloop("GreenFile.Read", "ReadAsync");
        RequireAccess(FileAccess.Read);
        int count = RandomAccess.Read(SafeFileHandle, buffer, _position);
        _position += count;
        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    /// <summary>Blocks the thread. Outside MAINLOOP only.</summary>
    /// <param name="buffer">What.</param>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Blocking.RefuseInMainloop("GreenFile.Write", "WriteAsync");
        RequireAccess(FileAccess.Write);
        RandomAccess.Write(SafeFileHandle, buffer, _position);
        _position += buffer.Length;
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    /// <summary>Does nothing: nothing is buffered here. See <see cref="FlushToDiskAsync"/>.</summary>
    public override void Flush()
    {
    }

    /// <summary>Does nothing: nothing is buffered here. See <see cref="FlushToDiskAsync"/>.</summary>
    /// <param name="cancellationToken">Looked at once.</param>
    public override Task FlushAsync(CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => _position,
        SeekOrigin.End => Length,
        _ => throw new ArgumentOutOfRangeException(nameof(origin), origin, "not an origin"),
    };

    /// <summary>Blocks the thread. Outside MAINLOOP only.</summary>
    /// <param name="value">In bytes.</param>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP.</exception>
    public override void SetLength(long value)
    {
        Blocking.RefuseInMainloop("GreenFile.SetLength", "SetLengthAsync");
        RequireAccess(FileAccess.Write);
        RandomAccess.SetLength(SafeFileHandle, value);
    }

    /// <summary>Closes the file if it owns it; an operation that runs ends first.</summary>
    /// <param name="disposing">Whether it was asked for.</param>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _ownsHandle)
        {
            SafeFileHandle.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>A file operation is a wait like any other: what is due to the greenthread comes here.</summary>
    private static void ThrowIfInterrupted(CancellationToken cancellationToken)
    {
        if (Hub.Running is { CurrentGreen: { } green } hub && green.Interruption(hub, cancellationToken, out _) is { } interruption)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(interruption);
        }
    }

    private void RequireAccess(FileAccess access)
    {
        ObjectDisposedException.ThrowIf(SafeFileHandle.IsClosed, this);
        if ((_access & access) == 0)
        {
            throw new NotSupportedException(access == FileAccess.Read ? "this file is for writing only" : "this file is for reading only");
        }
    }
}
