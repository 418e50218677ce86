// A chat room for telnet or nc:   dotnet run [PORT]
//
// The first line that somebody sends is the name, every other one goes to all. All greenthreads run on the one thread of their
// hub, so the list of members needs no lock.
using System.Net;
using System.Text;
using System.Threading.Channels;
using Eventlet;
using Eventlet.Net;

var address = new IPEndPoint(IPAddress.Loopback, args.Length > 0 ? int.Parse(args[0], null) : 0);
using GreenSocket listener = GreenNet.Listen(address);
Console.WriteLine($"listening on {listener.LocalEndPoint}");
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    listener.Close();
};

var members = new Dictionary<string, ChannelWriter<string>>();
try
{
    await GreenNet.ServeAsync(listener, WelcomeAsync);
}
catch (IOClosedException)
{
    Console.WriteLine("closed");
}

async Task WelcomeAsync(GreenSocket connection)
{
    await using GreenStream stream = connection.GetStream();
    using var reader = new StreamReader(stream);
    var lines = Channel.CreateUnbounded<string>();
    GreenThread writing = GreenThread.Spawn(() => WriteAsync(stream, lines.Reader));
    try
    {
        lines.Writer.TryWrite("Who are you?");
        await TalkAsync(reader, lines.Writer);
    }
    catch (IOException)
    {
        // Gone without a word.
    }

    lines.Writer.Complete();
    await writing;
}

async Task TalkAsync(StreamReader reader, ChannelWriter<string> lines)
{
    if (await reader.ReadLineAsync() is not { Length: > 0 } name || !members.TryAdd(name, lines))
    {
        lines.TryWrite("This name is taken, or none.");
        return;
    }

    try
    {
        TellAll($"* {name} is here, with {members.Count - 1} others");
        while (await reader.ReadLineAsync() is { } line)
        {
            TellAll($"{name}: {line}");
        }
    }
    finally
    {
        members.Remove(name);
        TellAll($"* {name} has left");
    }
}

void TellAll(string line)
{
    foreach (ChannelWriter<string> lines in members.Values)
    {
        lines.TryWrite(line);
    }
}

// A greenthread for each member's output: somebody who does not read holds up nobody else.
static async Task WriteAsync(GreenStream stream, ChannelReader<string> lines)
{
    try
    {
        await foreach (string line in lines.ReadAllAsync())
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));
        }
    }
    catch (IOException)
    {
        // The reader of that connection notices too.
    }
}
