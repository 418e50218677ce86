using System.Globalization;
using System.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Web.Samples;

public class OrleansClusterTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(55);

    // Every process has an address of its own, so that the ports need not be looked for.
    private static string Address => new IPAddress([127, (byte)(100 + (Environment.ProcessId >> 16)), (byte)(Environment.ProcessId >> 8), (byte)Environment.ProcessId]).ToString();

    [Fact]
    public async Task Cluster_InOneProcess_CallsAcrossItsSilos_AndGoesOnWithoutTheOneThatLeaves()
    {
        using ChildProcess program = Start("");
        ChildResult result = (await program.EndAsync()).Expect();
        Assert.Equal("", result.Error);
        string[] lines = result.Output.TrimEnd().Split('\n');
        Assert.True(lines.Length == 7, result.Output);
        ExpectBoth(lines[..3]);
        Assert.Equal(["silo 2 has left", "64 grains are on silo 1", "a call through 64 grains went from silo to silo 0 times", "closed"], lines[3..]);
    }

    [Fact]
    public async Task Cluster_OfProcesses_TakesASiloIn_AndLetsItGo()
    {
        using ChildProcess first = Start("silo 1");
        await first.LineAsync("silo 1 is a member");
        using ChildProcess second = Start("silo 2");
        await second.LineAsync("silo 2 is a member");
        using ChildProcess client = Start("client");
        await client.LineAsync("connected");
        client.WriteLine("");
        await client.LineAsync("a call through");
        ExpectBoth(client.Output.Split('\n')[1..4]);

        await second.SignalAsync("TERM");
        Assert.EndsWith("\nclosed\n", (await second.EndAsync()).Expect().Output, StringComparison.Ordinal);
        client.WriteLine("");
        await client.LineAsync("64 grains are on silo 1");
        await client.LineAsync("a call through 64 grains went from silo to silo 0 times");
    }

    private static void ExpectBoth(string[] lines)
    {
        int[] counts = [.. lines[..2].Select(static line => int.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture))];
        Assert.Equal($"{counts[0]} grains are on silo 1", lines[0]);
        Assert.Equal($"{counts[1]} grains are on silo 2", lines[1]);
        Assert.Equal(64, counts.Sum());
        Assert.StartsWith("a call through 64 grains went from silo to silo ", lines[2], StringComparison.Ordinal);
        Assert.NotEqual("0", lines[2].Split(' ')[^2]);
    }

    private static ChildProcess Start(string args) => ChildProcess.StartProgram("env", ChildProcess.CommandLine("Samples.OrleansCluster", $"{args} --address {Address}"), limit: Limit);
}
