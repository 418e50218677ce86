using Eventlet.Interop;

namespace Eventlet.Tests.Backends;

/// <summary>linux/io_uring.h: sizes and offsets, which are the same on every architecture.</summary>
public sealed unsafe class IoUringLayoutTests
{
    [Fact]
    public void Submission_AsTheKernelHasIt()
    {
        IoUringSqe entry = default;
        byte* start = (byte*)&entry;
        Assert.Equal(64, sizeof(IoUringSqe));
        Assert.Equal(
            [0, 1, 2, 4, 8, 16, 24, 28, 32, 40],
            [
                &entry.Opcode - start, &entry.Flags - start, (byte*)&entry.IoPriority - start, (byte*)&entry.Fd - start, (byte*)&entry.Offset - start,
                (byte*)&entry.Address - start, (byte*)&entry.Length - start, (byte*)&entry.OperationFlags - start, (byte*)&entry.UserData - start,
                (byte*)&entry.BufferGroup - start,
            ]);
    }

    [Fact]
    public void Completion_AsTheKernelHasIt()
    {
        IoUringCqe entry = default;
        byte* start = (byte*)&entry;
        Assert.Equal(16, sizeof(IoUringCqe));
        Assert.Equal([0, 8, 12], [(byte*)&entry.UserData - start, (byte*)&entry.Result - start, (byte*)&entry.Flags - start]);
    }

    [Fact]
    public void Parameters_AsTheKernelHasThem()
    {
        IoUringParams parameters = default;
        byte* start = (byte*)&parameters;
        Assert.Equal(120, sizeof(IoUringParams));
        Assert.Equal(
            [0, 4, 8, 20, 24, 40, 80],
            [
                (byte*)&parameters.SqEntries - start, (byte*)&parameters.CqEntries - start, (byte*)&parameters.Flags - start, (byte*)&parameters.Features - start,
                (byte*)&parameters.WqFd - start, (byte*)&parameters.SqOffsets - start, (byte*)&parameters.CqOffsets - start,
            ]);
        IoUringOffsets offsets = default;
        start = (byte*)&offsets;
        Assert.Equal(40, sizeof(IoUringOffsets));
        Assert.Equal(
            [0, 4, 8, 12, 16, 20, 24, 32],
            [
                (byte*)&offsets.Head - start, (byte*)&offsets.Tail - start, (byte*)&offsets.RingMask - start, (byte*)&offsets.RingEntries - start,
                (byte*)&offsets.FlagsOrOverflow - start, (byte*)&offsets.DroppedOrCqes - start, (byte*)&offsets.ArrayOrFlags - start, (byte*)&offsets.Reserved2 - start,
            ]);
    }

    [Fact]
    public void Messages_AsTheKernelHasThem()
    {
        // sys/socket.h and sys/uio.h of 64-bit Linux.
        MessageHeader message = default;
        byte* start = (byte*)&message;
        Assert.Equal(56, sizeof(MessageHeader));
        Assert.Equal(
            [0, 8, 16, 24, 32, 40, 48],
            [
                (byte*)&message.Name - start, (byte*)&message.NameLength - start, (byte*)&message.Vectors - start, (byte*)&message.VectorCount - start,
                (byte*)&message.Control - start, (byte*)&message.ControlLength - start, (byte*)&message.Flags - start,
            ]);
        IoVector vector = default;
        Assert.Equal(16, sizeof(IoVector));
        Assert.Equal(8, (byte*)&vector.Length - (byte*)&vector);
    }

    [Fact]
    public void ArgumentsOfTheCalls_AsTheKernelHasThem()
    {
        IoUringGetEvents events = default;
        byte* start = (byte*)&events;
        Assert.Equal(24, sizeof(IoUringGetEvents));
        Assert.Equal([0, 8, 16], [(byte*)&events.SignalMask - start, (byte*)&events.SignalMaskSize - start, (byte*)&events.Timespec - start]);
        Assert.Equal(16, sizeof(IoUringTimespec));

        IoUringBuffer buffer = default;
        start = (byte*)&buffer;
        Assert.Equal(16, sizeof(IoUringBuffer));
        Assert.Equal([0, 8, 12, 14], [(byte*)&buffer.Address - start, (byte*)&buffer.Length - start, (byte*)&buffer.Id - start, (byte*)&buffer.Tail - start]);

        IoUringBufferRegistration registration = default;
        start = (byte*)&registration;
        Assert.Equal(40, sizeof(IoUringBufferRegistration));
        Assert.Equal([0, 8, 12, 14], [(byte*)&registration.RingAddress - start, (byte*)&registration.RingEntries - start, (byte*)&registration.Group - start, (byte*)&registration.Flags - start]);

        IoUringProbeOperation operation = default;
        Assert.Equal(8, sizeof(IoUringProbeOperation));
        Assert.Equal(2, (byte*)&operation.Flags - (byte*)&operation);
    }
}
