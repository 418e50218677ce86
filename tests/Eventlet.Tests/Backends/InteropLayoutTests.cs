using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Eventlet.Backends;
using Eventlet.Interop;

namespace Eventlet.Tests.Backends;

public sealed unsafe class InteropLayoutTests
{
    /// <summary>linux/eventpoll.h: EPOLL_PACKED on x86 only.</summary>
    [Theory]
    [InlineData(Architecture.X64, 12, 4)]
    [InlineData(Architecture.X86, 12, 4)]
    [InlineData(Architecture.Arm64, 16, 8)]
    [InlineData(Architecture.Arm, 16, 8)]
    [InlineData(Architecture.RiscV64, 16, 8)]
    public void EpollEvent_OnEachArchitecture_AsTheKernelHasIt(Architecture architecture, int size, int dataOffset)
    {
        Assert.Equal(size, EpollEvent.SizeOn(architecture));
        Assert.Equal(dataOffset, EpollEvent.DataOffsetOn(architecture));
        Assert.InRange(size, 0, EpollEvent.MaxSize);
    }

    [Fact]
    public void EpollEvent_Here_WritesAndReads()
    {
        Assert.Equal(EpollEvent.SizeOn(RuntimeInformation.ProcessArchitecture), EpollEvent.Size);
        byte* at = stackalloc byte[EpollEvent.MaxSize + 1];
        at[EpollEvent.Size] = 0x77;
        EpollEvent.Write(at, 0x8000_2003, 0xFEDC_BA98_7654_3210);
        Assert.Equal(0x8000_2003, EpollEvent.Events(at));
        Assert.Equal(0xFEDC_BA98_7654_3210, EpollEvent.Data(at));
        Assert.Equal(0x77, at[EpollEvent.Size]);
    }

    [Fact]
    public void PollFd_Everywhere_EightBytes()
    {
        PollFd entry = default;
        byte* start = (byte*)&entry;
        Assert.Equal(8, sizeof(PollFd));
        Assert.Equal(0, (byte*)&entry.Fd - start);
        Assert.Equal(4, (byte*)&entry.Events - start);
        Assert.Equal(6, (byte*)&entry.Revents - start);
    }

    [Fact]
    public void Timespec_Everywhere_TwoWords()
    {
        Assert.Equal(2 * nint.Size, sizeof(Timespec));
        Timespec exact = new(TimeSpan.FromTicks((3 * TimeSpan.TicksPerSecond) + 7));
        Assert.Equal(3, exact.Seconds);
        Assert.Equal(700, exact.Nanoseconds);
        Assert.Equal(3, ((nint*)&exact)[0]);
        Assert.Equal(0, new Timespec(TimeSpan.FromTicks(-5)).Nanoseconds);
    }

    [Theory]
    [InlineData(-10_000, -1)]
    [InlineData(-1, 0)]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(10_000, 1)]
    [InlineData(10_001, 2)]
    [InlineData(long.MaxValue, int.MaxValue)]
    public void Milliseconds_OfTicks_RoundUp(long ticks, int milliseconds) =>
        Assert.Equal(milliseconds, Timespec.Milliseconds(TimeSpan.FromTicks(ticks)));

    /// <summary>winsock2.h: u_int fd_count, padded to the alignment of the SOCKETs that follow.</summary>
    [Fact]
    public void WinsockFdSet_OfAnySize_CountThenSockets()
    {
        WinsockFdSet set = new();
        for (nuint i = 1; i <= 1000; i++)
        {
            set.Add(i * 4);
        }

        fixed (nuint* words = set.Words)
        {
            Assert.Equal(1000u, *(uint*)words);
            Assert.Equal((nuint)4, *(nuint*)((byte*)words + nuint.Size));
            Assert.Equal((nuint)4000, words[1000]);
        }

        set.Clear();
        Assert.Equal(0, set.Count);
    }

    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(10, 0, 1)]
    [InlineData(11, 0, 2)]
    [InlineData(25_000_010, 2, 500_001)]
    [InlineData(-1, 0, 0)]
    public void WinsockTimeVal_OfTicks_RoundsUp(long ticks, int seconds, int microseconds)
    {
        Winsock.TimeVal value = WinsockSelectBackend.Limit(TimeSpan.FromTicks(ticks));
        Assert.Equal(8, sizeof(Winsock.TimeVal));
        Assert.Equal((seconds, microseconds), (value.Seconds, value.Microseconds));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(5000)]
    public void DescriptorSet_OneMember_BitOfTheCHeaders(int fd)
    {
        DescriptorSet set = new();
        set.Grow(fd + 1);
        set[fd] = true;
        fixed (nuint* words = set.Words)
        {
            Assert.Equal(1 << (fd % 8), ((byte*)words)[fd / 8]);
        }

        Assert.Equal(fd, DescriptorSet.Next([set], 0, fd + 1));
        Assert.Equal(fd, DescriptorSet.Next([set], 0, fd));
        set[fd] = false;
        Assert.Equal(-1, set.Words.AsSpan().IndexOfAnyExcept((nuint)0));
    }

    [Theory]
    [InlineData(Errno.ECONNREFUSED, SocketError.ConnectionRefused)]
    [InlineData(Errno.ECONNRESET, SocketError.ConnectionReset)]
    [InlineData(Errno.EPIPE, SocketError.Shutdown)]
    [InlineData(Errno.EMFILE, SocketError.TooManyOpenSockets)]
    [InlineData(Errno.EADDRINUSE, SocketError.AddressAlreadyInUse)]
    [InlineData(Errno.ENOBUFS, SocketError.NoBufferSpaceAvailable)]
    [InlineData(Errno.ENODEV, SocketError.SocketError)]
    public void SocketException_OfErrno_KeepsTheNumber(int errno, SocketError error)
    {
        SocketException exception = Errno.ToSocketException(errno);
        Assert.Equal((error, errno, errno), (exception.SocketErrorCode, exception.NativeErrorCode, exception.ErrorCode));
    }

    [Fact]
    public void IOException_OfErrno_CarriesNumberTextAndRemedy()
    {
        Assert.IsType<IOClosedException>(Errno.ToException(Errno.EBADF, "poll"));
        IOException exception = Errno.ToException(Errno.EMFILE, "eventfd");
        Assert.Equal(Errno.EMFILE, exception.HResult);
        Assert.StartsWith("eventfd: Too many open files (errno 24)", exception.Message, StringComparison.Ordinal);
        Assert.Contains("ulimit -n", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Structures_OfTheLibrary_AreBlittable() =>
        Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<PollFd>() || RuntimeHelpers.IsReferenceOrContainsReferences<Timespec>());
}
