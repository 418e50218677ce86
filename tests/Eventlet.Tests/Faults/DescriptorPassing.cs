using System.Runtime.InteropServices;
using Eventlet.Interop;

namespace Eventlet.Tests.Faults;

/// <summary>sendmsg(2) with SCM_RIGHTS; the structs are those of 64-bit Linux.</summary>
internal static unsafe partial class DescriptorPassing
{
    private const int SCM_RIGHTS = 1;

    /// <summary>Passes a descriptor along with bytes.</summary>
    internal static void Send(int socket, byte[] bytes, int fd)
    {
        // struct cmsghdr and one descriptor; struct iovec; struct msghdr.
        long* control = stackalloc long[3];
        control[0] = 20;
        ((int*)control)[2] = Libc.SOL_SOCKET;
        ((int*)control)[3] = SCM_RIGHTS;
        ((int*)control)[4] = fd;
        fixed (byte* data = bytes)
        {
            nint* vector = stackalloc nint[] { (nint)data, bytes.Length };
            nint* message = stackalloc nint[] { 0, 0, (nint)vector, 1, (nint)control, 24, 0 };
            Assert.Equal(bytes.Length, sendmsg(socket, message, Libc.MSG_NOSIGNAL));
        }
    }

    /// <summary>The same file under a number of its own, for a green socket to take over.</summary>
    internal static FileDescriptorHandle Duplicate(int fd, int atLeast = 0)
    {
        const int F_DUPFD_CLOEXEC = 1030;
        int result = Errno.Result(Libc.fcntl(fd, F_DUPFD_CLOEXEC, atLeast));
        Assert.True(result >= 0, $"errno {-result}");
        return new FileDescriptorHandle(result);
    }

    [LibraryImport("libc")]
    private static partial nint sendmsg(int socket, nint* message, int flags);
}
