using System.Text.Json;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Tool;

public class DemoCommandTests
{
    [Fact]
    public async Task DemoJson_ReportsEveryAvailableHub_WithoutErrorsAndNothingElse()
    {
        ChildResult result = (await ToolProcess.RunAsync("demo --json --seconds 0.3 --connections 50")).Expect();
        Assert.Empty(result.Error);
        using JsonDocument document = JsonDocument.Parse(result.Output);
        JsonElement[] hubs = [.. document.RootElement.GetProperty("hubs").EnumerateArray()];
        Assert.Equal(ToolProcess.Available, hubs.Select(hub => hub.GetProperty("name").GetString()));
        Assert.All(hubs, hub =>
        {
            Assert.Equal(50, hub.GetProperty("connections").GetInt32());
            Assert.Equal(0, hub.GetProperty("errors").GetInt32());
            Assert.True(hub.GetProperty("roundTrips").GetInt64() > 0);
            Assert.True(hub.GetProperty("roundTripsPerSecond").GetDouble() > 0);
            Assert.InRange(hub.GetProperty("p50Microseconds").GetDouble(), 0.1, hub.GetProperty("p99Microseconds").GetDouble());
            Assert.True(hub.GetProperty("cpuMicrosecondsPerRoundTrip").GetDouble() > 0);
        });
    }

    [Fact]
    public async Task Demo_ForPeople_TellsProgressAndEndsWithATable()
    {
        ChildResult result = (await ToolProcess.RunAsync("demo --seconds 1.5 --connections 3")).Expect();
        Assert.Empty(result.Error);
        Assert.DoesNotContain("\u001b", result.Output, StringComparison.Ordinal);
        Assert.Matches(@"hub +connections +round trips/s +p50 µs +p99 µs +CPU µs/trip +errors", result.Output);
        foreach (string hub in ToolProcess.Available)
        {
            Assert.Matches($@"{hub}: after [\d.]+ s [\d,]+ round trips, 0 errors", result.Output);
            Assert.Matches($@"\n +{hub} +3 +[\d,]+ +[\d,]+ +[\d,]+ +[\d,.]+ +0 ", result.Output);
        }
    }
}
