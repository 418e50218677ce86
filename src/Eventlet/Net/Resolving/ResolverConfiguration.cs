using System.Net;

namespace Eventlet.Net.Resolving;

/// <summary>How servers are asked: what a resolver's options say, and for the rest the file.</summary>
internal sealed class ResolverConfiguration(GreenDnsOptions options, ResolvConf file)
{
    internal ResolvConf File { get; } = file;

    internal IReadOnlyList<IPEndPoint> Servers { get; } = options.Servers ?? file.Servers;

    internal IReadOnlyList<string> Search { get; } = options.Search ?? file.Search!;

    internal int Ndots { get; } = options.Ndots ?? file.Ndots;

    internal TimeSpan Timeout { get; } = options.Timeout ?? file.Timeout;

    internal int Attempts { get; } = options.Attempts ?? file.Attempts;

    internal bool Rotate { get; } = options.Rotate ?? file.Rotate;

    internal bool UseTcp { get; } = options.UseTcp ?? file.UseTcp;

    /// <summary>The full names for which a name may stand, in the order of trying. It is tried as it is first if it has as many dots as ndots says, else last.</summary>
    internal IEnumerable<string> Candidates(string name, bool isAbsolute)
    {
        if (isAbsolute)
        {
            return [name];
        }

        int dots = name.Count(static c => c == '.');
        IEnumerable<string> searched = Search.Select(domain => Below(name, domain)).OfType<string>();
        IEnumerable<string> asItIs = dots == 0 && File.NoTopLevel ? [] : [name];
        return (dots >= Ndots ? asItIs.Concat(searched) : searched.Concat(asItIs)).Distinct(DnsName.Comparer);
    }

    // Null: the two are too long together, or the domain is none.
    private static string? Below(string name, string domain)
    {
        if (domain == DnsName.Root)
        {
            return name;
        }

        string below = domain.TrimStart('.');
        try
        {
            return below.Length == 0 ? null : DnsName.Normalize($"{name}.{below}");
        }
        catch (DnsFormatException)
        {
            return null;
        }
    }
}
