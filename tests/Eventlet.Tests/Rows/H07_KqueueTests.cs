using Eventlet.Backends;
using Eventlet.Interop;
using Eventlet.Tests.Backends;
using Fds = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Rows;

/// <summary>H7: kqueue, for macOS and FreeBSD: the layouts of their structs, and the backend's logic over a fake of the system calls.</summary>
public sealed unsafe class H07_KqueueTests : IDisposable
{
    private readonly Fds _fds = new();
    private readonly FakeKqueue _kernel = new(Darwin.UserFilter);
    private readonly ReadyEvent[] _ready = new ReadyEvent[8];

    public void Dispose()
    {
        _kernel.Dispose();
        _fds.Dispose();
    }

    /// <summary>sys/event.h of macOS: uintptr_t, int16_t, uint16_t, uint32_t, intptr_t, void *; FreeBSD 12 has int64_t data, and uint64_t ext[4] behind it.</summary>
    [Fact]
    public void Kevent_OnBothSystems_AsTheHeadersHaveIt()
    {
        Kevent entry = default;
        byte* start = (byte*)&entry;
        Assert.Equal(
            [0, 8, 10, 12, 16, 24, 32],
            new[]
            {
                (byte*)&entry.Ident - start, (byte*)&entry.Filter - start, (byte*)&entry.Flags - start, (byte*)&entry.FilterFlags - start,
                (byte*)&entry.Data - start, (byte*)&entry.UserData - start, sizeof(Kevent),
            });
        Assert.Equal((32, 64), (KqueueCalls<Darwin>.EntrySize, KqueueCalls<FreeBsd>.EntrySize));
        Assert.Equal((-10, -11), (KqueueCalls<Darwin>.UserFilter, KqueueCalls<FreeBsd>.UserFilter));
    }

    /// <summary>sys/stat.h: int32_t st_dev, mode_t on macOS; uint64_t st_dev, st_ino, st_nlink, mode_t on FreeBSD 12.</summary>
    [Theory]
    [InlineData(false, 4)]
    [InlineData(true, 24)]
    public void Stat_OnBothSystems_HasTheModeWhereTheHeadersHaveIt(bool isFreeBsd, int offset) => Assert.Equal(offset, Stat.ModeOffset(isFreeBsd));

    [Fact]
    public void Wait_Interrupted_ReturnsNothing()
    {
        using HubBackend backend = Open();
        backend.Register(_fds.Eventfd(1), Interest.Read, 1);
        _kernel.Errors.Enqueue(Errno.EINTR);
        Assert.Equal(0, backend.Wait(_ready, Timeout.InfiniteTimeSpan));
        Assert.Equal(1, backend.Wait(_ready, Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public void Wait_Fails_Throws()
    {
        using HubBackend backend = Open();
        _kernel.Errors.Enqueue(Errno.ENOMEM);
        Assert.Equal(Errno.ENOMEM, Assert.Throws<IOException>(() => backend.Wait(_ready, TimeSpan.Zero)).HResult);
    }

    [Fact]
    public void Register_Interrupted_IsDoneAllTheSame()
    {
        using HubBackend backend = Open();
        _kernel.Errors.Enqueue(Errno.EINTR);
        backend.Register(_fds.Eventfd(1), Interest.Read, 1);
        Assert.Equal(1, backend.Wait(_ready, Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public void Register_Refused_ThrowsAndLeavesNothing()
    {
        using HubBackend backend = Open();
        int fd = _fds.Eventfd(1);
        _kernel.Errors.Enqueue(Errno.ENOMEM);
        Assert.Equal(Errno.ENOMEM, Assert.Throws<IOException>(() => backend.Register(fd, Interest.Read, 1)).HResult);
        Assert.Equal(0, backend.Wait(_ready, TimeSpan.Zero));
        Assert.Throws<IOException>(() => backend.Modify(fd, Interest.Read, 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Create_Refused_ThrowsAndLeavesNothingOpen(int callsBefore)
    {
        HashSet<int> before = Fds.All();
        for (int i = 0; i < callsBefore; i++)
        {
            _kernel.Errors.Enqueue(0);
        }

        _kernel.Errors.Enqueue(Errno.EMFILE);
        Assert.Equal(Errno.EMFILE, Assert.Throws<IOException>(Open).HResult);
        Assert.Empty(Fds.All().Except(before));
    }

    /// <summary>FreeBSD refuses to watch a pipe that nobody reads for room (EPIPE): a writer must learn it all the same.</summary>
    [Fact]
    public void Register_WriterOfAPipeWithoutReader_IsTold()
    {
        using HubBackend backend = Open();
        (int reader, int writer) = _fds.Pipe();
        _fds.Close(reader);
        backend.Register(writer, Interest.Write, 1);
        Assert.Equal(1, backend.Wait(_ready, Timeout.InfiniteTimeSpan));
        Assert.Equal(new ReadyEvent(1, Readiness.Write), _ready[0]);
        backend.Modify(writer, Interest.Write, 2);
        Assert.Equal(1, backend.Wait(_ready, Timeout.InfiniteTimeSpan));
        Assert.Equal(2ul, _ready[0].Token);
        backend.Unregister(writer);
        Assert.Equal(0, backend.Wait(_ready, TimeSpan.Zero));
    }

    /// <summary>The kernel drops what it knew of the descriptor without a word; the number means another file.</summary>
    [Fact]
    public void Modify_NumberOfAnotherFileByNow_ThrowsAndLeavesNothing()
    {
        using HubBackend backend = Open();
        int fd = _fds.MoveHigh(_fds.Eventfd());
        backend.Register(fd, Interest.Read, 1);
        _fds.Close(fd);
        Assert.Equal(fd, _fds.MoveHigh(_fds.Eventfd(1), fd));
        Assert.Equal(Errno.ENOENT, Assert.Throws<IOException>(() => backend.Modify(fd, Interest.Read, 2)).HResult);
        Assert.Equal(0, backend.Wait(_ready, TimeSpan.Zero));
        backend.Register(fd, Interest.Read, 3);
        Assert.Equal(1, backend.Wait(_ready, Timeout.InfiniteTimeSpan));
        Assert.Equal(3ul, _ready[0].Token);
    }

    [Fact]
    public void Wait_WriteRoomThatNobodyAskedFor_IsNoEventAfterAModify()
    {
        using HubBackend backend = Open();
        (int a, int b) = _fds.SocketPair();
        backend.Register(a, Interest.Read | Interest.Write, 1);
        backend.Modify(a, Interest.Read, 2);
        Assert.Equal(0, backend.Wait(_ready, TimeSpan.Zero));
        Fds.Write(b);
        Assert.Equal(1, backend.Wait(_ready, Timeout.InfiniteTimeSpan));
        Assert.Equal(new ReadyEvent(2, Readiness.Read), _ready[0]);
    }

    [Fact]
    public void Names_OfTheHub_AreItsOwnOnly()
    {
        HubFactory kqueue = Hubs.Builtin[1];
        Assert.Equal("kqueue", kqueue.Name);
        Assert.Empty(kqueue.Aliases);
    }

    private KqueueBackend<FakeKqueueCalls<Darwin>> Open() => new(new FakeKqueueCalls<Darwin>(_kernel));
}
