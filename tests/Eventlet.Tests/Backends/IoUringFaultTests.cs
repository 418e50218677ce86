using Eventlet.Backends;
using Eventlet.Interop;
using Eventlet.Net;
using Eventlet.Tests.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Backends;

/// <summary>What the kernel may refuse, and what happens when its queues are full.</summary>
[Collection(nameof(DescriptorTests))]
public sealed class IoUringFaultTests : IDisposable
{
    private readonly Descriptors _fds = new();
    private readonly IoUringScript _script = new();
    private readonly ReadyEvent[] _ready = new ReadyEvent[64];

    public IoUringFaultTests() => Assert.SkipUnless(IoUringHub.IsSupported(out string? whyNot), whyNot ?? "");

    public void Dispose() => _fds.Dispose();

    [Theory]
    [InlineData(Errno.EPERM, "seccomp")]
    [InlineData(Errno.ENOSYS, "built without it")]
    [InlineData(Errno.ENOMEM, "ulimit -l")]
    [InlineData(Errno.EMFILE, "ulimit -n")]
    public void Setup_Refused_SaysWhyAndLeavesNothingOpen(int errno, string reason)
    {
        HashSet<int> before = Descriptors.All();
        _script.SetupError = errno;
        IOException error = Assert.ThrowsAny<IOException>(() => New());
        Assert.Equal(errno, error.HResult);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Empty(Descriptors.All().Except(before));
    }

    [Theory]
    [InlineData(0u, "deferred")]
    [InlineData(Libc.IORING_SETUP_DEFER_TASKRUN, "cooperative")]
    [InlineData(Libc.IORING_SETUP_DEFER_TASKRUN | Libc.IORING_SETUP_COOP_TASKRUN, "plain")]
    public void Setup_WhereAModeIsUnknown_TakesTheNext(uint refused, string mode)
    {
        _script.RefusedFlags = refused;
        using IoUringBackend<ScriptedIoUringCalls> backend = New();
        Assert.Contains(mode, backend.Details, StringComparison.Ordinal);
        backend.Register(_fds.Eventfd(1), Interest.Read, 7);
        Assert.Equal(1, backend.Wait(_ready, Timeout.InfiniteTimeSpan));
        Assert.Equal(7ul, _ready[0].Token);
    }

    [Theory]
    [InlineData(Errno.EINTR)]
    [InlineData(Errno.ETIME)]
    [InlineData(Errno.EBUSY)]
    [InlineData(Errno.EAGAIN)]
    [InlineData(Errno.ENOMEM)]
    public void Enter_FailsForNow_WhatWasSubmittedComesLater(int errno)
    {
        using IoUringBackend<ScriptedIoUringCalls> backend = New();
        backend.Register(_fds.Eventfd(1), Interest.Read, 7);
        _script.EnterErrors.Enqueue(errno);
        Assert.Equal(0, backend.Wait(_ready, Timeout.InfiniteTimeSpan));
        Assert.Equal(1, backend.Wait(_ready, Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public void Enter_FailsForGood_Throws()
    {
        using IoUringBackend<ScriptedIoUringCalls> backend = New();
        _script.EnterErrors.Enqueue(Errno.EBADF);
        Assert.Throws<IOClosedException>(() => backend.Wait(_ready, Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public void Overflow_OfATinyRing_LosesNothing()
    {
        using IoUringBackend<ScriptedIoUringCalls> backend = New((2, 4));
        for (ulong i = 0; i < 500; i++)
        {
            backend.Register(_fds.Eventfd(1), Interest.Read, i);
        }

        List<ulong> seen = [];
        for (int turn = 0; turn < 2_000 && seen.Count < 500; turn++)
        {
            int count = backend.Wait(_ready, TimeSpan.Zero);
            seen.AddRange(_ready[..count].Select(ready => ready.Token));
        }

        Assert.Equal(Enumerable.Range(0, 500).Select(i => (ulong)i), seen.Order());
    }

    /// <summary>With room for two submissions, four completions and no buffers of the kernel's choice.</summary>
    [Theory]
    [InlineData(0u)]
    [InlineData(Libc.IORING_SETUP_DEFER_TASKRUN | Libc.IORING_SETUP_COOP_TASKRUN)]
    public void Operations_OnATinyRing_AllEnd(uint refused)
    {
        _script.RefusedFlags = refused;
        _script.HasBufferRing = refused == 0;
        PlainThread.Run(() =>
        {
            Hubs.UseHub(new MadeFactory("io_uring", () => New((2, 4))));
            using Hub hub = Hubs.GetHub();
            hub.Run(async () =>
            {
                GreenThread[] pairs = [.. Enumerable.Range(0, 40).Select(i => GreenThread.Spawn(() => PingPongAsync((byte)i)))];
                foreach (GreenThread pair in pairs)
                {
                    await pair;
                }
            });
        });
    }

    private static async Task PingPongAsync(byte value)
    {
        using Pair pair = await Pair.MakeAsync();
        byte[] buffer = new byte[100];
        for (int i = 0; i < 50; i++)
        {
            await pair.Client.SendAllAsync(new[] { value, (byte)i });
            Assert.Equal(2, await pair.Server.ReceiveAsync(buffer));
            Assert.Equal((value, (byte)i), (buffer[0], buffer[1]));
        }
    }

    private IoUringBackend<ScriptedIoUringCalls> New((uint, uint)? entries = null) => new(new ScriptedIoUringCalls(_script), entries);
}

/// <summary>What a test makes the kernel answer.</summary>
internal sealed class IoUringScript
{
    internal int SetupError { get; set; }

    /// <summary>Flags of io_uring_setup that this kernel does not know.</summary>
    internal uint RefusedFlags { get; set; }

    internal bool HasBufferRing { get; set; } = true;

    /// <summary>Errors for the calls to come, as positive numbers; then the real calls.</summary>
    internal Queue<int> EnterErrors { get; } = [];
}

internal readonly unsafe struct ScriptedIoUringCalls(IoUringScript script) : IIoUringCalls
{
    private static LinuxIoUringCalls Real => default;

    public int Setup(uint entries, IoUringParams* parameters) =>
        script.SetupError != 0 ? -script.SetupError
        : (parameters->Flags & script.RefusedFlags) != 0 ? -Errno.EINVAL
        : Real.Setup(entries, parameters);

    public int Enter(int ring, uint submit, uint complete, uint flags, void* argument, int size) =>
        script.EnterErrors.TryDequeue(out int error) ? -error : Real.Enter(ring, submit, complete, flags, argument, size);

    public int Register(int ring, uint operation, void* argument, uint count) =>
        operation == Libc.IORING_REGISTER_PBUF_RING && !script.HasBufferRing ? -Errno.EINVAL : Real.Register(ring, operation, argument, count);

    public int GetFlags(int fd) => Real.GetFlags(fd);

    public void Pause(TimeSpan duration) => Real.Pause(duration);
}
