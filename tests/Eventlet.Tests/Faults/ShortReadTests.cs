using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Tests.Net;
using Eventlet.Tests.Support;
using Fds = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Faults;

/// <summary>The places at which the system stops a read although there is more: what follows must be read without a further event.</summary>
public abstract class ShortReadTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private static readonly byte[] s_before = [1, 2, 3];
    private static readonly byte[] s_after = [4, 5, 6];

    [Fact]
    public void Receive_AcrossOutOfBandData_GetsWhatFollows() => OnHub(async () =>
    {
        using TestListener listener = TestListener.Make();
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        peer.Connect(listener.Address);
        using GreenSocket socket = await listener.Socket.AcceptAsync();
        GreenThread<byte[]> receiving = GreenThread.Spawn(() => Pattern.ReceiveAsync(socket, s_before.Length + s_after.Length));
        await Turns.PassAsync();
        peer.Send(s_before);
        peer.Send([9], SocketFlags.OutOfBand);
        peer.Send(s_after);
        Pattern.AssertSame([.. s_before, .. s_after], await receiving);
    });

    [Fact]
    public void Receive_AcrossPassedDescriptors_GetsWhatFollows() => OnHub(async () =>
    {
        using var open = new Fds();
        (int a, int peer) = open.SocketPair();
        using var socket = new GreenSocket(DescriptorPassing.Duplicate(a), AddressFamily.Unix);
        GreenThread<byte[]> receiving = GreenThread.Spawn(() => Pattern.ReceiveAsync(socket, s_before.Length + s_after.Length));
        await Turns.PassAsync();
        DescriptorPassing.Send(peer, s_before, open.Eventfd());
        Fds.Write(peer, s_after);
        Pattern.AssertSame([.. s_before, .. s_after], await receiving);
    });
}

/// <summary>On epoll.</summary>
public sealed class ShortReadOnEpoll : ShortReadTests<EpollHub>;

/// <summary>On poll.</summary>
public sealed class ShortReadOnPoll : ShortReadTests<PollHub>;

/// <summary>On select.</summary>
public sealed class ShortReadOnSelect : ShortReadTests<SelectHub>;
