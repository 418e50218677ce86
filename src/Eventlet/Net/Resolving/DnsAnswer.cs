namespace Eventlet.Net.Resolving;

/// <summary>What is known of a name and a type.</summary>
/// <param name="Code">NoError or NameError.</param>
/// <param name="Records">Of the type that was asked for; may be none.</param>
/// <param name="CanonicalName">The name that has them.</param>
/// <param name="Aliases">The names on the way there, beginning with the one that was asked for.</param>
/// <param name="TimeToLive">How long all this may be remembered.</param>
internal sealed record DnsAnswer(DnsResponseCode Code, IReadOnlyList<DnsRecord> Records, string CanonicalName, IReadOnlyList<string> Aliases, TimeSpan TimeToLive)
{
    /// <summary>The same at a later time.</summary>
    internal DnsAnswer Aged(TimeSpan age) => this with { Records = [.. Records.Select(record => record.Aged(age))] };
}
