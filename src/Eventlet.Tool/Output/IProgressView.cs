using Eventlet.Tool.Measuring;

namespace Eventlet.Tool.Output;

/// <summary>Tells how far a run is.</summary>
internal interface IProgressView
{
    /// <summary>Returns when the run has ended, however it did.</summary>
    Task FollowAsync(string hub, Load load, Task run);

    internal static IProgressView For(bool json) => json ? new NoProgress() : Terminal.IsInteractive ? new LiveProgress() : new PlainProgress();
}

/// <summary>Says nothing.</summary>
internal sealed class NoProgress : IProgressView
{
    public Task FollowAsync(string hub, Load load, Task run) => Task.WhenAny(run);
}

/// <summary>A line for each second.</summary>
internal sealed class PlainProgress : IProgressView
{
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(1);

    public async Task FollowAsync(string hub, Load load, Task run)
    {
        Console.WriteLine($"{hub}: connecting");
        while (await Task.WhenAny(run, Task.Delay(s_step)) != run)
        {
            Console.WriteLine(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"{hub}: after {load.Elapsed.TotalSeconds:F1} s {load.RoundTrips:N0} round trips, {load.Errors} errors"));
        }
    }
}
