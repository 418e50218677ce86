using System.Net;

namespace Eventlet.Net.Resolving;

/// <summary>The file hosts(5). A name may stand in several lines: then it has all their addresses.</summary>
internal sealed class HostsFile
{
    private readonly Dictionary<string, List<Line>> _byName = new(DnsName.Comparer);
    private readonly Dictionary<IPAddress, Line> _byAddress = [];

    internal static HostsFile Parse(string text)
    {
        var file = new HostsFile();
        foreach (string line in text.Split('\n'))
        {
            file.ReadLine(line);
        }

        return file;
    }

    /// <summary>A host by one of its names.</summary>
    internal HostAnswer? Find(string name)
    {
        if (!_byName.TryGetValue(name, out List<Line>? lines))
        {
            return null;
        }

        string canonical = lines[0].Names[0];
        string[] aliases = [.. lines.SelectMany(static line => line.Names).Distinct(DnsName.Comparer).Where(other => !DnsName.Comparer.Equals(other, canonical))];
        return new HostAnswer(canonical, aliases, [.. lines.Select(static line => line.Address).Distinct()]);
    }

    /// <summary>A host by one of its addresses.</summary>
    internal HostAnswer? Find(IPAddress address) =>
        _byAddress.TryGetValue(address, out Line? line) ? new HostAnswer(line.Names[0], line.Names[1..], [address]) : null;

    private void ReadLine(string text)
    {
        int comment = text.IndexOf('#', StringComparison.Ordinal);
        string[] words = (comment < 0 ? text : text[..comment]).Split([' ', '\t', '\r', '\f', '\v'], StringSplitOptions.RemoveEmptyEntries);

        // A link-local address means nothing without an interface, which the file rarely names.
        if (words.Length < 2 || !IPAddress.TryParse(words[0], out IPAddress? address) || address.IsIPv6LinkLocal)
        {
            return;
        }

        string[] names = [.. words.Skip(1).Select(static name => name.Length > 1 ? name.TrimEnd('.') : name).Where(static name => name.Length > 0)];
        if (names.Length == 0)
        {
            return;
        }

        var line = new Line(address, names);
        _byAddress.TryAdd(address, line);
        foreach (string name in names.Distinct(DnsName.Comparer))
        {
            if (!_byName.TryGetValue(name, out List<Line>? lines))
            {
                _byName[name] = lines = [];
            }

            lines.Add(line);
        }
    }

    private sealed record Line(IPAddress Address, string[] Names);
}
