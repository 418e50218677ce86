using System.Globalization;
using System.Text.Json;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Eventlet.Bench.Micro;

/// <summary>
/// <c>bench/micro</c>. With --quick HUB[,HUB] our own loop instead of BenchmarkDotNet, with --scaling memory or timers the points
/// of that plot; both write JSON to stdout.
/// </summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args is ["--quick", string hubs, .. string[] rest])
        {
            int rounds = rest is ["--rounds", string text] ? int.Parse(text, CultureInfo.InvariantCulture) : 3;
            var loop = new OwnLoop(rounds);
            var figures = new Dictionary<string, SortedDictionary<string, double>>();
            foreach (string hub in hubs.Split(','))
            {
                figures[hub] = hub == "dotnet" ? loop.OnPool() : loop.OnHub(hub);
            }

            Console.WriteLine(JsonSerializer.Serialize(figures));
            return 0;
        }

        if (args is ["--scaling", string plot])
        {
            Console.WriteLine(JsonSerializer.Serialize(plot == "timers" ? Growth.Timers() : Growth.Memory(), JsonSerializerOptions.Web));
            return 0;
        }

        IConfig config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
        return 0;
    }
}
