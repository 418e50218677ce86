using System.Buffers;
using System.Globalization;
using System.Net;

namespace Eventlet.Net.Resolving;

/// <summary>The file resolv.conf(5), with what the C library makes of it: its limits, its defaults, and that it skips what it does not understand.</summary>
internal sealed class ResolvConf
{
    private const int MaxServers = 3;
    private const int MaxNdots = 15;
    private const int MaxTimeout = 30;
    private const int MaxAttempts = 5;
    private const int DnsPort = 53;

    private static readonly char[] s_blanks = [' ', '\t', '\r', '\f', '\v', '\0'];
    private static readonly SearchValues<char> s_anyBlank = SearchValues.Create(s_blanks);

    private readonly List<IPEndPoint> _servers = [];

    private ResolvConf()
    {
    }

    /// <summary>Never empty: if the file has none, this machine.</summary>
    internal IReadOnlyList<IPEndPoint> Servers => _servers;

    internal IReadOnlyList<string>? Search { get; private set; }

    internal int Ndots { get; private set; } = 1;

    internal TimeSpan Timeout { get; private set; } = TimeSpan.FromSeconds(5);

    internal int Attempts { get; private set; } = 2;

    internal bool Rotate { get; private set; }

    internal bool UseTcp { get; private set; }

    /// <summary>Whether A and AAAA are asked for one after the other.</summary>
    internal bool SingleRequest { get; private set; }

    /// <summary>Whether a name without a dot is not tried as a top-level name.</summary>
    internal bool NoTopLevel { get; private set; }

    /// <summary>Whether IPv6 addresses are not asked for.</summary>
    internal bool NoAaaa { get; private set; }

#pragma warning disable RS0030 // gethostname(2) asks nobody.
    internal static ResolvConf Parse(string text) => Parse(text, Dns.GetHostName, Environment.GetEnvironmentVariable);
#pragma warning restore RS0030

    /// <summary>Reads the text.</summary>
    /// <param name="hostName">This machine's name, whose domain is searched if the file names none.</param>
    /// <param name="environment">LOCALDOMAIN replaces the search list, RES_OPTIONS adds to the options.</param>
    internal static ResolvConf Parse(string text, Func<string> hostName, Func<string, string?> environment)
    {
        var file = new ResolvConf();
        foreach (string line in text.Split('\n'))
        {
            file.ReadLine(line);
        }

        if (file._servers.Count == 0)
        {
            file._servers.Add(new IPEndPoint(IPAddress.Loopback, DnsPort));
        }

        if (environment("LOCALDOMAIN") is { } domains)
        {
            file.Search = Words(domains);
        }

        if (environment("RES_OPTIONS") is { } options)
        {
            file.ReadOptions(Words(options));
        }

        if (file.Search is null)
        {
            string host = hostName();
            int dot = host.IndexOf('.', StringComparison.Ordinal);
            file.Search = dot >= 0 && dot < host.Length - 1 ? [host[(dot + 1)..]] : [];
        }

        return file;
    }

    private static string[] Words(string text) => text.Split(s_blanks, StringSplitOptions.RemoveEmptyEntries);

    private void ReadLine(string line)
    {
        // A keyword stands in the first column, with a blank behind it; so a comment is none.
        int end = line.AsSpan().IndexOfAny(s_anyBlank);
        if (end <= 0 || Words(line[end..]) is not [var first, ..] values)
        {
            return;
        }

        switch (line[..end])
        {
            case "nameserver" when _servers.Count < MaxServers && IPAddress.TryParse(first, out IPAddress? address):
                _servers.Add(new IPEndPoint(address, DnsPort));
                break;

            // Of the two the last one holds.
            case "domain":
                Search = [first];
                break;

            case "search":
                Search = values;
                break;

            case "options":
                ReadOptions(values);
                break;
        }
    }

    private void ReadOptions(string[] options)
    {
        foreach (string option in options)
        {
            string[] parts = option.Split(':', 2);
            int value = parts.Length > 1 ? LeadingNumber(parts[1]) : 0;
            switch (parts[0])
            {
                case "ndots" when parts.Length > 1:
                    Ndots = Math.Min(value, MaxNdots);
                    break;

                case "timeout" when parts.Length > 1:
                    Timeout = TimeSpan.FromSeconds(Math.Clamp(value, 1, MaxTimeout));
                    break;

                case "attempts" when parts.Length > 1:
                    Attempts = Math.Clamp(value, 1, MaxAttempts);
                    break;

                case "rotate":
                    Rotate = true;
                    break;

                case "use-vc":
                    UseTcp = true;
                    break;

                case "single-request" or "single-request-reopen":
                    SingleRequest = true;
                    break;

                case "no-tld-query" or "no_tld_query":
                    NoTopLevel = true;
                    break;

                case "no-aaaa":
                    NoAaaa = true;
                    break;
            }
        }
    }

    // As atoi(3), except that what is too long for a number is the largest one.
    private static int LeadingNumber(string text)
    {
        int digits = text.TakeWhile(char.IsAsciiDigit).Count();
        return digits == 0 ? 0 : int.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : int.MaxValue;
    }
}
