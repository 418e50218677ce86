namespace Eventlet.Tests.Support;

/// <summary>The hubs whose absence is a failure instead of a skip: EVENTLET_REQUIRE_HUBS.</summary>
internal static class RequiredHubs
{
    /// <summary>Skips the test if the hub cannot be had, or fails it if the hub is required.</summary>
    internal static void SkipUnlessAvailable(HubFactory factory)
    {
        if (!factory.IsAvailable(out string? whyNot))
        {
            Skip(factory.Name, whyNot);
        }
    }

    /// <summary>Skips the test for want of a hub, or fails it if the hub is required.</summary>
    internal static void Skip(string hub, string? whyNot)
    {
        string[] required = (Environment.GetEnvironmentVariable("EVENTLET_REQUIRE_HUBS") ?? "").Split(',', StringSplitOptions.TrimEntries);
        Assert.False(required.Contains(hub), $"the hub {hub} is required, but: {whyNot}");
        Assert.Skip($"no hub {hub}: {whyNot}");
    }
}
