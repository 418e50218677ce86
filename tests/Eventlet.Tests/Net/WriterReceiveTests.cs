using System.Buffers;
using System.Security.Cryptography;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Net;

/// <summary>Receiving into a writer.</summary>
public abstract class WriterReceiveTests<THub> : HubTests<THub> where THub : IHubFixture
{
    protected override void Dispose(bool disposing)
    {
        PoolHub.Drop();
        base.Dispose(disposing);
    }

    [Theory]
    [InlineData(Transport.IPv4)]
    [InlineData(Transport.Unix)]
    public void Receive_IntoAWriter_TakesEverythingInOrder(Transport transport) => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync(transport);
        byte[] sent = RandomNumberGenerator.GetBytes(1_000_000);
        GreenThread sender = GreenThread.Spawn(async () =>
        {
            for (int at = 0, step = 1; at < sent.Length; at += step, step = Math.Min(step * 3, sent.Length - at))
            {
                await pair.Client.SendAllAsync(sent.AsMemory(at, Math.Min(step, sent.Length - at)));
                await GreenThread.SleepAsync();
            }

            pair.Client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        });
        var writer = new ArrayBufferWriter<byte>();
        int total = 0;
        for (int count; (count = await pair.Server.ReceiveAsync(writer, 2048)) > 0;)
        {
            total += count;
            Assert.Equal(total, writer.WrittenCount);
        }

        await sender;
        Assert.True(writer.WrittenSpan.SequenceEqual(sent));
    });

    [Fact]
    public void Receive_ThatWaits_AsksForNoMemory() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        var writer = new CountingWriter();
        for (int round = 0; round < 3; round++)
        {
            GreenThread<int> reader = GreenThread.Spawn(async () => await pair.Server.ReceiveAsync(writer));
            for (int turn = 0; turn < 6; turn++)
            {
                await GreenThread.SleepAsync();
            }

            Assert.Equal(round, writer.Asked);
            await pair.Client.SendAllAsync(new byte[10]);
            Assert.Equal(10, await reader);
        }
    });

    [Fact]
    public void Receive_GivenUp_LosesNothing() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        var writer = new ArrayBufferWriter<byte>();
        using (var limit = new GreenTimeout(TimeSpan.FromMilliseconds(5)))
        {
            await Assert.ThrowsAsync<GreenTimeoutException>(async () => await pair.Server.ReceiveAsync(writer));
        }

        await pair.Client.SendAllAsync("hello"u8.ToArray());
        Assert.Equal(5, await pair.Server.ReceiveAsync(writer));
        Assert.Equal("hello"u8.ToArray(), writer.WrittenSpan.ToArray());
    });

    [Fact]
    public void Receive_WriterThatRefuses_IsTheErrorOfTheReceiveAndTheBytesStay() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        GreenThread<int> reader = GreenThread.Spawn(async () => await pair.Server.ReceiveAsync(new RefusingWriter()));
        await GreenThread.SleepAsync();
        await pair.Client.SendAllAsync("hello"u8.ToArray());
        await Assert.ThrowsAsync<NotSupportedException>(async () => await reader);
        byte[] buffer = new byte[16];
        Assert.Equal(5, await pair.Server.ReceiveAsync(buffer));
    });

    [Fact]
    public void Receive_WrongArguments_AreRefused() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await pair.Server.ReceiveAsync((IBufferWriter<byte>)null!));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await pair.Server.ReceiveAsync(new ArrayBufferWriter<byte>(), -1));
    });

    private sealed class CountingWriter : IBufferWriter<byte>
    {
        private readonly byte[] _block = new byte[4096];

        internal int Asked { get; private set; }

        public void Advance(int count)
        {
        }

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            Asked++;
            return _block;
        }

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }

    private sealed class RefusingWriter : IBufferWriter<byte>
    {
        public void Advance(int count) => throw new NotSupportedException();

        public Memory<byte> GetMemory(int sizeHint = 0) => throw new NotSupportedException();

        public Span<byte> GetSpan(int sizeHint = 0) => throw new NotSupportedException();
    }
}

public sealed class WriterReceiveOnEpoll : WriterReceiveTests<EpollHub>;
public sealed class WriterReceiveOnIoUring : WriterReceiveTests<IoUringHub>;
public sealed class WriterReceiveOnLibevent : WriterReceiveTests<LibeventHub>;
public sealed class WriterReceiveOnPoll : WriterReceiveTests<PollHub>;
public sealed class WriterReceiveOnSelect : WriterReceiveTests<SelectHub>;
