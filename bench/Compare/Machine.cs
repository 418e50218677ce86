namespace Eventlet.Bench;

/// <summary>The machine that the figures are of; without its name.</summary>
public sealed record Machine(string Cpu, int Cores, string Kernel, string Runtime, long DescriptorLimit)
{
    internal static Machine Here()
    {
        string cpu = File.ReadLines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown";
        string limit = File.ReadLines("/proc/self/limits").First(static line => line.StartsWith("Max open files", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[4];
        return new Machine(
            cpu,
            Environment.ProcessorCount,
            File.ReadAllText("/proc/sys/kernel/osrelease").Split('-')[0].Trim(),
            $".NET {Environment.Version}",
            long.TryParse(limit, out long descriptors) ? descriptors : long.MaxValue);
    }

    public override string ToString() => $"{Cpu}, {Cores} cores, Linux {Kernel}, {Runtime}, at most {DescriptorLimit} descriptors per process";
}
