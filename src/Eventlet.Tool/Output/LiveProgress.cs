using System.Globalization;
using System.Runtime.InteropServices;
using Eventlet.Tool.Measuring;
using Spectre.Console;

namespace Eventlet.Tool.Output;

/// <summary>A bar that moves, on a terminal.</summary>
internal sealed class LiveProgress : IProgressView
{
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(0.1);

    public async Task FollowAsync(string hub, Load load, Task run)
    {
        // The bar hides the cursor: who interrupts it gets it back.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, static _ => AnsiConsole.Cursor.Show());
        await AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(async context =>
            {
                ProgressTask bar = context.AddTask(Describe(hub, load), maxValue: load.Window.TotalSeconds);
                do
                {
                    bar.Description = Describe(hub, load);
                    bar.Value = load.Elapsed.TotalSeconds;
                }
                while (await Task.WhenAny(run, Task.Delay(s_step)) != run);
                bar.Description = Describe(hub, load);
                bar.Value = bar.MaxValue;
            });
    }

    private static string Describe(string hub, Load load) =>
        string.Create(CultureInfo.InvariantCulture, $"{Markup.Escape(hub),-9}{load.RoundTrips,12:N0} round trips");
}
