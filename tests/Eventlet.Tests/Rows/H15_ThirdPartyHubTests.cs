using Eventlet.Tests.Backends;
using Eventlet.Tests.Support;
using Eventlet.Tests.Tool;
using Samples;

namespace Eventlet.Tests.Rows;

/// <summary>H15: a third-party hub can be used by passing it to UseHub. The one of samples/CustomHub is written on the public face only; it passes the conformance suite too.</summary>
[Collection(nameof(DescriptorTests))]
public sealed class H15_ThirdPartyHubTests : IDisposable
{
    private static readonly string s_assembly = ChildProcess.PathOf("Samples.CustomHub");

    private readonly LeakGate _gate;

    public H15_ThirdPartyHubTests()
    {
        RequiredHubs.SkipUnlessAvailable(new UvHubFactory());
        _gate = new LeakGate();
    }

    public void Dispose() => _gate.Dispose();

    [Fact]
    public async Task Sample_ChosenByTypeFactoryAndName_Talks()
    {
        using ChildProcess sample = ChildProcess.StartProject("Samples.CustomHub", "");
        ChildResult result = (await sample.EndAsync()).Expect();
        Assert.Empty(result.Error);
        Assert.Equal("by type: hello from libuv\nby factory: hello from libuv\nby name: hello from libuv\n", result.Output);
    }

    [Theory]
    [InlineData("Samples.UvHubFactory")]
    [InlineData("Samples.UvBackend")]
    public async Task Echo_OnTheHubOfAnAssembly_Serves(string type)
    {
        using ChildProcess server = ToolProcess.Start($"echo --hub {s_assembly}:{type}");
        await CheckAsync(server);
        await server.SignalAsync("TERM");
        Assert.Empty((await server.EndAsync()).Expect().Error);
    }

    [Theory]
    [InlineData("{0}:Samples.UvHubFactory")]
    [InlineData("kqueue, {0}:Samples.UvBackend")]
    public async Task Echo_WithTheAssemblyInTheEnvironment_Serves(string variable)
    {
        using ChildProcess server = ToolProcess.Start("echo", ToolProcess.Environment(variable.Replace("{0}", s_assembly, StringComparison.Ordinal)));
        await CheckAsync(server);
    }

    [Fact]
    public async Task Hubs_WithTheAssemblyInTheCall_SaysThatItIsChosen()
    {
        string output = (await ToolProcess.RunAsync($"hubs --hub {s_assembly}:Samples.UvHubFactory")).Expect().Output;
        Assert.Contains("\nchosen: libuv, by the call: --hub ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/no/such/file.dll:Samples.UvBackend", "cannot be loaded as a hub")]
    [InlineData("{0}:Samples.NoSuchType", "cannot be loaded as a hub")]
    [InlineData("{0}:Program", "neither a HubFactory nor a HubBackend")]
    [InlineData("{0}:", "cannot be loaded as a hub")]
    [InlineData("/etc/passwd:Samples.UvBackend", "cannot be loaded as a hub")]
    public async Task Echo_OnAnAssemblyThatHasNoSuchHub_SaysWhy(string hub, string why) =>
        ToolProcess.ExpectOneError((await ToolProcess.RunAsync($"echo --hub {hub.Replace("{0}", s_assembly, StringComparison.Ordinal)}")).Expect(1), why, "There are: epoll");

    private static async Task CheckAsync(ChildProcess server)
    {
        Assert.EndsWith("(hub libuv)", await server.LineAsync("listening"), StringComparison.Ordinal);
        byte[] data = TestClient.SomeBytes(1_000_000, seed: 1);
        using TestClient idle = await TestClient.ConnectAsync(server);
        using TestClient busy = await TestClient.ConnectAsync(server);
        Task<byte[]> reply = busy.ReceiveAllAsync();
        await busy.SendAndEndAsync(data);
        Assert.Equal(data, await reply);
        await idle.CheckEchoAsync();
    }
}
