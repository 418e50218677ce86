using Eventlet.Backends;
using Eventlet.Interop;

namespace Eventlet.Tests.Backends;

[Collection(nameof(DescriptorTests))]
public sealed class BackendFaultTests : IDisposable
{
    private readonly Descriptors _fds = new();
    private readonly EpollScript _script = new();
    private readonly ReadyEvent[] _ready = new ReadyEvent[8];

    public void Dispose() => _fds.Dispose();

    [Fact]
    public void EpollWait_Interrupted_ReturnsNothing()
    {
        using EpollBackend<ScriptedEpollCalls> backend = NewEpoll();
        backend.Register(_fds.Eventfd(1), Interest.Read, 1);
        _script.WaitErrors.Enqueue(Errno.EINTR);
        Assert.Equal(0, backend.Wait(_ready, Timeout.InfiniteTimeSpan));
        Assert.Equal(1, backend.Wait(_ready, Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public void EpollWait_Fails_Throws()
    {
        using EpollBackend<ScriptedEpollCalls> backend = NewEpoll();
        _script.WaitErrors.Enqueue(Errno.EINVAL);
        Assert.Equal(Errno.EINVAL, Assert.Throws<IOException>(() => backend.Wait(_ready, TimeSpan.FromTicks(1))).HResult);
        _script.WaitErrors.Enqueue(Errno.EBADF);
        Assert.Throws<IOClosedException>(() => backend.Wait(_ready, TimeSpan.Zero));
    }

    [Fact]
    public void EpollWait_NoNanoseconds_MillisecondsRoundedUp()
    {
        _script.HasPwait2 = false;
        using EpollBackend<ScriptedEpollCalls> backend = NewEpoll();
        backend.Wake();
        Assert.Equal(0, backend.Wait(_ready, TimeSpan.FromTicks(10_001)));
        Assert.Equal(2, _script.LastMilliseconds);
    }

    [Theory]
    [InlineData(Errno.ENOMEM)]
    [InlineData(Errno.ENOSPC)]
    public void EpollRegister_Refused_ThrowsAndLeavesNothing(int errno)
    {
        using EpollBackend<ScriptedEpollCalls> backend = NewEpoll();
        int fd = _fds.Eventfd(1);
        _script.ControlErrors.Enqueue(errno);
        Assert.Equal(errno, Assert.Throws<IOException>(() => backend.Register(fd, Interest.Read, 1)).HResult);
        Assert.Equal(0, backend.Wait(_ready, TimeSpan.Zero));
        backend.Register(fd, Interest.Read, 2);
        Assert.Equal(1, backend.Wait(_ready, TimeSpan.Zero));
    }

    [Fact]
    public void EpollCreate_NoDescriptorsLeft_ThrowsAndLeavesNothingOpen()
    {
        HashSet<int> before = Descriptors.All();
        _script.CreateError = Errno.EMFILE;
        Assert.Equal(Errno.EMFILE, Assert.Throws<IOException>(NewEpoll).HResult);
        _script.CreateError = 0;
        _script.ControlErrors.Enqueue(Errno.ENOMEM);
        Assert.Equal(Errno.ENOMEM, Assert.Throws<IOException>(NewEpoll).HResult);
        Assert.Empty(Descriptors.All().Except(before));
    }

    [Theory]
    [InlineData(Errno.EINTR)]
    [InlineData(Errno.ENOMEM)]
    public void PollAndSelect_WaitFails_OnlyAnInterruptionIsNoError(int errno)
    {
        using PollBackend<FailingCalls> poll = new(new FailingCalls(errno));
        using SelectBackend<FailingCalls> select = new(new FailingCalls(errno));
        foreach (HubBackend backend in (HubBackend[])[poll, select])
        {
            if (errno == Errno.EINTR)
            {
                Assert.Equal(0, backend.Wait(_ready, Timeout.InfiniteTimeSpan));
            }
            else
            {
                Assert.Equal(errno, Assert.Throws<IOException>(() => backend.Wait(_ready, Timeout.InfiniteTimeSpan)).HResult);
            }
        }
    }

    [Fact]
    public void Select_WhereThePlatformHasALimit_NamesItAndTheRemedy()
    {
        using SelectBackend<UnixSelectCalls> backend = new(maxDescriptor: 1023);
        Assert.Equal(1023, backend.Capabilities.MaxDescriptor);
        int fd = _fds.MoveHigh(_fds.Eventfd(1));
        IOException exception = Assert.Throws<IOException>(() => backend.Register(fd, Interest.Read, 1));
        Assert.Contains("1023", exception.Message, StringComparison.Ordinal);
        Assert.Contains("EVENTLET_HUB=", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, backend.Wait(_ready, TimeSpan.Zero));
    }

    [Theory]
    [InlineData("eventfd")]
    [InlineData("pipe")]
    [InlineData("loopback")]
    public void Wakeup_OfEachKind_OneWriteUntilDrained(string kind)
    {
        using Wakeup wakeup = kind switch
        {
            "eventfd" => EventfdWakeup.TryOpen()!,
            "pipe" => PipeWakeup.Open(),
            _ => new LoopbackWakeup(),
        };
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(0, Poll(wakeup.Descriptor));
            for (int j = 0; j < 100_000; j++)
            {
                wakeup.Wake();
            }

            Assert.Equal(1, Poll(wakeup.Descriptor));
            wakeup.Drain();
        }

        Assert.Equal(0, Poll(wakeup.Descriptor));
        wakeup.Wake();
        wakeup.DrainEdge();
        wakeup.Wake();
        Assert.Equal(kind == "eventfd" ? 8 : 1, Descriptors.Read(wakeup.Descriptor, 100));
        Assert.Equal(-Errno.EAGAIN, Descriptors.Read(wakeup.Descriptor, 100));
        wakeup.Dispose();
        wakeup.Dispose();
        wakeup.Wake();
    }

    /// <summary>Were the flag cleared first, every later wake-up would be lost.</summary>
    [Fact]
    public void Wakeup_WokenWhileDraining_IsNotDeafAfterwards()
    {
        using InterleavedWakeup wakeup = new();
        wakeup.Wake();
        wakeup.Drain();
        Assert.False(wakeup.IsReadable);
        wakeup.Wake();
        Assert.True(wakeup.IsReadable);
    }

    private static unsafe int Poll(int fd)
    {
        PollFd entry = new() { Fd = fd, Events = Libc.POLLIN };
        return Libc.poll(&entry, 1, 0);
    }

    private EpollBackend<ScriptedEpollCalls> NewEpoll() => new(new ScriptedEpollCalls(_script));

    private readonly unsafe struct FailingCalls(int errno) : IPollCalls, ISelectCalls
    {
        public int GetFlags(int fd) => default(UnixSelectCalls).GetFlags(fd);

        public int Poll(PollFd* fds, int count, TimeSpan timeout) => -errno;

        public int Select(int limit, nuint* read, nuint* write, nuint* except, TimeSpan timeout) => -errno;
    }

    /// <summary>Another thread wakes just before the read.</summary>
    private sealed class InterleavedWakeup : Wakeup
    {
        internal bool IsReadable { get; private set; }

        internal override int Descriptor => -1;

        internal override string Kind => "nothing";

        public override void Dispose()
        {
        }

        private protected override bool Signal() => IsReadable = true;

        private protected override void Consume()
        {
            Wake();
            IsReadable = false;
        }
    }
}
