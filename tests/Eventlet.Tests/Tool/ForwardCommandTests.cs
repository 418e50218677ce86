using System.Net;
using System.Net.Sockets;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Tool;

public class ForwardCommandTests
{
    private const int Large = 3_000_000;

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Forward_PassesBothDirections_AndEachEndByItself(string signal)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using ChildProcess forwarder = ToolProcess.Start($"forward --endpoint 127.0.0.1:0 --to {listener.LocalEndpoint}");
        using TestClient near = await TestClient.ConnectAsync(forwarder);
        using TcpClient far = await listener.AcceptTcpClientAsync();
        byte[] request = TestClient.SomeBytes(Large, seed: 1), reply = TestClient.SomeBytes(Large, seed: 2);

        // The far side learns the end of the request before it begins to reply.
        Task sending = near.SendAndEndAsync(request);
        var received = new MemoryStream();
        await far.GetStream().CopyToAsync(received);
        await sending;
        Assert.Equal(request, received.ToArray());

        Task<byte[]> receiving = near.ReceiveAllAsync();
        await far.GetStream().WriteAsync(reply);
        far.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal(reply, await receiving);

        await forwarder.SignalAsync(signal);
        Assert.Empty((await forwarder.EndAsync()).Expect().Error);
    }

    [Fact]
    public async Task Forward_OfAConnectionThatBreaks_BreaksTheOther()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using ChildProcess forwarder = ToolProcess.Start($"forward --endpoint 127.0.0.1:0 --to {listener.LocalEndpoint}");
        using TestClient near = await TestClient.ConnectAsync(forwarder);
        TestClient.Reset(await listener.AcceptSocketAsync());
        await ExpectResetAsync(near);
    }

    [Fact]
    public async Task Forward_ToNobody_BreaksTheConnectionAndServesTheNext()
    {
        using var target = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        target.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using ChildProcess forwarder = ToolProcess.Start($"forward --endpoint 127.0.0.1:0 --to {target.LocalEndPoint}");
        using (TestClient refused = await TestClient.ConnectAsync(forwarder))
        {
            await ExpectResetAsync(refused);
        }

        target.Listen();
        using TestClient near = await TestClient.ConnectAsync(forwarder);
        using Socket far = await target.AcceptAsync();
        await forwarder.SignalAsync("TERM");
        ToolProcess.ExpectOneError((await forwarder.EndAsync()).Expect(), $"cannot connect to {target.LocalEndPoint}", "refused");
    }

    private static async Task ExpectResetAsync(TestClient client)
    {
        var error = await Assert.ThrowsAsync<IOException>(client.ReceiveAllAsync);
        Assert.Equal(SocketError.ConnectionReset, ((SocketException)error.InnerException!).SocketErrorCode);
    }
}
