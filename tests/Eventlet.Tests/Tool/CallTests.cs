using Eventlet.Tests.Support;

namespace Eventlet.Tests.Tool;

public class CallTests
{
    [Theory]
    [InlineData("")]
    [InlineData("dance")]
    [InlineData("load")]
    [InlineData("load --endpoint")]
    [InlineData("load --endpoint nowhere")]
    [InlineData("load --endpoint 127.0.0.1:65536")]
    [InlineData("load --endpoint ::1:80")]
    [InlineData("load --endpoint 127.0.0.1:1 --size 0")]
    [InlineData("load --endpoint 127.0.0.1:1 --seconds -1")]
    [InlineData("echo --hubs 0")]
    [InlineData("echo --hubs two")]
    [InlineData("echo 127.0.0.1:0")]
    [InlineData("demo --seconds soon")]
    [InlineData("demo --connections -5")]
    [InlineData("hubs --yaml")]
    [InlineData("forward --endpoint 127.0.0.1:0")]
    public async Task WrongCall_IsRefusedInOneLine(string args)
    {
        ChildResult result = (await ToolProcess.RunAsync(args)).Expect(2);
        Assert.Empty(result.Output);
        ToolProcess.ExpectOneError(result);
    }

    [Theory]
    [InlineData("nonesuch", "there is no hub named 'nonesuch'", "epoll")]
    [InlineData("kqueue", "kqueue hub is not available", "poll")]
    public async Task HubThatCannotBeHad_IsAnErrorWithTheReason(string hub, string reason, string choice)
    {
        foreach (ChildResult result in (ChildResult[])[await ToolProcess.RunAsync($"echo --hub {hub}"), await ToolProcess.RunAsync("echo", ToolProcess.Environment(hub))])
        {
            ToolProcess.ExpectOneError(result.Expect(1), reason, choice);
            Assert.Empty(result.Output);
        }
    }

    [Fact]
    public async Task BlankHubInTheEnvironment_IsAnErrorThatNamesIt()
    {
        ToolProcess.ExpectOneError((await ToolProcess.RunAsync("echo", ToolProcess.Environment(" "))).Expect(1), Hubs.EnvironmentVariable);
    }

    [Fact]
    public async Task Help_NamesTheCommands()
    {
        string output = (await ToolProcess.RunAsync("--help")).Expect().Output;
        Assert.All((string[])["hubs", "demo", "echo", "load", "forward"], command => Assert.Contains($"\n  {command} ", output, StringComparison.Ordinal));
    }
}
