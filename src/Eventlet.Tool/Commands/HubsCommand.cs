using System.CommandLine;
using System.Runtime.InteropServices;
using Eventlet.Tool.Measuring;
using Eventlet.Tool.Output;
using Spectre.Console;

namespace Eventlet.Tool.Commands;

/// <summary><c>eventlet hubs</c>: which hubs there are, why one cannot be had, and which one is chosen by what rule.</summary>
internal static class HubsCommand
{
    internal static Command Create()
    {
        Option<string?> hub = Options.Hub();
        Option<bool> json = Options.Json();
        var command = new Command("hubs", "Lists the hubs in order of preference, also those that this system lacks, and says which one is chosen and why.") { hub, json };
        command.SetAction(call => Run(call.GetValue(hub), call.GetValue(json)));
        return command;
    }

    private static void Run(string? name, bool json)
    {
        HubEntry[] hubs = [.. Hubs.Builtin.Select(Probe)];
        var report = new HubsReport(DefaultName(), Choose(name), RuntimeInformation.OSDescription, Limits.Read(), hubs);
        if (json)
        {
            Json.Write(report, JsonShapes.Default.HubsReport);
            return;
        }

        var table = new Table().AddColumns("hub", "also", "available", "remarks");
        foreach (HubEntry hub in hubs)
        {
            string remarks = string.Join("; ", ((string?[])[hub.Name == report.Default ? "the default" : null, hub.WhyNot, hub.Details]).OfType<string>());
            table.AddRow(new Text(hub.Name), new Text(string.Join(", ", hub.Aliases)), new Text(hub.Available ? "yes" : "no"), new Text(remarks));
        }

        Terminal.Write(table);
        Console.WriteLine($"chosen: {report.Chosen.Hub ?? "none"}, by {report.Chosen.Rule}");
        if (report.Chosen.Error is { } error)
        {
            Console.WriteLine($"error: {error}");
        }

        Console.WriteLine($"system: {report.System}");
        Console.WriteLine($"limits: {Limits.Show(report.Limits)}");
    }

    private static HubEntry Probe(HubFactory factory)
    {
        bool available = factory.IsAvailable(out string? whyNot);
        return new HubEntry(factory.Name, factory.Aliases, available, available ? null : whyNot, available ? factory.Describe() : null);
    }

    /// <summary>What a thread would get. On a thread of its own: this one may be a pool thread, which owns no hub.</summary>
    private static HubChoice Choose(string? name)
    {
        string? variable = Environment.GetEnvironmentVariable(Hubs.EnvironmentVariable);
        string rule = name is not null ? $"the call: --hub {name}"
            : variable is not null ? $"the environment: {Hubs.EnvironmentVariable}={variable}"
            : "the default order: the first that is available";
        string? hub = null;
        string? error = null;
        var thread = new Thread(() =>
        {
            try
            {
                Hubs.UseHub(name);
                hub = Hubs.GetHub().Name;
            }
            catch (HubException refused)
            {
                error = refused.Message;
            }
        });
        thread.Start();
        thread.Join();
        return new HubChoice(hub, rule, error);
    }

    private static string? DefaultName()
    {
        try
        {
            return Hubs.GetDefaultHub().Name;
        }
        catch (HubException)
        {
            // What there is, is taken only when named.
            return null;
        }
    }
}
