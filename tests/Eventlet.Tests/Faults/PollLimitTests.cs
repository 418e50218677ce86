using Eventlet.Tests.Support;

namespace Eventlet.Tests.Faults;

/// <summary>poll(2) refuses a set that is larger than the limit of open files is now. The limit is the process's: a process of its own.</summary>
public sealed class PollLimitTests
{
    [Fact]
    public async Task Poll_WithALimitOfFilesBelowTheWatchedOnes_TellsEverybodyWhy()
    {
        string[] lines = (await ChildProcess.RunAsync("lowered-limit poll")).Expect().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("run HubException", lines[0], StringComparison.Ordinal);
        Assert.Contains("limit of open files", lines[0], StringComparison.Ordinal);

        // Each has an exception of its own: a shared one would show everybody the stacks of all.
        Assert.Equal(["told 400 of 400", "objects 400"], lines[1..]);
    }
}
