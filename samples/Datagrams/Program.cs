// A time server on UDP and its client, who asks again; and several buffers in one operation:   dotnet run
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Eventlet;
using Eventlet.Net;

#region a server of datagrams
GreenSocket server = GreenNet.BindDatagrams(new IPEndPoint(IPAddress.Loopback, 0));
GreenThread serving = GreenThread.Spawn(async () =>
{
    byte[] buffer = new byte[512];
    var from = new SocketAddress(AddressFamily.InterNetwork);        // used again and again: nothing is allocated
    for (int questions = 1; ; questions++)
    {
        ReceivedDatagram question = await server.ReceiveFromAsync(buffer, from);
        if (question.IsTruncated || question.Count != 4 || questions == 1)
        {
            continue;                                                // not ours; and the first one gets lost
        }

        BinaryPrimitives.WriteInt64BigEndian(buffer.AsSpan(4), 1_000_000);
        await server.SendToAsync(buffer.AsMemory(0, 12), from);
    }
});
#endregion

#region a client that asks again
async Task<long> AskAsync(EndPoint whom)
{
    using var socket = new GreenSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    await socket.ConnectAsync(whom);                                 // from now on only its answers come, and its refusals
    socket.Timeout = TimeSpan.FromMilliseconds(200);
    byte[] answer = new byte[512];
    for (int id = 1; id <= 5; id++)
    {
        BinaryPrimitives.WriteInt32BigEndian(answer, id);
        await socket.SendAsync(answer.AsMemory(0, 4));
        try
        {
            while (await socket.ReceiveAsync(answer) is var count)
            {
                if (count == 12 && BinaryPrimitives.ReadInt32BigEndian(answer) == id)
                {
                    return BinaryPrimitives.ReadInt64BigEndian(answer.AsSpan(4));
                }
            }
        }
        catch (GreenTimeoutException)
        {
            Console.WriteLine("asking again");
        }
    }

    throw new TimeoutException("no answer to five questions");
}
#endregion

Console.WriteLine(await GreenThread.Spawn(() => AskAsync(server.LocalEndPoint!)));
serving.Kill();
server.Close();

await GreenThread.Spawn(FrameAsync);

#region several buffers
static async Task FrameAsync()
{
    (GreenSocket one, GreenSocket other) = GreenNet.SocketPair();
    byte[] head = [0, 0, 0, 5];
    byte[] body = "hello"u8.ToArray();
    await one.SendAllAsync([head, body]);                            // one system call

    byte[] length = new byte[4];
    byte[] text = new byte[100];
    int received = await other.ReceiveAsync([length, text]);         // fills the first one, then the second
    Console.WriteLine($"{received} bytes, {length[3]} of text: {System.Text.Encoding.ASCII.GetString(text, 0, received - 4)}");
    one.Close();
    other.Close();
}
#endregion
