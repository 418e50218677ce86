namespace Eventlet.Net;

/// <summary>A stream on a <see cref="GreenSocket"/>, so that SslStream, StreamReader, PipeReader and the rest work on hubs.</summary>
/// <remarks>
/// Errors of the socket are wrapped in an <see cref="IOException"/>. One read and one write at a time. The synchronous forms block, and are for code outside
/// MAINLOOP. Disposing it closes the socket if it owns it.
/// </remarks>
public sealed class GreenStream : Stream
{
    private readonly bool _ownsSocket;

    internal GreenStream(GreenSocket socket, bool ownsSocket)
    {
        Socket = socket;
        _ownsSocket = ownsSocket;
    }

    /// <summary>The socket under it.</summary>
    public GreenSocket Socket { get; }

    /// <inheritdoc/>
    public override bool CanRead => !Socket.IsClosed;

    /// <inheritdoc/>
    public override bool CanWrite => !Socket.IsClosed;

    /// <summary>False.</summary>
    public override bool CanSeek => false;

    /// <summary>Not supported.</summary>
    public override long Length => throw new NotSupportedException("a socket has no length");

    /// <summary>Not supported.</summary>
    public override long Position
    {
        get => throw new NotSupportedException("a socket has no position");
        set => throw new NotSupportedException("a socket has no position");
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Socket.Receive(buffer, forStream: true, cancellationToken);

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        Socket.SendAll(buffer, forStream: true, cancellationToken);

    /// <summary>Writes several buffers, in as few system calls as they fit into.</summary>
    /// <param name="buffers">What. Their memory must not be changed before the call has ended.</param>
    /// <param name="cancellationToken">Ends the wait; a part may have been written.</param>
    public ValueTask WriteAsync(in System.Buffers.ReadOnlySequence<byte> buffers, CancellationToken cancellationToken = default) =>
        buffers.IsEmpty ? default : Socket.SendAllParts(new BufferParts(buffers), forStream: true, cancellationToken);

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer) => Wrapped(buffer, static (socket, buffer) => socket.Receive(buffer));

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer) => Wrapped(buffer, static (socket, buffer) =>
    {
        if (!buffer.IsEmpty)
        {
            socket.SendAll(buffer);
        }

        return 0;
    });

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
    public override Task FlushAsync(CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;

    /// <summary>Not supported.</summary>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("a socket cannot seek");

    /// <summary>Not supported.</summary>
    public override void SetLength(long value) => throw new NotSupportedException("a socket has no length");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _ownsSocket)
        {
            Socket.Close();
        }

        base.Dispose(disposing);
    }

    private delegate int Operation<TSpan>(GreenSocket socket, TSpan buffer) where TSpan : allows ref struct;

    private int Wrapped<TSpan>(TSpan buffer, Operation<TSpan> operation) where TSpan : allows ref struct
    {
        try
        {
            return operation(Socket, buffer);
        }
        catch (System.Net.Sockets.SocketException error)
        {
            throw new IOException(error.Message, error);
        }
        catch (GreenTimeoutException error)
        {
            throw new IOException(error.Message, error);
        }
    }
}
