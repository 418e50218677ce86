using System.Net;
using Eventlet.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Model;

/// <summary>A blocking call inside MAINLOOP is refused and the async form is named.</summary>
public abstract class BlockingInMainloopTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Theory]
    [InlineData("Trampoline", "TrampolineAsync")]
    [InlineData("Sleep", "SleepAsync")]
    [InlineData("Wait", "await the greenthread")]
    [InlineData("Wait value", "await the greenthread")]
    [InlineData("Wait limit", "await the greenthread")]
    [InlineData("Run", "InvokeAsync")]
    [InlineData("Run other", "InvokeAsync")]
    [InlineData("Accept", "AcceptAsync")]
    [InlineData("Receive", "ReceiveAsync")]
    [InlineData("Send", "SendAsync")]
    [InlineData("SendAll", "SendAllAsync")]
    [InlineData("Connect", "ConnectAsync")]
    [InlineData("Net.Connect", "ConnectAsync")]
    [InlineData("Serve", "ServeAsync")]
    public void BlockingCall_InAGreenThreadOrACallback_IsRefused(string call, string asyncForm) => OnOwner(() =>
    {
        using Hub other = Hub.Start("poll");
        GreenThread<int> unended = other.Spawn(async () =>
        {
            await GreenThread.SleepAsync(TimeSpan.FromDays(1));
            return 1;
        });
        using GreenSocket socket = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        void Refused()
        {
            string message = Assert.Throws<InvalidOperationException>(() => Make(call, other, unended, socket)).Message;
            Assert.StartsWith("do not call blocking functions from the mainloop", message, StringComparison.Ordinal);
            Assert.Contains(asyncForm, message, StringComparison.Ordinal);
        }

        Exception? inCallback = null;
        Hub hub = Hubs.GetHub();
        hub.Post(() => inCallback = Record.Exception(Refused));
        hub.Run(() =>
        {
            Refused();
            return Task.CompletedTask;
        });
        Assert.Null(inCallback);
    });

    [Fact]
    public void Abort_WithWaitInMainloop_IsRefused() => OnHub(() =>
    {
        Assert.StartsWith("do not call blocking functions from the mainloop",
            Assert.Throws<InvalidOperationException>(() => Hubs.GetHub().Abort(wait: true)).Message, StringComparison.Ordinal);
        return Task.CompletedTask;
    });

    [Fact]
    public void SleepZero_InMainloop_ReturnsAtOnce() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        var log = new List<string>();
        hub.Post(() =>
        {
            GreenThread.Sleep();
            log.Add("callback");
        });
        GreenThread.SpawnN(() =>
        {
            GreenThread.Sleep(TimeSpan.Zero);
            GreenThread.Sleep(TimeSpan.FromSeconds(-5));
            log.Add("first");
            return Task.CompletedTask;
        });
        GreenThread.SpawnN(() =>
        {
            log.Add("second");
            return Task.CompletedTask;
        });
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["callback", "first", "second"], log);
    });

    private static void Make(string call, Hub other, GreenThread<int> green, GreenSocket socket)
    {
        switch (call)
        {
            case "Trampoline": Hubs.Trampoline(0, read: true); break;
            case "Sleep": GreenThread.Sleep(TimeSpan.FromMilliseconds(1)); break;
            case "Wait": ((GreenThread)green).Wait(); break;
            case "Wait value": green.Wait(); break;
            case "Wait limit": green.Wait(TimeSpan.Zero); break;
            case "Run": Hubs.GetHub().Run(() => Task.CompletedTask); break;
            case "Run other": other.Run(() => Task.FromResult(1)); break;
            case "Accept": socket.Accept(); break;
            case "Receive": socket.Receive(new byte[1]); break;
            case "Send": socket.Send(new byte[1]); break;
            case "SendAll": socket.SendAll(new byte[1]); break;
            case "Connect": socket.Connect(socket.LocalEndPoint!); break;
            case "Net.Connect": GreenNet.Connect(socket.LocalEndPoint!); break;
            case "Serve": GreenNet.Serve(socket, _ => Task.CompletedTask); break;
            default: throw new ArgumentException(call);
        }
    }
}

/// <summary>On epoll.</summary>
public sealed class BlockingInMainloopOnEpoll : BlockingInMainloopTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class BlockingInMainloopOnIoUring : BlockingInMainloopTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class BlockingInMainloopOnPoll : BlockingInMainloopTests<PollHub>;

/// <summary>On select.</summary>
public sealed class BlockingInMainloopOnSelect : BlockingInMainloopTests<SelectHub>;
