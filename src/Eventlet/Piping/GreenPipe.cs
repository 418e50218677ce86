using System.Runtime.InteropServices;
using Eventlet.Descriptors;
using Eventlet.Piping;
using Eventlet.Waits;

namespace Eventlet;

/// <summary>
/// A pipe, a standard stream or any other descriptor as a stream that waits on hubs: each operation is tried first, and only if it would block its
/// greenthread is suspended. StreamReader, PipeReader, SslStream and the rest work on it.
/// </summary>
/// <remarks>
/// <para>It belongs to no hub until someone waits on it; reads and writes may come from different hubs, one at a time per direction. All members work from any
/// thread; the synchronous forms block, and are for code outside MAINLOOP. Linux only so far.</para>
/// <para>The end of the other side reads as 0 bytes. Writing to a pipe that nobody reads is an <see cref="IOException"/> whose HResult is EPIPE (32); no signal ends the
/// process. A pipe that is closed here throws <see cref="IOClosedException"/>, also from operations that were waiting.</para>
/// <para>A regular file behind it, as standard input often is, is read and written by the thread pool, at the position that it shares with whoever else has it open; such
/// an operation cannot be interrupted once it has begun, since its buffer is in use.</para>
/// </remarks>
public sealed class GreenPipe : Stream
{
    private readonly FileAccess _access;
    private readonly PipeKind _kind;

    /// <summary>Makes a stream on a descriptor.</summary>
    /// <param name="handle">A pipe, FIFO, terminal, socket, character device or file.</param>
    /// <param name="access">The directions to use; the descriptor must be open for them.</param>
    /// <param name="ownsHandle">
    /// True: the handle becomes this object's, and is in non-blocking mode from now on. False: it stays the caller's, its mode unchanged, since other processes may share it;
    /// this object uses a descriptor of its own for the same file.
    /// </param>
    /// <exception cref="IOException">It is not open, or there is no descriptor left for a second one.</exception>
    /// <exception cref="PlatformNotSupportedException">Elsewhere than on Linux.</exception>
    public GreenPipe(SafeHandle handle, FileAccess access, bool ownsHandle = true)
    {
        ArgumentNullException.ThrowIfNull(handle);
        if (access is not (FileAccess.Read or FileAccess.Write or FileAccess.ReadWrite))
        {
            throw new ArgumentOutOfRangeException(nameof(access), access, "a pipe is for reading, for writing, or for both");
        }

        if (handle.IsClosed || handle.IsInvalid)
        {
            throw new IOClosedException("the handle is closed");
        }

        _access = access;
        if (ownsHandle)
        {
            _kind = PipeCalls.Adopt(handle);
        }
        else
        {
            (handle, _kind) = PipeCalls.Share((int)handle.DangerousGetHandle(), access);
        }

        Kept = new KeptDescriptor(handle, "pipe") { IsShared = ownsHandle };
    }

    /// <summary>Takes a descriptor over whose kind is known.</summary>
    internal GreenPipe(SafeHandle handle, FileAccess access, PipeKind kind)
    {
        _access = access;
        _kind = kind;
        Kept = new KeptDescriptor(handle, "pipe");
    }

    /// <inheritdoc/>
    public override bool CanRead => !Kept.IsClosed && (_access & FileAccess.Read) != 0;

    /// <inheritdoc/>
    public override bool CanWrite => !Kept.IsClosed && (_access & FileAccess.Write) != 0;

    /// <summary>False.</summary>
    public override bool CanSeek => false;

    /// <summary>Not supported.</summary>
    public override long Length => throw new NotSupportedException("a pipe has no length");

    /// <summary>Not supported.</summary>
    public override long Position
    {
        get => throw new NotSupportedException("a pipe has no position");
        set => throw new NotSupportedException("a pipe has no position");
    }

    /// <summary>Whether it was disposed.</summary>
    public bool IsClosed => Kept.IsClosed;

    /// <summary>The descriptor, for system calls of your own. It stays this object's.</summary>
    public SafeHandle SafeHandle
    {
        get
        {
            Kept.IsShared = true;
            return Kept.Handle;
        }
    }

    internal KeptDescriptor Kept { get; }

    /// <summary>A new pipe: what is written to one end is read from the other. Both ends are close-on-exec.</summary>
    /// <exception cref="IOException">The system refuses it, for want of descriptors for instance.</exception>
    public static (GreenPipe Reader, GreenPipe Writer) CreatePair()
    {
        (SafeHandle reader, SafeHandle writer) = PipeCalls.Pair(readerBlocks: false, writerBlocks: false);
        return (new GreenPipe(reader, FileAccess.Read, PipeKind.NonBlocking), new GreenPipe(writer, FileAccess.Write, PipeKind.NonBlocking));
    }

    /// <summary>
    /// The standard input of the process. Its blocking mode, which a shell and other processes share, is left alone: the file is opened anew where that can be done; where
    /// not, each read asks first whether there is something, and can block only if another process takes it in between. Disposing the stream closes nothing of the process's.
    /// </summary>
    /// <exception cref="IOException">It is not open.</exception>
    public static GreenPipe OpenStandardInput() => OpenStandard(0, FileAccess.Read);

    /// <summary>The standard output of the process, unbuffered. As <see cref="OpenStandardInput"/>.</summary>
    /// <exception cref="IOException">It is not open.</exception>
    public static GreenPipe OpenStandardOutput() => OpenStandard(1, FileAccess.Write);

    /// <summary>The standard error stream of the process, unbuffered. As <see cref="OpenStandardInput"/>.</summary>
    /// <exception cref="IOException">It is not open.</exception>
    public static GreenPipe OpenStandardError() => OpenStandard(2, FileAccess.Write);

    /// <summary>Reads what is there, at least one byte.</summary>
    /// <param name="buffer">Where to; if empty, this only waits until something can be read.</param>
    /// <param name="cancellationToken">Ends the wait; nothing that has come is lost.</param>
    /// <returns>How many bytes; 0: the other side has ended.</returns>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        RequireAccess(FileAccess.Read);
        Hub? hub = Hub.Running;
        GreenThread? green = hub?.CurrentGreen;
        GreenTimeout? scope = null;
        if ((green is null ? OutsideInterruption(cancellationToken) : green.Interruption(hub!, cancellationToken, out scope)) is { } interruption)
        {
            return Failed.Task<int>(interruption);
        }

        if (_kind == PipeKind.File)
        {
            return new ValueTask<int>(new PipeFileRead(this, buffer).RunAsync());
        }

        bool isUntried = !Kept.IsBusy(FdEvent.Read);
        if (isUntried && (green is null || hub!.MayGoOn()))
        {
            int result = TryRead(buffer.Span);
            if (result != PipeCalls.WouldBlock)
            {
                return result >= 0 ? new ValueTask<int>(result) : ValueTask.FromException<int>(Error(result, FdEvent.Read));
            }

            isUntried = false;
        }

        PipeReadWait wait = green is null ? new PipeReadWait() : hub!.Rent<PipeReadWait>();
        wait.Pipe = this;
        wait.Direction = FdEvent.Read;
        wait.Buffer = buffer;
        wait.IsUntried = isUntried;
        return green is null ? BeginOutside(wait, cancellationToken).AsValueTask() : Begin(hub!, green, wait, scope, cancellationToken);
    }

    /// <summary>Writes everything.</summary>
    /// <param name="buffer">What.</param>
    /// <param name="cancellationToken">Ends the wait; a part may have been written.</param>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        RequireAccess(FileAccess.Write);
        Hub? hub = Hub.Running;
        GreenThread? green = hub?.CurrentGreen;
        GreenTimeout? scope = null;
        if ((green is null ? OutsideInterruption(cancellationToken) : green.Interruption(hub!, cancellationToken, out scope)) is { } interruption)
        {
            return Failed.Task(interruption);
        }

        if (_kind == PipeKind.File)
        {
            return new ValueTask(new PipeFileWrite(this, buffer).RunAsync());
        }

        bool isUntried = !Kept.IsBusy(FdEvent.Write);
        while (isUntried && (green is null || hub!.MayGoOn()))
        {
            int result = buffer.IsEmpty ? 0 : TryWrite(buffer.Span);
            if (result == PipeCalls.WouldBlock)
            {
                isUntried = false;
                break;
            }

            if (result < 0)
            {
                return ValueTask.FromException(Error(result, FdEvent.Write));
            }

            buffer = buffer[result..];
            if (buffer.IsEmpty)
            {
                return default;
            }
        }

        PipeWriteWait wait = green is null ? new PipeWriteWait() : hub!.Rent<PipeWriteWait>();
        wait.Pipe = this;
        wait.Direction = FdEvent.Write;
        wait.Buffer = buffer;
        wait.IsUntried = isUntried;
        if (green is null)
        {
            return BeginOutside(wait, cancellationToken).AsPlainValueTask();
        }

        ValueTask<int> written = Begin(hub!, green, wait, scope, cancellationToken);
        return written.IsCompleted ? new ValueTask(written.AsTask()) : new ValueTask(wait, wait.Version);
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

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        RequireAccess(FileAccess.Read);
        Blocking.RefuseInMainloop("GreenPipe.Read", "ReadAsync");
        while (true)
        {
            int result = Kept.IsBusy(FdEvent.Read) ? PipeCalls.WouldBlock : TryRead(buffer);
            if (result != PipeCalls.WouldBlock)
            {
                return result >= 0 ? result : throw Error(result, FdEvent.Read);
            }

            Block(FdEvent.Read);
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        RequireAccess(FileAccess.Write);
        Blocking.RefuseInMainloop("GreenPipe.Write", "WriteAsync");
        while (!buffer.IsEmpty)
        {
            int result = Kept.IsBusy(FdEvent.Write) ? PipeCalls.WouldBlock : TryWrite(buffer);
            if (result >= 0)
            {
                buffer = buffer[result..];
            }
            else if (result == PipeCalls.WouldBlock)
            {
                Block(FdEvent.Write);
            }
            else
            {
                throw Error(result, FdEvent.Write);
            }
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    /// <summary>Does nothing: writes go straight to the system.</summary>
    public override void Flush()
    {
    }

    /// <summary>Does nothing: writes go straight to the system.</summary>
    /// <param name="cancellationToken">Looked at once.</param>
    public override Task FlushAsync(CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;

    /// <summary>Not supported.</summary>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("a pipe cannot seek");

    /// <summary>Not supported.</summary>
    public override void SetLength(long value) => throw new NotSupportedException("a pipe has no length");

    /// <summary>The descriptor, and whether it is closed.</summary>
    public override string ToString() => Kept.ToString();

    internal int TryRead(Span<byte> buffer) => PipeCalls.Read(Kept.Handle, _kind, buffer);

    internal int TryWrite(ReadOnlySpan<byte> buffer) => PipeCalls.Write(Kept.Handle, _kind, buffer);

    internal static IOException Error(int code, FdEvent direction) =>
        PipeCalls.Error(code, "pipe", direction == FdEvent.Read ? "read" : "write");

    /// <summary>Closes it, and wakes every waiter, on every hub, with <see cref="IOClosedException"/>. The other side reads its end after what was written. Idempotent.</summary>
    /// <param name="disposing">Whether it was asked for; a forgotten one is closed by the finalizer of its handle.</param>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Kept.Close();
        }

        base.Dispose(disposing);
    }

    private static GreenPipe OpenStandard(int fd, FileAccess access)
    {
        (SafeHandle handle, PipeKind kind) = PipeCalls.Share(fd, access);
        return new GreenPipe(handle, access, kind);
    }

    private void RequireAccess(FileAccess access)
    {
        if ((_access & access) == 0)
        {
            throw new NotSupportedException(access == FileAccess.Read ? "this pipe is for writing only" : "this pipe is for reading only");
        }

        if (Kept.IsClosed)
        {
            throw Kept.ClosedError();
        }
    }

    private static ValueTask<int> Begin(Hub hub, GreenThread green, PipeWait wait, GreenTimeout? scope, CancellationToken cancellationToken)
    {
        try
        {
            wait.Begin(hub, green, long.MaxValue, scope, cancellationToken);
        }
        catch (Exception error)
        {
            wait.Release();
            return ValueTask.FromException<int>(error);
        }

        return new ValueTask<int>(wait, wait.Version);
    }

    private static Exception? OutsideInterruption(CancellationToken cancellationToken) => cancellationToken.IsCancellationRequested
        ? new OperationCanceledException(cancellationToken)
        : GreenTimeout.CurrentFor(null) is { } scope && scope.Due(Hub.Running ?? Hubs.GetHub()) is { } due ? due.Raise() : null;

    /// <summary>A wait for a caller that is in no greenthread.</summary>
    private static AsyncOutsideWait<int> BeginOutside(PipeWait wait, CancellationToken cancellationToken)
    {
        Hub hub = Hub.Running ?? Hubs.GetHub();
        wait.Prepare(long.MaxValue, GreenTimeout.CurrentFor(null), cancellationToken);
        return hub.BeginOutside<int>(wait);
    }

    /// <summary>Blocks until a direction is ready.</summary>
    private void Block(FdEvent direction)
    {
        Hub hub = Hubs.GetHub();
        GreenTimeout? scope = GreenTimeout.CurrentFor(null);
        if (scope?.Due(hub) is { } due)
        {
            throw due.Raise();
        }

        var wait = new PipeReadyWait { Pipe = this, Direction = direction };
        wait.Prepare(long.MaxValue, scope, default);
        hub.Block(wait);
    }
}
