using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>
/// Error numbers, as Linux has them on x86-64 and arm64 (asm-generic/errno-base.h, errno.h), and the one place where they become
/// exceptions. Numbers up to 34 are the same on every Unix; code that runs elsewhere than on Linux uses only those.
/// </summary>
internal static class Errno
{
    internal const int EPERM = 1;
    internal const int ENOENT = 2;
    internal const int ESRCH = 3;
    internal const int EINTR = 4;
    internal const int EBADF = 9;
    internal const int EAGAIN = 11;
    internal const int ENOMEM = 12;
    internal const int EACCES = 13;
    internal const int EBUSY = 16;
    internal const int EEXIST = 17;
    internal const int ENODEV = 19;
    internal const int EINVAL = 22;
    internal const int ENFILE = 23;
    internal const int EMFILE = 24;
    internal const int ENOSPC = 28;
    internal const int EPIPE = 32;
    internal const int ENOSYS = 38;
    internal const int ETIME = 62;
    internal const int ENONET = 64;
    internal const int EPROTO = 71;
    internal const int ENOTSOCK = 88;
    internal const int ENOPROTOOPT = 92;
    internal const int EMSGSIZE = 90;
    internal const int EOPNOTSUPP = 95;
    internal const int EADDRINUSE = 98;
    internal const int ENETDOWN = 100;
    internal const int ENETUNREACH = 101;
    internal const int ECONNABORTED = 103;
    internal const int ECONNRESET = 104;
    internal const int ENOBUFS = 105;
    internal const int EISCONN = 106;
    internal const int ENOTCONN = 107;
    internal const int ETIMEDOUT = 110;
    internal const int ECONNREFUSED = 111;
    internal const int EHOSTDOWN = 112;
    internal const int EHOSTUNREACH = 113;
    internal const int EALREADY = 114;
    internal const int EINPROGRESS = 115;
    internal const int ECANCELED = 125;

    /// <summary>A call's result in the kernel's form: itself, or the negative error number.</summary>
    /// <remarks>
    /// The argument must be the native call itself, with nothing in between. That errno outlives the return from native code is
    /// what the source generator's own SetLastError code relies on; this form costs nothing when the call succeeds. The class has
    /// no static field for that reason: an initializer could run here.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Result(int returned) => returned >= 0 ? returned : -Marshal.GetLastSystemError();

    /// <inheritdoc cref="Result(int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static nint Result(nint returned) => returned >= 0 ? returned : -Marshal.GetLastSystemError();

    /// <summary>What a failed call on descriptors throws: <see cref="IOClosedException"/> for EBADF, else an <see cref="IOException"/> whose HResult is the number.</summary>
    /// <param name="errno">The positive error number.</param>
    /// <param name="operation">What failed, for the text.</param>
    internal static IOException ToException(int errno, string operation)
    {
        string text = $"{operation}: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno}){Remedy(errno)}";
        return errno == EBADF ? new IOClosedException(text) { HResult = errno } : new IOException(text, errno);
    }

    /// <summary>What a failed call on a socket throws.</summary>
    /// <remarks>
    /// .NET has the table from errno to <see cref="SocketError"/> and applies it to the last P/Invoke error, keeping the number
    /// itself as NativeErrorCode (and ErrorCode) even where the table has no entry and SocketErrorCode is SocketError.SocketError.
    /// The public constructor with a number takes a <see cref="SocketError"/> instead and would lose such numbers.
    /// </remarks>
    /// <param name="errno">The positive error number.</param>
    internal static SocketException ToSocketException(int errno)
    {
        Marshal.SetLastPInvokeError(errno);
        return new SocketException();
    }

    private static string Remedy(int errno) => errno switch
    {
        EMFILE => "; raise the limit of open files (ulimit -n)",
        ENFILE => "; the system's table of open files is full (sysctl fs.file-max, elsewhere kern.maxfiles)",
        ENOSPC => "; the limit of watched descriptors is reached (sysctl fs.epoll.max_user_watches)",
        _ => "",
    };
}
