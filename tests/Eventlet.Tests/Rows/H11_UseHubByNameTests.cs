using Eventlet.Tests.Support;

namespace Eventlet.Tests.Rows;

/// <summary>H11: the choice can be made by UseHub, in all its forms; a call that fails changes nothing.</summary>
public sealed class H11_UseHubByNameTests
{
    [Theory]
    [InlineData("poll", "poll")]
    [InlineData("epoll", "epoll")]
    [InlineData("epolls", "epoll")]
    [InlineData("Select", "select")]
    [InlineData("SELECTS", "select")]
    [InlineData("  poll\t", "poll")]
    [InlineData("kqueue , poll", "poll")]
    [InlineData("select,epoll", "select")]
    public void UseHub_ByName_GivesThatHub_AndItRuns(string name, string expected) => PlainThread.Run(() =>
    {
        Hubs.UseHub(name);
        using Hub hub = Hubs.GetHub();
        Assert.Equal(expected, hub.Name);
        Assert.Equal(7, hub.Run(async () =>
        {
            await GreenThread.SleepAsync();
            return 7;
        }));
    });

    [Theory]
    [InlineData("", "blank")]
    [InlineData(" ", "blank")]
    [InlineData("poll,,select", "blank")]
    [InlineData("poll, nonesuch", "there is no hub named 'nonesuch'")]
    [InlineData("kqueue", "kqueue hub is not available: kqueue")]
    [InlineData("No.Such.Assembly:Type", "cannot be loaded as a hub")]
    [InlineData("Eventlet.Tests:No.Such.Type", "cannot be loaded as a hub")]
    [InlineData(":Type", "cannot be loaded as a hub")]
    [InlineData("Eventlet.Tests:", "cannot be loaded as a hub")]
    [InlineData("Eventlet.Tests:Eventlet.Tests.Rows.H11_UseHubByNameTests", "neither a HubFactory nor a HubBackend")]
    [InlineData("Eventlet.Tests:Eventlet.Tests.Rows.BackendWithAnArgument", "no parameterless constructor")]
    [InlineData("Eventlet.Tests:Eventlet.Tests.Rows.BackendOfNoKind", "abstract")]
    [InlineData("Eventlet.Tests:Eventlet.Tests.Rows.FactoryWithAnArgument", "no parameterless constructor")]
    [InlineData("Eventlet.Tests:Eventlet.Tests.Rows.FactoryWhoseProbeFails", "its probe failed: no idea")]
    [InlineData("kqueue,Eventlet.Tests:Eventlet.Tests.Rows.UnavailableFactory,io_uring_of_tomorrow", "there is no hub named 'io_uring_of_tomorrow'")]
    [InlineData("Eventlet.Tests:Eventlet.Tests.Rows.UnavailableFactory,Eventlet.Tests:Eventlet.Tests.Rows.ImpossibleBackend", "install libunavailable; the Eventlet.Tests.Rows.ImpossibleBackend hub is not available: no such multiplexer here")]
    [InlineData("Eventlet.Tests:Eventlet.Tests.Rows.ImpossibleBackend", "no such multiplexer here")]
    [InlineData("Eventlet.Tests:Eventlet.Tests.Rows.UnavailableFactory", "install libunavailable")]
    public void UseHub_ThatFails_SaysWhyAndWhichThereAre_AndChangesNothing(string name, string why) => PlainThread.Run(() =>
    {
        Hubs.UseHub("poll");
        using Hub hub = Hubs.GetHub();
        bool fired = false;
        hub.ScheduleCallGlobal(TimeSpan.Zero, () => fired = true);
        HubException error = Assert.Throws<HubException>(() => Hubs.UseHub(name));
        Assert.Contains(why, error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("There are: epoll", error.Message, StringComparison.Ordinal);
        Assert.Same(hub, Hubs.GetHub());
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
        Assert.True(fired);
    });

    [Fact]
    public void UseHub_AFactoryThatIsUnavailable_ChangesNothing() => PlainThread.Run(() =>
    {
        Hubs.UseHub("poll");
        using Hub hub = Hubs.GetHub();
        Assert.Contains("libunavailable", Assert.Throws<HubException>(() => Hubs.UseHub(new UnavailableFactory())).Message, StringComparison.Ordinal);
        Assert.Throws<HubException>(Hubs.UseHub<ImpossibleBackend>);
        Assert.Throws<ArgumentNullException>(() => Hubs.UseHub((HubFactory)null!));
        Assert.Same(hub, Hubs.GetHub());
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
    });

    [Theory]
    [InlineData("Eventlet.Tests:Eventlet.Tests.Rows.StrangersBackend", "strangers")]
    [InlineData(" Eventlet.Tests : Eventlet.Tests.Rows.StrangersFactory ", "Strangers-Factory")]
    [InlineData("kqueue,Eventlet.Tests:Eventlet.Tests.Rows.StrangersBackend", "strangers")]
    public void UseHub_AssemblyAndType_TakesABackendOrAFactory(string name, string expected) => PlainThread.Run(() =>
    {
        Hubs.UseHub(name);
        using Hub hub = Hubs.GetHub();
        Assert.Equal(expected, hub.Name);
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
    });

    [Fact]
    public void UseHub_TypeOfABackend_IsMadeForTheHub() => PlainThread.Run(() =>
    {
        Hubs.UseHub<StrangersBackend>();
        using Hub hub = Hubs.GetHub();
        Assert.Equal("strangers", hub.Name);
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
    });

    [Fact]
    public void Create_IsCalledInTheFirstTurn_OnTheThreadThatRunsTheHub() => PlainThread.Run(() =>
    {
        var factory = new StrangersFactory();
        Hubs.UseHub(factory);
        using Hub hub = Hubs.GetHub();
        GreenThread.Spawn(() => Task.CompletedTask);
        Assert.Equal(0, factory.Made);
        GreenThread.Sleep();
        Assert.Equal(1, factory.Made);
        Assert.Same(Thread.CurrentThread, factory.MadeOn);
        GreenThread.Sleep();
        Assert.Equal(1, factory.Made);
    });

    [Theory]
    [InlineData("registered-a")]
    [InlineData("REGISTERED-A")]
    [InlineData("kqueue, ra")]
    public void Register_MakesAFactorySelectableByNameAndAlias(string name) => PlainThread.Run(() =>
    {
        var first = new RegisteredFactory("Registered-A", "ra");
        Hubs.Register(first);
        var second = new RegisteredFactory("registered-a", "ra");
        Hubs.Register(second);
        Hubs.UseHub(name);
        using Hub hub = Hubs.GetHub();
        GreenThread.Sleep();
        Assert.Equal((0, 1), (first.Made, second.Made));
        Assert.Contains("registered-a", Assert.Throws<HubException>(() => Hubs.UseHub("nonesuch")).Message, StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("epoll")]
    [InlineData("Selects")]
    [InlineData("")]
    [InlineData("a,b")]
    [InlineData("a:b")]
    public void Register_ANameThatCannotBeChosen_IsRefused(string name)
    {
        Assert.Throws<ArgumentException>(() => Hubs.Register(new RegisteredFactory(name, "fine")));
        Assert.Throws<ArgumentException>(() => Hubs.Register(new RegisteredFactory("fine", name)));
        Assert.Throws<HubException>(() => Hub.Start("fine"));
    }

    [Fact]
    public void UseHub_InsideMainloop_IsRefused() => PlainThread.Run(() =>
    {
        using Hub hub = Hubs.GetHub();
        hub.Run(() =>
        {
            Assert.Throws<InvalidOperationException>(() => Hubs.UseHub("poll"));
            Assert.Throws<InvalidOperationException>(() => Hubs.UseHub(Hubs.GetDefaultHub()));
            return Task.CompletedTask;
        });
        Assert.Same(hub, Hubs.GetHub());
    });

    private sealed class RegisteredFactory(string name, string alias) : StrangersFactory
    {
        public override string Name => name;

        public override IReadOnlyList<string> Aliases => [alias];
    }
}
