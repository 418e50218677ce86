using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Eventlet.Bench;

/// <summary>Runs of the load generator, pinned to its core.</summary>
internal static class LoadGenerator
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    /// <summary>One run; throws when a reply was wrong or the server failed.</summary>
    internal static Window Run(ServerProcess server, WorkLoad work, double seconds, double warmup, long roundTrips = 0, bool pinned = true)
    {
        List<string> arguments =
        [
            .. pinned ? ["taskset", "-c", $"{Place.ClientCore}"] : Array.Empty<string>(),
            Place.Load, .. work.Load,
            "--seconds", Text(seconds), "--warmup", Text(warmup),
            "--server-pid", $"{server.Id}", "--cpus", $"{Place.ServerCore},{Place.ClientCore}",
        ];
        if (roundTrips > 0)
        {
            arguments.AddRange(["--round-trips", $"{roundTrips}"]);
        }

        arguments.Add(server.Endpoint);
        var start = new ProcessStartInfo("setpriv", ["--pdeathsig", "TERM", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start) ?? throw new BenchException("setpriv (util-linux) does not start");
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<Window>(output, s_json)!
            : throw new BenchException(error.GetAwaiter().GetResult().Trim());
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
