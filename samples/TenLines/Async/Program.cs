// What README shows of the async style: a client of the echo server, and a wait for standard input.   dotnet run [HOST:PORT]
using System.Net;
using Eventlet;
using Eventlet.Net;

#region ten lines, async
GreenThread<int> answer = GreenThread.Spawn(async () =>
{
    await using GreenSocket socket = await GreenNet.ConnectAsync(IPEndPoint.Parse(args.Length > 0 ? args[0] : "127.0.0.1:7777"));
    await socket.SendAllAsync("hello"u8.ToArray());
    using var limit = new GreenTimeout(TimeSpan.FromSeconds(5));      // for the waits of this scope
    return await socket.ReceiveAsync(new byte[100]);
});
await Hubs.TrampolineAsync(fd: 0, read: true);                        // any descriptor: standard input here
Console.WriteLine(await answer);
#endregion
