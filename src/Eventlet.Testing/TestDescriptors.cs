using System.Globalization;
using System.Runtime.InteropServices;
using Eventlet.Testing.Native;

namespace Eventlet.Testing;

/// <summary>Raw descriptors for tests, non-blocking and close-on-exec, closed with the object. One thread at a time.</summary>
internal unsafe partial class TestDescriptors : IDisposable
{
    /// <summary>How many numbers are taken in turn where a backend's limit leaves room for no more.</summary>
    private const int FewHigh = 200;

    /// <summary>Above what a process reaches by itself: a number closed here is not handed to somebody else in the meantime.</summary>
    private static readonly int s_firstHigh = Math.Min(3500, ReadLimit() - 500);

    private static int s_nextHigh;

    private readonly HashSet<int> _open = [];

    /// <summary>How many descriptors this process may have open.</summary>
    internal static int Limit { get; } = ReadLimit();

    public void Dispose()
    {
        foreach (int fd in _open)
        {
            _ = Libc.close(fd);
        }

        _open.Clear();
        GC.SuppressFinalize(this);
    }

    public (int Reader, int Writer) Pipe()
    {
        int* ends = stackalloc int[2];
        Check(Libc.pipe2(ends, Libc.O_CLOEXEC | Libc.O_NONBLOCK), "pipe2");
        return (Own(ends[0]), Own(ends[1]));
    }

    public (int A, int B) SocketPair(bool datagrams = false)
    {
        int* pair = stackalloc int[2];
        int type = (datagrams ? Libc.SOCK_DGRAM : Libc.SOCK_STREAM) | Libc.O_NONBLOCK | Libc.O_CLOEXEC;
        Check(Libc.socketpair(Libc.AF_UNIX, type, 0, pair), "socketpair");
        return (Own(pair[0]), Own(pair[1]));
    }

    public int Eventfd(uint value = 0) => Own(Check(Libc.eventfd(value, Libc.O_CLOEXEC | Libc.O_NONBLOCK), "eventfd"));

    /// <summary>A timerfd that has expired, or will have.</summary>
    public int ExpiringTimerfd()
    {
        int fd = Own(Check(Libc.timerfd_create(Libc.CLOCK_MONOTONIC, Libc.O_CLOEXEC | Libc.O_NONBLOCK), "timerfd_create"));
        long* spec = stackalloc long[] { 0, 0, 0, 1 };
        Check(Libc.timerfd_settime(fd, 0, spec, null), "timerfd_settime");
        return fd;
    }

    /// <summary>Opens for reading and writing.</summary>
    public int Open(string path) => Own(Check(Libc.open(path, Libc.O_RDWR | Libc.O_CLOEXEC), "open"));

    /// <summary>A regular file with nothing in it and no name any more.</summary>
    public int RegularFile()
    {
        string path = Path.GetTempFileName();
        int fd = Open(path);
        File.Delete(path);
        return fd;
    }

    /// <summary>A number that nobody else takes, up to a limit.</summary>
    public static int NextHigh(int? limit)
    {
        int next = Interlocked.Increment(ref s_nextHigh);
        return limit is { } last && last < s_firstHigh + next ? last - (next % FewHigh) : s_firstHigh + next;
    }

    /// <summary>Moves a descriptor to a number that nobody else takes, or to the given one.</summary>
    public int MoveHigh(int fd, int to = -1)
    {
        int target = to >= 0 ? to : NextHigh(null);
        int high = Own(Check(Libc.fcntl(fd, Libc.F_DUPFD_CLOEXEC, target), "fcntl"));
        Close(fd);
        if (high != target)
        {
            throw new InvalidOperationException($"descriptor {target} is open, though nobody should have it");
        }

        return high;
    }

    public int Duplicate(int fd) => Own(Check(Libc.fcntl(fd, Libc.F_DUPFD_CLOEXEC, 0), "fcntl"));

    public void Close(int fd)
    {
        if (!_open.Remove(fd))
        {
            throw new InvalidOperationException($"descriptor {fd} is not of this test");
        }

        Check(Libc.close(fd), "close");
    }

    public static void Write(int fd, int count = 8)
    {
        byte[] bytes = new byte[count];
        bytes[0] = 1;
        fixed (byte* p = bytes)
        {
            if (Check(Libc.write(fd, p, (nuint)count), "write") != count)
            {
                throw new IOException("a short write");
            }
        }
    }

    /// <summary>Writes bytes that are there already, for what must not allocate.</summary>
    public static void Write(int fd, byte[] bytes)
    {
        fixed (byte* p = bytes)
        {
            Check(Libc.write(fd, p, (nuint)bytes.Length), "write");
        }
    }

    /// <summary>Reads into bytes that are there already, for what must not allocate.</summary>
    public static void Read(int fd, byte[] bytes)
    {
        fixed (byte* p = bytes)
        {
            Check(Libc.read(fd, p, (nuint)bytes.Length), "read");
        }
    }

    /// <summary>How many bytes were read, or the negative error number.</summary>
    public static int Read(int fd, int count = 8)
    {
        byte[] bytes = new byte[count];
        fixed (byte* p = bytes)
        {
            int read = (int)Libc.read(fd, p, (nuint)count);
            return read >= 0 ? read : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Reads until nothing is left.</summary>
    public static void Drain(int fd)
    {
        while (Read(fd, 65536) > 0)
        {
        }
    }

    /// <summary>Writes until there is no room.</summary>
    public static void Fill(int fd)
    {
        byte[] bytes = new byte[65536];
        fixed (byte* p = bytes)
        {
            while (Libc.write(fd, p, (nuint)bytes.Length) > 0)
            {
            }
        }
    }

    /// <summary>Ends the sending half of a socket.</summary>
    public static void EndSending(int fd) => Check(Libc.shutdown(fd, Libc.SHUT_WR), "shutdown");

    /// <summary>The open descriptors of this process.</summary>
    public static HashSet<int> All()
    {
        HashSet<int> all = [];
        foreach (string path in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            int fd = int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture);

            // The descriptor of the enumeration itself is gone by now, or will be.
            string? target = new FileInfo(path).LinkTarget;
            if (target is not null && !target.StartsWith("/proc/", StringComparison.Ordinal))
            {
                all.Add(fd);
            }
        }

        return all;
    }

    public static bool IsCloseOnExec(int fd) => (Check(Libc.fcntl(fd, Libc.F_GETFD, 0), "fcntl") & Libc.FD_CLOEXEC) != 0;

    public static void MakeBlocking(int fd) => Check(Libc.fcntl(fd, Libc.F_SETFL, 0), "fcntl");

    public static bool IsBlocking(int fd) => (Check(Libc.fcntl(fd, Libc.F_GETFL, 0), "fcntl") & Libc.O_NONBLOCK) == 0;

    private protected int Own(int fd)
    {
        // Zero is the process's standard input, which outlives the test even if somebody had closed it before.
        if (fd > 0)
        {
            _open.Add(fd);
        }

        return fd;
    }

    private protected static int Check(nint result, string call) => result >= 0
        ? (int)result
        : throw new IOException($"{call}: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());

    private static int ReadLimit()
    {
        string? line = File.ReadLines("/proc/self/limits").FirstOrDefault(static line => line.StartsWith("Max open files", StringComparison.Ordinal));
        string[] words = (line ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length > 3 && int.TryParse(words[3], CultureInfo.InvariantCulture, out int limit) ? limit : 1024;
    }
}
