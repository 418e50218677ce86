using System.Net;
using System.Net.Sockets;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Samples;

[Trait("Category", "Hub")]
public class SampleTests
{
    [Theory]
    [InlineData("blocking")]
    [InlineData("async")]
    public async Task Echo_InEitherStyle_ServesSeveralAtOnce(string style)
    {
        using ChildProcess server = ChildProcess.StartProject("Samples.Echo", style);
        using TestClient first = await TestClient.ConnectAsync(server);
        using TestClient second = await TestClient.ConnectAsync(server);
        await second.CheckEchoAsync();
        await first.CheckEchoAsync();
        await ExpectCleanEndAsync(server);
    }

    [Fact]
    public async Task TenLines_OfTheReadme_TalkToEachOther()
    {
        // An address of this process's own, so that nobody else has its port.
        int process = Environment.ProcessId;
        var at = new IPEndPoint(new IPAddress([127, (byte)(100 + (process >> 16)), (byte)(process >> 8), (byte)process]), 7777);
        using ChildProcess server = ChildProcess.StartProject("Samples.TenLines.Blocking", $"{at}");
        await server.LineAsync("still here");
        using TestClient own = await TestClient.ConnectAsync(at);
        await own.CheckEchoAsync();
        using ChildProcess client = ChildProcess.StartProject("Samples.TenLines.Async", $"{at}");
        client.WriteLine("");
        ChildResult result = (await client.EndAsync()).Expect();
        Assert.Empty(result.Error);
        Assert.Equal("5\n", result.Output);
    }

    [Fact]
    public async Task Deadlines_CutShortWhatTakesTooLong_AndGoOn()
    {
        using ChildProcess program = ChildProcess.StartProject("Samples.Deadlines", "");
        ChildResult result = (await program.EndAsync()).Expect();
        Assert.Empty(result.Error);
        Assert.Equal("saved the page, fetched in 0 s\nin time: True\nsaved the page, fetched in 0 s\nin time: False\n", result.Output);
    }

    [Fact]
    public async Task Chat_TellsEveryLineToAll()
    {
        using ChildProcess server = ChildProcess.StartProject("Samples.Chat", "");
        using TestClient ada = await TestClient.ConnectAsync(server);
        Assert.Equal("Who are you?", await ada.ReadLineAsync());
        await ada.WriteLineAsync("Ada");
        Assert.Equal("* Ada is here, with 0 others", await ada.ReadLineAsync());
        using (TestClient bob = await TestClient.ConnectAsync(server))
        {
            Assert.Equal("Who are you?", await bob.ReadLineAsync());
            await bob.WriteLineAsync("Bob");
            Assert.Equal("* Bob is here, with 1 others", await bob.ReadLineAsync());
            Assert.Equal("* Bob is here, with 1 others", await ada.ReadLineAsync());
            await ada.WriteLineAsync("hello");
            Assert.Equal("Ada: hello", await ada.ReadLineAsync());
            Assert.Equal("Ada: hello", await bob.ReadLineAsync());
        }

        Assert.Equal("* Bob has left", await ada.ReadLineAsync());
        using TestClient other = await TestClient.ConnectAsync(server);
        await other.ReadLineAsync();
        await other.WriteLineAsync("Ada");
        Assert.Equal("This name is taken, or none.", await other.ReadLineAsync());
        Assert.Null(await other.ReadLineAsync());
        await ExpectCleanEndAsync(server);
    }

    [Fact]
    public async Task PortForwarder_PassesBothDirections_AndEachEndByItself()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using ChildProcess forwarder = ChildProcess.StartProject("Samples.PortForwarder", $"{listener.LocalEndpoint}");
        using TestClient near = await TestClient.ConnectAsync(forwarder);
        using TcpClient far = await listener.AcceptTcpClientAsync();
        byte[] request = TestClient.SomeBytes(1_000_000, seed: 1);
        Task sending = near.SendAndEndAsync(request);
        var received = new MemoryStream();
        await far.GetStream().CopyToAsync(received);
        await sending;
        Assert.Equal(request, received.ToArray());
        await far.GetStream().WriteAsync("bye"u8.ToArray());
        far.Close();
        Assert.Equal("bye"u8.ToArray(), await near.ReceiveAllAsync());
        await ExpectCleanEndAsync(forwarder);
    }

    [Fact]
    public async Task Crawler_OfItsOwnSite_FetchesEachPageOnce()
    {
        using ChildProcess crawler = ChildProcess.StartProject("Samples.Crawler", "");
        ChildResult result = (await crawler.EndAsync()).Expect();
        Assert.Empty(result.Error);
        string[] lines = result.Output.TrimEnd().Split('\n');
        Assert.Equal("20 pages, 0 failed", lines[^1]);
        Assert.Equal(Enumerable.Range(0, 20).Select(page => $"/{page}").Order(StringComparer.Ordinal), lines[..^1].Select(line => line.Split(':')[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Datagrams_AreAskedForAgain_AndSeveralBuffersAreOneMessage()
    {
        using ChildProcess program = ChildProcess.StartProject("Samples.Datagrams", "");
        ChildResult result = (await program.EndAsync()).Expect();
        Assert.Empty(result.Error);

        // A busy machine may ask more often.
        string[] lines = result.Output.TrimEnd('\n').Split('\n');
        Assert.Equal("asking again", lines[0]);
        Assert.Equal(["1000000", "9 bytes, 5 of text: hello"], lines[^2..]);
    }

    [Fact]
    public async Task ProducerConsumer_CountsEachItemOnce()
    {
        using ChildProcess program = ChildProcess.StartProject("Samples.ProducerConsumer", "");
        ChildResult result = (await program.EndAsync()).Expect();
        Assert.Empty(result.Error);
        Assert.Equal("the sum of 0 to 29 is 435\n", result.Output);
    }

    [Fact]
    public async Task FeedScraper_OfItsOwnFeeds_KeepsTheOrder_AndMovesOnFromTheSlowOne()
    {
        using ChildProcess program = ChildProcess.StartProject("Samples.FeedScraper", "");
        ChildResult result = (await program.EndAsync()).Expect();
        Assert.Empty(result.Error);
        Assert.Equal("Feed 1\nFeed 2\nFeed 3\ntoo slow\nFeed 5\n", result.Output);
    }

    [Fact]
    public async Task LazyMain_Blocking_RunsGreenthreadsOnlyUnderItsBlockingCalls()
    {
        using ChildProcess program = ChildProcess.StartProject("Samples.LazyMain.Blocking", "");
        ChildResult result = (await program.EndAsync()).Expect();
        Assert.Empty(result.Error);
        Assert.Equal(
            """
            nothing is running yet
            spawned, and still nothing has run
            greenthread: 0, on the thread of Main: True
            greenthread: 1, on the thread of Main: True
            greenthread: 2, on the thread of Main: True
            the pipe has 42
            slept: True
            counted to 3

            """, result.Output);
    }

    [Fact]
    public async Task LazyMain_Async_LaunchesTheLoopWithItsFirstAwait()
    {
        using ChildProcess program = ChildProcess.StartProject("Samples.LazyMain.Async", "");
        ChildResult result = (await program.EndAsync()).Expect();
        Assert.Empty(result.Error);
        Assert.Equal(
            """
            a loop is running: False
            greenthread: 0, on the hub's thread: True
            greenthread: 1, on the hub's thread: True
            greenthread: 2, on the hub's thread: True
            the pipe has 42
            slept, and Main is in a greenthread: False
            counted to 3
            a loop is running: True

            """, result.Output);
    }

    [Fact]
    public async Task FileWatcher_TellsWhatHappensInItsFolder()
    {
        string folder = Directory.CreateTempSubdirectory("eventlet-test-").FullName;
        try
        {
            using ChildProcess watcher = ChildProcess.StartProject("Samples.FileWatcher", folder);
            await watcher.LineAsync("watching");
            string path = Path.Combine(folder, "a name");
            await File.WriteAllTextAsync(path, "text");
            await watcher.LineAsync("created a name");
            await watcher.LineAsync("written a name");
            File.Delete(path);
            await watcher.LineAsync("deleted a name");
            await ExpectCleanEndAsync(watcher);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task TlsEcho_AnswersAllItsClients()
    {
        using ChildProcess program = ChildProcess.StartProject("Samples.TlsEcho", "");
        ChildResult result = (await program.EndAsync()).Expect();
        Assert.Empty(result.Error);
        Assert.Equal("10 clients had their answers\n", result.Output);
    }

    [Fact]
    public async Task PortScanner_FindsThePortThatIsOpen_WithinItsLimit()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using ChildProcess program = ChildProcess.StartProject("Samples.PortScanner", $"127.0.0.1 {port - 20} {port} 7");
        ChildResult result = (await program.EndAsync()).Expect();
        Assert.Empty(result.Error);
        Assert.Contains($"{port} is open\n", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("open, never more than 7 at a time\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("21 ports, ", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SubprocessPipeline_PassesEverythingOn_AndAllEnd()
    {
        using ChildProcess program = ChildProcess.StartProject("Samples.SubprocessPipeline", "");
        ChildResult result = (await program.EndAsync()).Expect();
        Assert.Empty(result.Error);
        Assert.Equal("199998\n199999\n200000\n1288895 bytes into sort, 1288895 out of it\nexit code 0\nexit code 0\nexit code 0\n", result.Output);
    }

    private static async Task ExpectCleanEndAsync(ChildProcess program)
    {
        await program.SignalAsync("INT");
        ChildResult result = (await program.EndAsync()).Expect();
        Assert.Empty(result.Error);
        Assert.EndsWith("\nclosed\n", result.Output, StringComparison.Ordinal);
    }
}
