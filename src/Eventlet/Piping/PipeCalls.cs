using System.Runtime.InteropServices;
using Eventlet.Interop;

namespace Eventlet.Piping;

/// <summary>The calls of a <see cref="GreenPipe"/>, each tried once. A result below zero is an error number.</summary>
internal static unsafe class PipeCalls
{
    /// <summary>The call would have to wait.</summary>
    internal const int WouldBlock = -Errno.EAGAIN;

    /// <summary>The handle was closed, here or meanwhile.</summary>
    internal const int Closed = int.MinValue;

    /// <summary>A pipe that polls as writable takes PIPE_BUF bytes without blocking.</summary>
    private const int PipeRoom = 4096;

    /// <summary>A terminal that polls as writable has room for some; what it does not take at once it writes while its reader reads.</summary>
    private const int TerminalRoom = 256;

    /// <summary>Numbers of the standard streams, which a child's are put on last: others keep away from them.</summary>
    private const int FirstFree = 3;

    /// <summary>Two ends of a new pipe, both close-on-exec.</summary>
    internal static (SafeHandle Reader, SafeHandle Writer) Pair(bool readerBlocks, bool writerBlocks)
    {
        RequireLinux();
        int* ends = stackalloc int[2];
        Check(Errno.Result(Libc.pipe2(ends, Libc.O_CLOEXEC)), "pipe2");
        FileDescriptorHandle reader = new(ends[0]), writer = new(ends[1]);
        try
        {
            reader = AboveStandard(reader);
            writer = AboveStandard(writer);
            if (!readerBlocks)
            {
                SetNonBlocking(reader.Value);
            }

            if (!writerBlocks)
            {
                SetNonBlocking(writer.Value);
            }

            return (reader, writer);
        }
        catch
        {
            reader.Dispose();
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Takes over a descriptor that is nobody else's.</summary>
    internal static PipeKind Adopt(SafeHandle handle)
    {
        RequireLinux();
        int fd = (int)handle.DangerousGetHandle();
        PipeKind kind = KindOf(fd);
        if (kind == PipeKind.Asked)
        {
            SetNonBlocking(fd);
            kind = PipeKind.NonBlocking;
        }

        return kind;
    }

    /// <summary>A descriptor of our own for a file that others use as well, whose blocking mode stays as it is.</summary>
    /// <remarks>
    /// The mode belongs to the open file description, which a shell, its other jobs and our children share: a terminal left non-blocking makes them fail with EAGAIN.
    /// Opening the file anew gives a description of its own. Where that is not allowed (somebody else's terminal, no /proc) the number is duplicated, and asked first.
    /// </remarks>
    internal static (SafeHandle Handle, PipeKind Kind) Share(int fd, FileAccess access)
    {
        RequireLinux();
        PipeKind kind = KindOf(fd);
        if (kind == PipeKind.Asked)
        {
            int mode = access switch { FileAccess.Read => Libc.O_RDONLY, FileAccess.Write => Libc.O_WRONLY, _ => Libc.O_RDWR };
            int reopened = Errno.Result(Libc.open($"/proc/self/fd/{fd}", mode | Libc.O_NONBLOCK | Libc.O_CLOEXEC | Libc.O_NOCTTY));
            if (reopened >= 0)
            {
                return (AboveStandard(new FileDescriptorHandle(reopened)), PipeKind.NonBlocking);
            }
        }

        return (Duplicate(fd), kind);
    }

    /// <summary>Another number, above the standard ones, for the same open file.</summary>
    internal static SafeHandle Duplicate(SafeHandle handle)
    {
        bool entered = false;
        try
        {
            handle.DangerousAddRef(ref entered);
            return Duplicate((int)handle.DangerousGetHandle());
        }
        finally
        {
            if (entered)
            {
                handle.DangerousRelease();
            }
        }
    }

    private static FileDescriptorHandle Duplicate(int fd) =>
        new(Check(Errno.Result(Libc.fcntl(fd, Libc.F_DUPFD_CLOEXEC, FirstFree)), "dup"));

    internal static int Read(SafeHandle handle, PipeKind kind, Span<byte> buffer)
    {
        bool entered = false;
        try
        {
            handle.DangerousAddRef(ref entered);
            int fd = (int)handle.DangerousGetHandle();
            if ((kind == PipeKind.Asked || buffer.IsEmpty) && Ask(fd, Libc.POLLIN) is var asked and <= 0)
            {
                return asked == 0 ? WouldBlock : asked;
            }

            if (buffer.IsEmpty)
            {
                return 0;
            }

            nint result;
            fixed (byte* to = buffer)
            {
                do
                {
                    result = kind == PipeKind.Socket
                        ? Errno.Result(Libc.recv(fd, to, (nuint)buffer.Length, Libc.MSG_DONTWAIT))
                        : Errno.Result(Libc.read(fd, to, (nuint)buffer.Length));
                }
                while (result == -Errno.EINTR);
            }

            return (int)result;
        }
        catch (ObjectDisposedException)
        {
            return Closed;
        }
        finally
        {
            if (entered)
            {
                handle.DangerousRelease();
            }
        }
    }

    internal static int Write(SafeHandle handle, PipeKind kind, ReadOnlySpan<byte> buffer)
    {
        bool entered = false;
        try
        {
            handle.DangerousAddRef(ref entered);
            int fd = (int)handle.DangerousGetHandle();
            if (kind == PipeKind.Asked)
            {
                int asked = Ask(fd, Libc.POLLOUT);
                if (asked <= 0)
                {
                    return asked == 0 ? WouldBlock : asked;
                }

                buffer = buffer[..Math.Min(buffer.Length, Libc.fcntl(fd, Libc.F_GETPIPE_SZ) > 0 ? PipeRoom : TerminalRoom)];
            }

            nint result;
            fixed (byte* from = buffer)
            {
                do
                {
                    // SIGPIPE is ignored in a .NET process, and not even sent for a socket: what is left is EPIPE.
                    result = kind == PipeKind.Socket
                        ? Errno.Result(Libc.send(fd, from, (nuint)buffer.Length, Libc.MSG_NOSIGNAL | Libc.MSG_DONTWAIT))
                        : Errno.Result(Libc.write(fd, from, (nuint)buffer.Length));
                }
                while (result == -Errno.EINTR);
            }

            return (int)result;
        }
        catch (ObjectDisposedException)
        {
            return Closed;
        }
        finally
        {
            if (entered)
            {
                handle.DangerousRelease();
            }
        }
    }

    /// <summary>What a failed call throws.</summary>
    internal static IOException Error(int code, string name, string operation) => code is Closed or (-Errno.EBADF)
        ? new IOClosedException($"the {name} is closed")
        : Errno.ToException(-code, $"{operation} on a {name}");

    private static PipeKind KindOf(int fd)
    {
        int flags = Check(Errno.Result(Libc.fcntl(fd, Libc.F_GETFL)), "fcntl");
        if (Libc.lseek(fd, 0, Libc.SEEK_CUR) >= 0)
        {
            return PipeKind.File;
        }

        int type;
        uint length = sizeof(int);
        return Libc.getsockopt(fd, Libc.SOL_SOCKET, Libc.SO_TYPE, (byte*)&type, &length) == 0 ? PipeKind.Socket
            : (flags & Libc.O_NONBLOCK) != 0 ? PipeKind.NonBlocking
            : PipeKind.Asked;
    }

    /// <summary>Positive: ready, or an error or an end that the call will tell; zero: not; negative: the error.</summary>
    private static int Ask(int fd, short what)
    {
        PollFd asked = new() { Fd = fd, Events = what };
        int result;
        do
        {
            result = Errno.Result(Libc.poll(&asked, 1, 0));
        }
        while (result == -Errno.EINTR);

        return result;
    }

    private static void SetNonBlocking(int fd)
    {
        int flags = Check(Errno.Result(Libc.fcntl(fd, Libc.F_GETFL)), "fcntl");
        Check(Errno.Result(Libc.fcntl(fd, Libc.F_SETFL, flags | Libc.O_NONBLOCK)), "fcntl");
    }

    /// <summary>In a process whose standard streams are closed a new descriptor may get one of their numbers.</summary>
    private static FileDescriptorHandle AboveStandard(FileDescriptorHandle handle)
    {
        if (handle.Value >= FirstFree)
        {
            return handle;
        }

        using (handle)
        {
            return Duplicate(handle.Value);
        }
    }

    private static int Check(int result, string operation) => result >= 0 ? result : throw Errno.ToException(-result, operation);

    private static void RequireLinux()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("pipes, standard streams and processes on hubs are built for Linux so far");
        }
    }
}
