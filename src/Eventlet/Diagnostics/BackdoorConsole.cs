using System.Text;
using Eventlet.Net;

namespace Eventlet.Diagnostics;

/// <summary>One client of a <see cref="Backdoor"/>. Every wait of it has its limit, and so has what it holds.</summary>
internal sealed class BackdoorConsole(Hub hub, GreenSocket connection)
{
    private const int LongestLine = 256;

    /// <summary>Entries of one listing: a text that a person reads, made in one step of the hub.</summary>
    private const int LongestListing = 1000;

    private const string Help = """
        greenthreads   who runs, and what each waits for
        listeners      who waits for which descriptor
        timers         what is due when
        statistics     the figures of every hub of this process
        help           this list
        quit           closes the console

        """;

    private static readonly TimeSpan s_patienceToWrite = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_patienceToRead = TimeSpan.FromMinutes(10);

    private readonly byte[] _line = new byte[LongestLine];
    private int _count;

    internal Task RefuseAsync() => SayAsync("too many consoles are open\n");

    internal async Task RunAsync()
    {
        await SayAsync($"hub {hub.Number} {hub.Name} of process {Environment.ProcessId}; help lists the commands\n> ");
        while (await ReadLineAsync() is { } line)
        {
            switch (line)
            {
                case "quit" or "exit":
                    return;
                case "":
                    await SayAsync("> ");
                    break;
                default:
                    await SayAsync(Answer(line) + "> ");
                    break;
            }
        }
    }

    private string Answer(string command) => command switch
    {
        "greenthreads" => HubText.GreenThreads(hub, LongestListing),
        "listeners" => HubText.Listeners(hub, LongestListing),
        "timers" => HubText.Timers(hub, LongestListing),
        "statistics" => string.Concat(HubRegistry.Snapshot().Select(HubText.Statistics)),
        "help" => Help,
        _ => "unknown command; help lists those that there are\n",
    };

    /// <summary>The next line without its end, CR LF or LF; null: there is none any more, or it is too long.</summary>
    private async Task<string?> ReadLineAsync()
    {
        while (true)
        {
            int end = _line.AsSpan(0, _count).IndexOf((byte)'\n');
            if (end >= 0)
            {
                string line = Encoding.UTF8.GetString(_line, 0, end).Trim();
                _line.AsSpan(end + 1, _count - end - 1).CopyTo(_line);
                _count -= end + 1;
                return line;
            }

            if (_count == LongestLine)
            {
                await SayAsync("this line is too long\n");
                return null;
            }

            using var limit = new GreenTimeout(s_patienceToRead);
            int received = await connection.ReceiveAsync(_line.AsMemory(_count));
            if (received == 0)
            {
                return null;
            }

            _count += received;
        }
    }

    private async Task SayAsync(string text)
    {
        using var limit = new GreenTimeout(s_patienceToWrite);
        await connection.SendAllAsync(Encoding.UTF8.GetBytes(text));
    }
}
