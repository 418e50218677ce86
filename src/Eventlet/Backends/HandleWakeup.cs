using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>A wake-up by descriptors of ours that are written and read.</summary>
internal abstract unsafe class HandleWakeup(FileDescriptorHandle reader, FileDescriptorHandle writer) : Wakeup
{
    // Not writer.IsClosed: that is false for as long as a thread that writes holds the handle.
    private volatile bool _isDisposed;

    /// <inheritdoc/>
    internal sealed override int Descriptor => reader.Value;

    /// <inheritdoc/>
    public sealed override void Dispose()
    {
        _isDisposed = true;
        writer.Dispose();
        reader.Dispose();
    }

    /// <summary>How many bytes a write has: an eventfd takes eight, the number 1.</summary>
    private protected virtual int WriteSize => 1;

    private protected sealed override bool Signal()
    {
        bool held = false;
        try
        {
            if (_isDisposed)
            {
                return false;
            }

            writer.DangerousAddRef(ref held);
            ulong one = 1;
            nint written;
            do
            {
                written = Errno.Result(Libc.write(writer.Value, (byte*)&one, (nuint)WriteSize));
            }
            while (written == -Errno.EINTR);

            if (written == -Errno.EPIPE && _isDisposed)
            {
                // Disposed while this thread held the writing end: a pipe's reader has gone before it.
                return false;
            }

            // No room: readable already.
            return written is > 0 or -Errno.EAGAIN ? true
                : throw Errno.ToException((int)-written, "the hub's wake-up");
        }
        catch (ObjectDisposedException)
        {
            // Disposed since the mark was read: nobody is left to wake.
            return false;
        }
        finally
        {
            if (held)
            {
                writer.DangerousRelease();
            }
        }
    }

    private protected sealed override void Consume()
    {
        ulong read;
        while (Errno.Result(Libc.read(reader.Value, (byte*)&read, sizeof(ulong))) == -Errno.EINTR)
        {
        }
    }
}
