using Eventlet.Bench;

namespace Eventlet.Tests.Bench;

/// <summary>The arithmetic of bench/compare, on windows as the load generator reports them.</summary>
public sealed class ReportTests
{
    private static readonly Disturbance Limits = new(ForeignPercent: 5, SlowPercent: 50);

    [Fact]
    public void Spread_OfOddAndEvenNumbers_HasTheMedian()
    {
        Assert.Equal(new Spread(2, 1, 9, 3), Spread.Of([9, 1, 2]));
        Assert.Equal(new Spread(2.5, 1, 9, 4), Spread.Of([9, 1, 2, 3]));
        Assert.Null(Spread.Of([]));
        Assert.Equal("2.50 (1.00..9.00)", Spread.Of([9, 1, 2, 3])!.Value.Text("F2"));
    }

    [Fact]
    public void Window_OfFigures_IsDividedByRoundTrips()
    {
        Window window = Quiet(round: 1, cpuUs: 8);
        Assert.Equal(8, window.CpuUs, 6);
        Assert.Equal(100_000, window.PerSecond, 6);
        Assert.Equal(80, window.ServerPercent, 6);
        Assert.Equal(60, window.ClientPercent, 6);
        Assert.Equal(0.5, window.Switches, 6);
    }

    [Theory]
    [InlineData(0, 0, 6, null)]
    [InlineData(0.08, 0, 6, "others used 8 % of a core")]
    [InlineData(0, 0.06, 6, "the client waited 6 % of the time for its core")]
    [InlineData(0, 0, 3.9, "a slow spell: the client needed 6.0 us per round trip, 3.9 at best")]
    public void Disturbance_OfEachKind_IsNamed(double others, double waited, double bestClientUs, string? reason)
    {
        Window window = Quiet(round: 1, cpuUs: 8);
        window = window with { BusySeconds = window.BusySeconds + others, ClientDelaySeconds = waited };
        Assert.Equal(reason, Limits.Of(window, bestClientUs));
    }

    [Fact]
    public void Ratio_OfRounds_IsTakenWithinEach_AndLeavesOutWhatWasDiscarded()
    {
        // The machine is twice as slow in the second round, for both.
        Measurement reference = Of("c-epoll", Quiet(1, 8), Quiet(2, 16), Quiet(3, 8));
        Measurement ours = Of("epoll", Quiet(1, 8.8), Quiet(2, 17.6), Quiet(3, 80) with { Discarded = "others used 90 % of a core" });
        Spread ratio = ours.Ratio(reference, static w => w.CpuUs)!.Value;
        Assert.Equal(1.1, ratio.Median, 6);
        Assert.Equal(1.1, ratio.Least, 6);
        Assert.Equal(1.1, ratio.Most, 6);
        Assert.Null(ours.Ratio(null, static w => w.CpuUs));
        Assert.Null(Of("poll").Ratio(reference, static w => w.CpuUs));
    }

    [Fact]
    public void Client_AtItsLimit_IsSaid_AndARatioOfThroughputIsThenABound()
    {
        Window limited = Quiet(1, 4) with { ClientCpuSeconds = 0.95 };
        Window slow = Quiet(1, 40) with { RoundTrips = 20_000 };
        Results results = new Results().With([Of("c-epoll", limited), Of("epoll", limited), Of("eventlet", slow)]);
        var text = new StringWriter();
        TextReport.Write(text, results, WorkLoad.All.Single(static w => w.Name == "echo-50"));
        Assert.Contains("the client is the limit (over 90 % of its core) with c-epoll, epoll: their throughput is not compared", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("> 100000", text.ToString(), StringComparison.Ordinal);
        Target row = Row(results, "round trips/s vs eventlet, n = 50: epoll");
        Assert.Equal((">= 5.00 x", "yes", "not shown", true), (row.ValueText, row.MustHeld, row.AimHeld, row.IsOwed));
        Results other = new Results().With([Of("epoll", slow), Of("eventlet", limited)]);
        Target most = Row(other, "round trips/s vs eventlet, n = 50: epoll");
        Assert.Equal(("<= 0.20 x", "no"), (most.ValueText, most.MustHeld));
    }

    [Fact]
    public void Throughput_WithTheClientAtItsLimitWithBoth_IsComparedPerCpuSecond()
    {
        Window Limited(double cpuUs) => Quiet(1, cpuUs) with { ClientCpuSeconds = 0.95 };
        Results results = new Results().With(
        [
            Of("c-epoll", Limited(8)) with { WorkLoad = "echo-16k" },
            Of("epoll", Limited(10)) with { WorkLoad = "echo-16k" },
            Of("io_uring", Limited(5)) with { WorkLoad = "echo-16k" },
        ]);
        Target epoll = Row(results, "16 KiB x 50: bytes/s vs C epoll: epoll"), ioUring = Row(results, "16 KiB x 50: bytes/s vs C epoll: io_uring");
        Assert.Equal(("0.80 x", false, true), (epoll.ValueText, epoll.IsOwed, epoll.Holds));
        Assert.Equal(("1.60 x", true, true), (ioUring.ValueText, ioUring.IsOwed, ioUring.Holds));
        Assert.Contains("round trips per second of CPU time", ioUring.Note, StringComparison.Ordinal);
        Assert.Equal(("(no)", "the client is the limit with both: round trips per second of CPU time; the better hub counts, this is the other"), (Targets.Cells(epoll)[5], Targets.Cells(epoll)[7]));
    }

    [Fact]
    public void Targets_OfSeveralRuns_AreMediansOfTheRuns()
    {
        static Results Run(double cpuUs, double ioUringUs) => new Results().With([Of("c-epoll", Quiet(1, 8)), Of("dotnet", Quiet(1, 16)), Of("epoll", Quiet(1, cpuUs)), Of("io_uring", Quiet(1, ioUringUs))]);
        IReadOnlyList<Target> rows = Targets.Of([Run(8, 4), Run(8.8, 7.2), Run(12, 7.2)]);
        Target epoll = rows.Single(static row => row.What == "epoll hub, echo n = 50: CPU vs C epoll");
        Assert.Equal(("1.10 (1.00..1.50)", "3", "yes"), (epoll.ValueText, epoll.CountText, epoll.MustHeld));
        Assert.False(rows.Single(static row => row.What == "CPU vs default .NET sockets, n = 50: epoll").IsOwed);
        Assert.Equal("0.45 (0.25..0.45)", rows.Single(static row => row.What == "CPU vs default .NET sockets, n = 50: io_uring").ValueText);
    }

    [Fact]
    public void Targets_OfMeasuredFigures_SayYesAndNo()
    {
        Results results = new Results().With(
        [
            Of("c-epoll", Quiet(1, 8), Quiet(2, 8)),
            Of("epoll", Quiet(1, 9.0), Quiet(2, 9.2)) with
            {
                SystemCalls = new Dictionary<string, double> { ["recvfrom"] = 1, ["sendto"] = 1, ["epoll_wait"] = 0.03 },
                AllocatedBytes = 0.04,
                PoolItems = 1,
                IdleRuns = 0,
            },
            Of("io_uring", Quiet(1, 7), Quiet(2, 9.2)),
            Of("dotnet", Quiet(1, 17), Quiet(2, 17)),
        ]).WithMicro(new Dictionary<string, IReadOnlyDictionary<string, double>> { ["epoll"] = new Dictionary<string, double> { ["switch"] = 120 } });

        Target epoll = Row(results, "epoll hub, echo n = 50: CPU vs C epoll");
        Assert.Equal(("yes", "no"), (epoll.MustHeld, epoll.AimHeld));
        Assert.Equal("yes (within the spread)", Row(results, "io_uring hub, echo n = 50: CPU vs C epoll").MustHeld);
        Assert.Equal("not measured", Row(results, "io_uring hub, echo n = 50: CPU vs C io_uring").ValueText);
        Assert.Equal("no", Row(results, "CPU vs default .NET sockets, n = 50: epoll").MustHeld);
        Assert.Equal("yes", Row(results, "system calls per round trip, n = 50: epoll").AimHeld);
        Assert.Equal("yes", Row(results, "epoll_ctl per round trip in steady state: epoll").MustHeld);
        Assert.Equal("yes", Row(results, "bytes allocated per round trip: epoll").MustHeld);
        Assert.Equal("no", Row(results, "thread-pool hops per round trip: epoll").MustHeld);
        Assert.Equal(("no", "120 ns"), (Row(results, "SleepAsync(0), among 100 greenthreads").MustHeld, Row(results, "SleepAsync(0), among 100 greenthreads").ValueText));
        Assert.False(Targets.Write(TextWriter.Null, results));
    }

    [Fact]
    public void Results_InAFile_AreReadBack_AndALaterRunReplacesItsOwn()
    {
        string file = Path.Combine(Path.GetTempPath(), $"results-{Guid.NewGuid():N}.json");
        try
        {
            new Results { Versions = new Dictionary<string, string> { ["go"] = "go1.19" } }.With([Of("c-epoll", Quiet(1, 8)), Of("epoll", Quiet(1, 9))]).Write(file);
            Results later = Results.Read(file).With([Of("epoll", Quiet(1, 10))]);
            Assert.Equal("go1.19", later.Versions["go"]);
            Assert.Equal(8, later.Find("echo-50", "c-epoll")!.Of(static w => w.CpuUs)!.Value.Median, 6);
            Assert.Equal(10, later.Find("echo-50", "epoll")!.Of(static w => w.CpuUs)!.Value.Median, 6);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void SystemCalls_InATableOfStrace_AreRead()
    {
        const string table = """
            % time     seconds  usecs/call     calls    errors syscall
            ------ ----------- ----------- --------- --------- ----------------
             51.83    0.034567           3     11000           sendto
             41.00    0.027345           2     11003         3 recvfrom
            ------ ----------- ----------- --------- --------- ----------------
            100.00    0.061912           2     22003         3 total
            """;
        Assert.Equal(new Dictionary<string, long> { ["sendto"] = 11000, ["recvfrom"] = 11003 }, CountedRuns.Calls(table));
    }

    private static Target Row(Results results, string what) => Targets.Of(results).Single(t => t.What == what);

    private static Measurement Of(string server, params Window[] windows) => new() { WorkLoad = "echo-50", Server = server, Windows = windows };

    /// <summary>A second with 100,000 round trips in which nothing else ran.</summary>
    private static Window Quiet(int round, double cpuUs) => new()
    {
        Round = round,
        RoundTrips = 100_000,
        Seconds = 1,
        ServerCpuSeconds = cpuUs * 0.1,
        ClientCpuSeconds = 0.6,
        ServerSwitches = 50_000,
        BusySeconds = (cpuUs * 0.1) + 0.6,
    };
}
