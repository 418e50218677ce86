using BenchmarkDotNet.Attributes;

namespace Eventlet.Bench.Micro;

/// <summary>The operations under BenchmarkDotNet; the baseline is the same with what .NET comes with.</summary>
[MemoryDiagnoser]
public class MicroBenchmarks
{
    private const int Count = 10_000;
    private Hub? _hub;

    [ParamsSource(nameof(Operations))]
    public Operation Operation { get; set; } = null!;

    [ParamsSource(nameof(HubNames))]
    public string HubName { get; set; } = null!;

    public static IEnumerable<Operation> Operations => Operation.All;

    /// <summary>EVENTLET_BENCH_HUBS, a list; without it epoll alone, since none of these operations waits in the kernel.</summary>
    public static IEnumerable<string> HubNames => (Environment.GetEnvironmentVariable("EVENTLET_BENCH_HUBS") ?? "epoll").Split(',');

    [GlobalSetup]
    public void Start() => _hub = Hub.Start(HubName);

    [GlobalCleanup]
    public void End() => _hub!.Dispose();

    [Benchmark(Baseline = true, OperationsPerInvoke = Count)]
    public Task OnPool() => Task.Run(() => Operation.OnPool(Count));

    [Benchmark(OperationsPerInvoke = Count)]
    public Task OnHub() => _hub!.InvokeAsync(() => Operation.OnHub(Count));
}
