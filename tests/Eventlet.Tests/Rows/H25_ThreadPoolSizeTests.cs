using Eventlet.Tests.Support;

namespace Eventlet.Tests.Rows;

/// <summary>Row H25: EVENTLET_THREADPOOL_SIZE is the size of the pool for blocking calls, 20 by default; a bad value is a clear error. In a process of its own each.</summary>
public class H25_ThreadPoolSizeTests
{
    [Theory]
    [InlineData(null, 20)]
    [InlineData("1", 1)]
    [InlineData("40", 40)]
    public async Task Variable_IsHowManyCallsRunAtOnce(string? value, int size) => Assert.Equal($"{size} at once", await SaidAsync(value, size));

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("lots")]
    public async Task Variable_ThatIsNoSize_IsAnErrorThatNamesItAndItsValue(string value)
    {
        string said = await SaidAsync(value, size: 0);
        Assert.Contains("EVENTLET_THREADPOOL_SIZE", said, StringComparison.Ordinal);
        Assert.Contains($"'{value}'", said, StringComparison.Ordinal);
    }

    private static async Task<string> SaidAsync(string? value, int size)
    {
        var environment = new Dictionary<string, string?> { ["EVENTLET_THREADPOOL_SIZE"] = value };
        return (await ChildProcess.RunAsync($"pool-size {size}", environment)).Expect().Output.Trim();
    }
}
