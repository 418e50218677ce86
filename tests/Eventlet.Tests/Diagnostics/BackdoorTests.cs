using System.Net.Sockets;
using System.Text;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Diagnostics;

/// <summary>The console: what it tells, to whom, and that no client harms the hub or another client.</summary>
public abstract class BackdoorTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private readonly string _folder = Directory.CreateTempSubdirectory("eventlet-test-").FullName;

    private string Path => _folder + "/door";

    protected override void Dispose(bool disposing)
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }

        base.Dispose(disposing);
    }

    [Fact]
    public async Task Console_AnswersItsCommands_AndNothingElse()
    {
        await using Hub hub = Hub.Start(THub.HubName);
        using (Backdoor door = Backdoor.Listen(Path, hub))
        {
            GreenThread sleeping = hub.Spawn(async () => await GreenThread.SleepAsync(TimeSpan.FromDays(1)));
            using Client client = await Client.ConnectAsync(Path);
            Assert.StartsWith($"hub {hub.Number} {THub.HubName} of process {Environment.ProcessId}", await client.AnswerAsync(null), StringComparison.Ordinal);
            string greenthreads = await client.AnswerAsync("greenthreads\n");

            // Its name has its method only when it has begun.
            Assert.Contains($"{sleeping}\n    sleeps", greenthreads, StringComparison.Ordinal);
            Assert.Contains("READERS: 1\n", await client.AnswerAsync("listeners\r\n"), StringComparison.Ordinal);
            Assert.Contains("TIMERS: ", await client.AnswerAsync("  timers  \n"), StringComparison.Ordinal);
            Assert.Contains($"hub {hub.Number} {THub.HubName}: ", await client.AnswerAsync("statistics\n"), StringComparison.Ordinal);
            Assert.Contains("quit", await client.AnswerAsync("help\n"), StringComparison.Ordinal);
            Assert.StartsWith("unknown command", await client.AnswerAsync("System.Environment.Exit(0)\n"), StringComparison.Ordinal);
            Assert.Equal("", await client.AnswerAsync("\n"));
            Assert.Equal("unknown command; help lists those that there are\n> unknown command; help lists those that there are\n", await client.AnswerAsync("a\nb\n", prompts: 2));
            Assert.Equal("", await client.RestAsync("quit\n"));
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public async Task File_IsItsOwnersAlone_AndIsGoneAtTheEnd()
    {
        await using Hub hub = Hub.Start(THub.HubName);
        Backdoor door = Backdoor.Listen(Path, hub);
        Assert.Equal("600", ModeOf(Path));
        Assert.Contains("in use", Assert.Throws<IOException>(() => Backdoor.Listen(Path, hub)).Message, StringComparison.OrdinalIgnoreCase);
        Assert.True(File.Exists(Path));
        door.Dispose();
        door.Dispose();
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
        Assert.Throws<IOException>(() => Backdoor.Listen(_folder + "/no/such", hub));
        Assert.Throws<IOException>(() => Backdoor.Listen(_folder + "/" + new string('x', 200), hub));
        hub.Dispose();
        Assert.Throws<HubException>(() => Backdoor.Listen(Path, hub));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public async Task HubThatEndsGently_TakesTheConsoleAndItsClientsWithIt()
    {
        Hub hub = Hub.Start(THub.HubName);
        Backdoor.Listen(Path, hub);
        using Client client = await Client.ConnectAsync(Path);
        await client.AnswerAsync(null);
        await hub.DisposeAsync();
        Assert.Equal("", await client.RestAsync(""));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData("return")]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task ProcessThatEnds_LeavesNoFile(string how)
    {
        using ChildProcess child = ChildProcess.StartProject("Eventlet.Scenarios", $"backdoor {Path} {how}", new Dictionary<string, string?> { [Hubs.EnvironmentVariable] = THub.HubName });
        await child.LineAsync("open 600");
        if (how != "return")
        {
            await child.SignalAsync(how);
        }

        (await child.EndAsync()).Expect(how switch { "TERM" => 128 + 15, "INT" => 128 + 2, _ => 0 });
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public async Task HostileClients_HarmNobody()
    {
        await using Hub hub = Hub.Start(THub.HubName);
        using Backdoor door = Backdoor.Listen(Path, hub);
        using Client good = await Client.ConnectAsync(Path);
        await good.AnswerAsync(null);

        // An endless line.
        using (Client endless = await Client.ConnectAsync(Path))
        {
            await endless.AnswerAsync(null);
            Assert.EndsWith("too long\n", await endless.RestAsync(new string('x', 300)), StringComparison.Ordinal);
        }

        // Many who go at once, before or after the greeting, in the midst of a line.
        for (int i = 0; i < 100; i++)
        {
            using Client gone = await Client.ConnectAsync(Path);
            gone.SendBuffered(i % 2 == 0 ? "help\nhe" : "");
        }

        // One who asks and does not read: his answers wait, the others' do not.
        using Client deaf = await Client.ConnectAsync(Path);
        deaf.SendBuffered(string.Concat(Enumerable.Repeat("help\n", 20_000)));
        Assert.Contains("quit", await good.AnswerAsync("help\n"), StringComparison.Ordinal);
        GreenThread other = hub.Spawn(async () => await Turns.PassAsync());
        await other;

        // More than there is room for are told so.
        var many = new List<Client>();
        try
        {
            string refusal = "";
            for (int i = 0; i < 12 && refusal.Length == 0; i++)
            {
                Client client = await Client.ConnectAsync(Path);
                many.Add(client);
                string greeting = await client.FirstLineAsync();
                refusal = greeting.StartsWith("too many", StringComparison.Ordinal) ? greeting : "";
            }

            Assert.Equal("too many consoles are open\n", refusal);
            Assert.Contains("quit", await good.AnswerAsync("help\n"), StringComparison.Ordinal);
        }
        finally
        {
            many.ForEach(client => client.Dispose());
        }
    }

    [Fact]
    public async Task ClientWhoIsTooSlow_IsDropped()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using Hub hub = Hub.Start(THub.HubName, new HubOptions { Clock = clock });
        using Backdoor door = Backdoor.Listen(Path, hub);
        using Client silent = await Client.ConnectAsync(Path);
        await silent.AnswerAsync(null);
        using Client deaf = await Client.ConnectAsync(Path);
        await deaf.FirstLineAsync();
        deaf.SendBuffered(string.Concat(Enumerable.Repeat("help\n", 20_000)));

        // Until it is stuck: where every write is a wait, one that finds room is followed by the next.
        await hub.InvokeAsync(async () =>
        {
            int unread = -1;
            for (int polls = 0; polls < 20;)
            {
                await Turns.PassAsync(1);
                polls = hub.Statistics.Writers == 1 && deaf.Unread == unread ? polls + 1 : 0;
                unread = deaf.Unread;
            }
        });
        clock.Advance(TimeSpan.FromSeconds(10));
        while (hub.Statistics.Writers > 0)
        {
            await Task.Yield();
        }

        Assert.Contains("quit", await silent.AnswerAsync("help\n"), StringComparison.Ordinal);
        while (hub.Statistics.Readers < 2)
        {
            await Task.Yield();
        }

        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("", await silent.RestAsync(""));
    }

    private static string ModeOf(string path) => OperatingSystem.IsWindows() ? "" : Convert.ToString((int)File.GetUnixFileMode(path), 8);

    /// <summary>A client of the system's own kind, outside the library.</summary>
    private sealed class Client : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        internal static async Task<Client> ConnectAsync(string path)
        {
            var client = new Client();
            await client._socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
            return client;
        }

        /// <summary>How much the system holds for it.</summary>
        internal int Unread => _socket.Available;

        public void Dispose() => _socket.Dispose();

        internal async Task SendAsync(string text) => await _socket.SendAsync(Encoding.UTF8.GetBytes(text));

        /// <summary>Sends as much as fits, without waiting.</summary>
        internal void SendBuffered(string text)
        {
            _socket.Blocking = false;
            _ = _socket.Send(Encoding.UTF8.GetBytes(text), SocketFlags.None, out _);
        }

        /// <summary>What comes before so many prompts.</summary>
        internal async Task<string> AnswerAsync(string? command, int prompts = 1)
        {
            if (command is not null)
            {
                await SendAsync(command);
            }

            string answer = await ReadAsync(text => text.Split("> ").Length > prompts);
            Assert.EndsWith("> ", answer, StringComparison.Ordinal);
            return answer[..^2];
        }

        internal Task<string> FirstLineAsync() => ReadAsync(text => text.Contains('\n', StringComparison.Ordinal));

        /// <summary>Everything up to the end.</summary>
        internal async Task<string> RestAsync(string command)
        {
            if (command.Length > 0)
            {
                await SendAsync(command);
            }

            return await ReadAsync(_ => false);
        }

        private async Task<string> ReadAsync(Func<string, bool> isAll)
        {
            byte[] buffer = new byte[4096];
            var text = new StringBuilder();
            try
            {
                while (!isAll(text.ToString()) && await _socket.ReceiveAsync(buffer) is > 0 and var count)
                {
                    text.Append(Encoding.UTF8.GetString(buffer, 0, count));
                }
            }
            catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
            {
                // The end of a connection on which something was left unread.
            }

            return text.ToString();
        }
    }
}

/// <inheritdoc/>
public sealed class BackdoorOnEpoll : BackdoorTests<EpollHub>;

/// <inheritdoc/>
public sealed class BackdoorOnPoll : BackdoorTests<PollHub>;

/// <inheritdoc/>
public sealed class BackdoorOnSelect : BackdoorTests<SelectHub>;
