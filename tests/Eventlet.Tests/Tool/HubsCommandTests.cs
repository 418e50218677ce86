using System.Text.Json;

namespace Eventlet.Tests.Tool;

public class HubsCommandTests
{
    [Fact]
    public async Task HubsJson_ListsEveryHub_AlsoThoseThatCannotBeHad()
    {
        JsonElement root = await JsonAsync("hubs --json");
        Assert.Equal(["default", "chosen", "system", "limits", "hubs"], root.EnumerateObject().Select(property => property.Name));
        Assert.Equal(Hubs.GetDefaultHub().Name, root.GetProperty("default").GetString());
        JsonElement[] hubs = [.. root.GetProperty("hubs").EnumerateArray()];
        Assert.Equal(Hubs.Builtin.Select(hub => hub.Name), hubs.Select(hub => hub.GetProperty("name").GetString()));
        Assert.Superset(new HashSet<string?> { "epoll", "poll", "select", "kqueue", "io_uring", "libevent" }, hubs.Select(hub => hub.GetProperty("name").GetString()).ToHashSet());
        foreach ((JsonElement entry, HubFactory factory) in hubs.Zip(Hubs.Builtin))
        {
            bool available = factory.IsAvailable(out string? whyNot);
            Assert.Equal(factory.Aliases, entry.GetProperty("aliases").EnumerateArray().Select(alias => alias.GetString()));
            Assert.Equal(available, entry.GetProperty("available").GetBoolean());
            Assert.Equal(available ? null : whyNot, entry.GetProperty("whyNot").GetString());
            Assert.Equal(available ? factory.Describe() : null, entry.GetProperty("details").GetString());
            Assert.Equal(["name", "aliases", "available", "whyNot", "details"], entry.EnumerateObject().Select(property => property.Name));
        }
    }

    [Theory]
    [InlineData("hubs --json", null, "the default order", null, null)]
    [InlineData("hubs --json", "poll", "the environment: EVENTLET_HUB=poll", "poll", null)]
    [InlineData("hubs --json", "kqueue,SELECTS", "the environment: EVENTLET_HUB=kqueue,SELECTS", "select", null)]
    [InlineData("hubs --json --hub select", "poll", "the call: --hub select", "select", null)]
    [InlineData("hubs --json", "nonesuch", "the environment", null, "there is no hub named 'nonesuch' (EVENTLET_HUB)")]
    [InlineData("hubs --json", "", "the environment", null, "EVENTLET_HUB is blank")]
    [InlineData("hubs --json --hub kqueue", null, "the call", null, "the kqueue hub is not available: ")]
    public async Task HubsJson_SaysWhichIsChosen_ByWhatRule(string args, string? variable, string rule, string? hub, string? error)
    {
        JsonElement chosen = (await JsonAsync(args, variable)).GetProperty("chosen");
        Assert.StartsWith(rule, chosen.GetProperty("rule").GetString(), StringComparison.Ordinal);
        Assert.Equal(error is null ? hub ?? Hubs.GetDefaultHub().Name : null, chosen.GetProperty("hub").GetString());
        Assert.StartsWith(error ?? "", chosen.GetProperty("error").GetString() ?? "", StringComparison.Ordinal);
        Assert.Equal(error is null, chosen.GetProperty("error").ValueKind == JsonValueKind.Null);
    }

    [Fact]
    public async Task HubsJson_SaysTheLimitsInForce()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "limits are read where Linux shows them");
        using Support.ChildProcess limited = Support.ChildProcess.StartProgram(
            "/bin/sh", ["-c", "ulimit -n 700 && ulimit -l 64 && ulimit -Sl 32 && exec \"$@\"", "sh", .. ToolProcess.CommandLine("hubs --json")], ToolProcess.NoChoice);
        using JsonDocument document = JsonDocument.Parse((await limited.EndAsync()).Expect().Output);
        JsonElement limits = document.RootElement.GetProperty("limits");
        Assert.Equal(700, limits.GetProperty("descriptors").GetProperty("hard").GetInt64());
        Assert.Equal(32 * 1024, limits.GetProperty("lockedMemory").GetProperty("soft").GetInt64());
        Assert.Equal(64 * 1024, limits.GetProperty("lockedMemory").GetProperty("hard").GetInt64());
    }

    [Fact]
    public async Task Hubs_ForPeople_NamesTheDefaultTheChosenAndTheReasons()
    {
        string output = (await ToolProcess.RunAsync("hubs", ToolProcess.Environment("kqueue,poll"))).Expect().Output;
        Assert.Matches($@"{Hubs.GetDefaultHub().Name} .*yes +the default", output);
        Assert.Contains("\nchosen: poll, by the environment: EVENTLET_HUB=kqueue,poll\n", output, StringComparison.Ordinal);
        Assert.Matches(@"\nlimits: descriptors \d+( of \d+)?, locked memory ", output);
        foreach (HubFactory factory in Hubs.Builtin)
        {
            if (!factory.IsAvailable(out string? whyNot))
            {
                Assert.Contains(output.Split('\n'), line => line.Contains(factory.Name, StringComparison.Ordinal) && line.Contains(whyNot![..Math.Min(whyNot!.Length, 30)], StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public async Task Hubs_WhereNoneCanBeChosen_SaysWhy()
    {
        string output = (await ToolProcess.RunAsync("hubs --hub nonesuch")).Expect().Output;
        Assert.Contains("\nchosen: none, by the call: --hub nonesuch\nerror: there is no hub named 'nonesuch'. There are: epoll", output, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> JsonAsync(string args, string? variable = null)
    {
        string output = (await ToolProcess.RunAsync(args, ToolProcess.Environment(variable))).Expect().Output;
        using JsonDocument document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }
}
