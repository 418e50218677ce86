namespace Eventlet.Scenarios;

/// <summary>
/// Programs for tests that need a process of their own: its entry thread, its exit code, its signals, its threads.
/// The first argument names the scenario, the rest is the scenario's.
/// </summary>
internal static class Program
{
    // A scenario runs on the entry thread until its first suspension, in the very shape that the compiler gives to
    // `static async Task<int> Main`; one that blocks throughout is what `static int Main` would be.
    private static readonly Dictionary<string, Func<string[], Task<int>>> Scenarios = new(StringComparer.Ordinal)
    {
        ["arguments"] = Arguments.RunAsync,
        ["async-main"] = AsyncMain.RunAsync,
        ["backdoor"] = BackdoorLeftOpen.RunAsync,
        ["choose"] = Choose.RunAsync,
        ["crowd-client"] = CrowdClient.RunAsync,
        ["crowd-server"] = CrowdServer.RunAsync,
        ["idle"] = Idle.RunAsync,
        ["green-signals"] = GreenSignalling.RunAsync,
        ["hang"] = Hang.RunAsync,
        ["no-threads"] = NoThreads.RunAsync,
        ["lowered-limit"] = LoweredLimit.RunAsync,
        ["libevent-memory"] = LibeventMemory.RunAsync,
        ["libevent-warning"] = LibeventWarning.RunAsync,
        ["no-hops"] = NoHops.RunAsync,
        ["descriptor-shortage"] = DescriptorShortage.RunAsync,
        ["broken-pipe"] = BrokenPipe.RunAsync,
        ["async-main-io"] = AsyncMainIo.RunAsync,
        ["plain-main"] = PlainMain.RunAsync,
        ["pool-size"] = PoolSize.RunAsync,
        ["signals"] = Signals.RunAsync,
        ["standard-streams"] = StandardStreams.RunAsync,
        ["without-io-uring"] = WithoutIoUring.RunAsync,
    };

    private static int Main(string[] args)
    {
        if (args.Length == 0 || !Scenarios.TryGetValue(args[0], out Func<string[], Task<int>>? scenario))
        {
            Console.Error.WriteLine($"usage: Eventlet.Scenarios {string.Join('|', Scenarios.Keys)} [ARGUMENTS]");
            return 2;
        }

        return scenario(args[1..]).GetAwaiter().GetResult();
    }
}
