// What README shows of the blocking style: an echo server, and a greenthread beside it.   dotnet run [HOST:PORT]
#region ten lines, blocking
using System.Net;
using Eventlet;
using Eventlet.Net;

GreenSocket listener = GreenNet.Listen(IPEndPoint.Parse(args.Length > 0 ? args[0] : "127.0.0.1:7777"));
GreenThread.SpawnN(async () =>
{
    for (;;) { await GreenThread.SleepAsync(TimeSpan.FromSeconds(1)); Console.WriteLine("still here"); }
});
GreenNet.Serve(listener, async connection =>         // blocks; the hub runs under the call
{
    var buffer = new byte[4096];
    for (int n; (n = await connection.ReceiveAsync(buffer)) > 0;) await connection.SendAllAsync(buffer.AsMemory(0, n));
});
#endregion
