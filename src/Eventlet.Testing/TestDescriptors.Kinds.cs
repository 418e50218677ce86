using System.Runtime.InteropServices;
using Eventlet.Testing.Native;

namespace Eventlet.Testing;

// Descriptors of the rarer kinds, and what makes them ready.
internal unsafe partial class TestDescriptors
{
    /// <summary>A real-time signal that nobody else uses.</summary>
    private const int Signal = 40;

    /// <summary>A signalfd for a signal that is blocked on this thread from now on.</summary>
    public int Signalfd()
    {
        ulong* mask = stackalloc ulong[16];
        mask[0] = 1UL << (Signal - 1);
        Check(-Libc.pthread_sigmask(Libc.SIG_BLOCK, mask, null), "pthread_sigmask");
        return Own(Check(Libc.signalfd(-1, mask, Libc.O_CLOEXEC | Libc.O_NONBLOCK), "signalfd"));
    }

    /// <summary>Sends this thread the signal of <see cref="Signalfd"/>.</summary>
    public static void RaiseSignal() => Check(-Libc.raise(Signal), "raise");

    /// <summary>Takes the signal out of its descriptor, so that it is not pending any more.</summary>
    public static void TakeSignal(int fd)
    {
        if (Read(fd, 128) != 128)
        {
            throw new IOException("the signal is not there");
        }
    }

    /// <summary>An inotify instance that tells of files made in a directory.</summary>
    public int Inotify(string directory)
    {
        int fd = Own(Check(Libc.inotify_init1(Libc.O_CLOEXEC | Libc.O_NONBLOCK), "inotify_init1"));
        Check(Libc.inotify_add_watch(fd, directory, Libc.IN_CREATE), "inotify_add_watch");
        return fd;
    }

    /// <summary>A pidfd: readable when the process has ended.</summary>
    public int Pidfd(int process) => Own(Check(Libc.syscall(Libc.SYS_pidfd_open, process, 0), "pidfd_open"));

    /// <summary>Both ends of a named pipe, in one descriptor.</summary>
    public int Fifo(string path)
    {
        Check(Libc.mkfifo(path, 0x180), "mkfifo");
        return Own(Check(Libc.open(path, Libc.O_RDWR | Libc.O_NONBLOCK | Libc.O_CLOEXEC), "open"));
    }

    /// <summary>A terminal's two sides; null if this system has no pseudo terminals.</summary>
    public (int Master, int Terminal)? Terminal()
    {
        const int Flags = Libc.O_RDWR | Libc.O_NOCTTY | Libc.O_NONBLOCK | Libc.O_CLOEXEC;
        int master = Libc.open("/dev/ptmx", Flags);
        if (master < 0)
        {
            return null;
        }

        Own(master);
        byte* name = stackalloc byte[64];
        return Libc.unlockpt(master) == 0 && Libc.ptsname_r(master, name, 64) == 0
            && Libc.open(Marshal.PtrToStringUTF8((nint)name)!, Flags) is >= 0 and var terminal
            ? (master, Own(terminal))
            : null;
    }

    /// <summary>An epoll instance that watches another descriptor for reading.</summary>
    public int Epollfd(int watched)
    {
        int fd = Own(Check(Libc.epoll_create1(Libc.O_CLOEXEC), "epoll_create1"));
        uint* readable = stackalloc uint[] { Libc.EPOLLIN, 0, 0, 0 };
        Check(Libc.epoll_ctl(fd, Libc.EPOLL_CTL_ADD, watched, readable), "epoll_ctl");
        return fd;
    }

    /// <summary>Opens for reading, directories too.</summary>
    public int OpenToRead(string path) => Own(Check(Libc.open(path, Libc.O_CLOEXEC), "open"));
}
