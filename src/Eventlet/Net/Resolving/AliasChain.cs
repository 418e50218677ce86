namespace Eventlet.Net.Resolving;

/// <summary>The way from a name over its aliases to records, in as many answers as it takes. Only records that are on the way count; whatever else an answer has is ignored.</summary>
internal sealed class AliasChain(DnsQuestion question)
{
    private const int MaxAliases = 16;

    private readonly List<string> _aliases = [];
    private readonly string _name = question.Name;
    private TimeSpan _timeToLive = TimeSpan.MaxValue;

    /// <summary>What to ask for next.</summary>
    internal DnsQuestion Next { get; private set; } = question;

    /// <summary>Goes as far as an answer leads.</summary>
    /// <returns>The outcome; null if <see cref="Next"/> is to be asked for.</returns>
    /// <exception cref="GreenDnsException">The aliases go round in a circle, or there are too many.</exception>
    internal DnsAnswer? Follow(DnsMessage message)
    {
        string from = Next.Name;
        while (Next.Type != DnsRecordType.CName && Alias(message) is { } alias)
        {
            _aliases.Add(alias.Name);
            _timeToLive = Least(_timeToLive, alias.TimeToLive);
            if (_aliases.Count > MaxAliases || _aliases.Contains(alias.CanonicalName, DnsName.Comparer))
            {
                throw GreenDnsException.EndlessAliases(_name);
            }

            Next = Next with { Name = alias.CanonicalName };
        }

        DnsRecord[] records = [.. message.Answers.Where(record => record.Type == Next.Type && DnsName.Comparer.Equals(record.Name, Next.Name))];
        if (records.Length > 0)
        {
            return new DnsAnswer(DnsResponseCode.NoError, records, Next.Name, _aliases, records.Select(static record => record.TimeToLive).Aggregate(_timeToLive, Least));
        }

        SoaRecord? authority = message.Authority is { } soa && DnsName.IsWithin(Next.Name, soa.Name) ? soa : null;
        if (message.Code == DnsResponseCode.NoError && authority is null && !DnsName.Comparer.Equals(from, Next.Name))
        {
            return null;
        }

        // Without the zone's word on how long, it is not remembered at all: RFC 2308, section 5.
        TimeSpan negative = authority is null ? TimeSpan.Zero : Least(authority.TimeToLive, authority.Minimum);
        return new DnsAnswer(message.Code, [], Next.Name, _aliases, Least(_timeToLive, negative));
    }

    private CNameRecord? Alias(DnsMessage message) => message.Answers.OfType<CNameRecord>().FirstOrDefault(record => DnsName.Comparer.Equals(record.Name, Next.Name));

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
