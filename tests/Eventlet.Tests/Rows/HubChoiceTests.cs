using Eventlet.Tests.Support;

namespace Eventlet.Tests.Rows;

/// <summary>H3: the best hub for the system is chosen at the start, without configuration.</summary>
public sealed class H03_BestHubIsChosenTests
{
    [Fact]
    public async Task Hub_WithoutConfiguration_IsTheFirstThatProbesWell()
    {
        string best = Hubs.Builtin.First(factory => factory.IsAvailable(out _)).Name;
        Assert.Equal(best, await Chosen.ByAsync("choose", variable: null));
        Assert.Equal(best, await Chosen.ByAsync("choose start", variable: null));
    }

    [Fact]
    public void Hub_TellsItsName() => PlainThread.Run(() =>
    {
        Hubs.UseHub("select");
        using Hub hub = Hubs.GetHub();
        Assert.Equal("select", hub.Name);
    });
}

/// <summary>H9: the order is epoll, kqueue, poll, select; libevent and io_uring never by themselves.</summary>
public sealed class H09_OrderOfPreferenceTests
{
    [Fact]
    public void Builtin_BeginsWithTheDefaultOrder_ThenWhatIsTakenOnlyByName() =>
        Assert.Equal(["epoll", "kqueue", "poll", "select", "io_uring", "libevent"], Hubs.Builtin.Select(factory => factory.Name));

    [Fact]
    public void DefaultHub_IsTheFirstAvailableOfTheFour() =>
        Assert.Same(Hubs.Builtin.Take(4).First(factory => factory.IsAvailable(out _)), Hubs.GetDefaultHub());
}

/// <summary>H10: the choice can be made by EVENTLET_HUB.</summary>
public sealed class H10_EnvironmentVariableTests
{
    [Theory]
    [InlineData("poll", "poll")]
    [InlineData("SELECT", "select")]
    [InlineData(" epolls ", "epoll")]
    [InlineData("selects", "select")]
    [InlineData("kqueue,poll", "poll")]
    [InlineData("kqueue , select, poll", "select")]
    public async Task Variable_InEveryForm_ChoosesTheHub(string variable, string hub) =>
        Assert.Equal(hub, await Chosen.ByAsync("choose", variable));

    /// <summary>A seccomp filter, as containers have, forbids io_uring: asked for alone it cannot be had, and a list goes on.</summary>
    [Theory]
    [InlineData(1, "operation not permitted")]
    [InlineData(38, "seccomp filter hides it")]
    public async Task Variable_IoUringWhereItIsForbidden_FailsWithTheReasonOrFallsBack(int errno, string reason)
    {
        Assert.SkipUnless(IoUringHub.IsSupported(out string? whyNot), whyNot ?? "");
        string said = await Chosen.ByAsync($"without-io-uring {errno}", "io_uring");
        Assert.StartsWith("HubException:", said, StringComparison.Ordinal);
        Assert.Contains(reason, said, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("epoll", await Chosen.ByAsync($"without-io-uring {errno}", "io_uring,epoll"));
    }

    [Fact]
    public async Task Variable_ChoosesForHubStart() => Assert.Equal("select", await Chosen.ByAsync("choose start", "select"));

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("poll,")]
    [InlineData(",")]
    public async Task Variable_SetButBlank_IsAnErrorThatNamesItAndTheHubs(string variable)
    {
        string said = await Chosen.ByAsync("choose", variable);
        Assert.StartsWith("HubException: EVENTLET_HUB is blank", said, StringComparison.Ordinal);
        Assert.Contains("epoll", said, StringComparison.Ordinal);
        Assert.Contains("select", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variable_Unknown_IsAnErrorThatNamesIt() =>
        Assert.StartsWith("HubException: there is no hub named 'epol'", await Chosen.ByAsync("choose", "epol"), StringComparison.Ordinal);

    [Fact]
    public async Task Variable_IsReadWhenAThreadFirstNeedsAHub() => Assert.Equal("poll select", await Chosen.ByAsync("choose late", "poll"));
}

/// <summary>H16: none selects EVENTLET_HUB if set, else the default.</summary>
public sealed class H16_NoneSelectsTheDefaultTests
{
    [Theory]
    [InlineData("poll")]
    [InlineData("select")]
    public async Task UseHubNull_WithTheVariable_TakesIt(string variable) => Assert.Equal(variable, await Chosen.ByAsync("choose null", variable));

    [Fact]
    public async Task UseHubNull_WithoutTheVariable_TakesTheDefault() =>
        Assert.Equal(Hubs.GetDefaultHub().Name, await Chosen.ByAsync("choose null", variable: null));

    [Fact]
    public async Task UseHubNull_WithABlankVariable_IsAnError() =>
        Assert.StartsWith("HubException: EVENTLET_HUB is blank", await Chosen.ByAsync("choose null", " "), StringComparison.Ordinal);

    [Fact]
    public void UseHub_WithoutArgument_ForgetsAnEarlierChoice() => PlainThread.Run(() =>
    {
        string unchosen = PlainThread.Run(() => Hubs.GetHub().Name);
        Hubs.UseHub(unchosen == "poll" ? "select" : "poll");
        Assert.NotEqual(unchosen, Hubs.GetHub().Name);
        Hubs.UseHub();
        Assert.Equal(unchosen, Hubs.GetHub().Name);
    });
}

/// <summary>H21: the default hub, in the order of H9 and by probing; EVENTLET_HUB plays no part.</summary>
public sealed class H21_DefaultHubTests
{
    [Fact]
    public async Task GetDefaultHub_IgnoresTheVariable()
    {
        Assert.Equal(Hubs.GetDefaultHub().Name, await Chosen.ByAsync("choose default", "select"));
        Assert.Equal(Hubs.GetDefaultHub().Name, await Chosen.ByAsync("choose default", ""));
    }

    [Fact]
    public void GetDefaultHub_IsAFactoryThatUseHubTakes() => PlainThread.Run(() =>
    {
        HubFactory factory = Hubs.GetDefaultHub();
        Assert.NotEqual("libevent", factory.Name);
        Assert.NotEqual("io_uring", factory.Name);
        Hubs.UseHub(factory);
        using Hub hub = Hubs.GetHub();
        Assert.Equal(factory.Name, hub.Name);
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
    });
}

internal static class Chosen
{
    internal static async Task<string> ByAsync(string scenario, string? variable) =>
        (await ChildProcess.RunAsync(scenario, new Dictionary<string, string?> { [Hubs.EnvironmentVariable] = variable })).Expect().Output.Trim();
}
