using System.IO.Enumeration;

namespace Eventlet.Bench;

/// <summary>What the peers need of Debian.</summary>
internal static class DebianPackages
{
    /// <summary>Installs what is missing, if that can be done; returns the servers that can take part, and says why the others cannot.</summary>
    internal static IReadOnlyList<Server> Provide(IReadOnlyList<Server> servers, bool install)
    {
        string[] missing = [.. servers.Where(static s => !IsThere(s)).SelectMany(static s => s.Packages).Distinct()];
        if (missing.Length > 0 && install)
        {
            Install(missing);
        }

        foreach (Server server in servers.Where(static s => !IsThere(s)))
        {
            Console.Error.WriteLine($"{server.Name} does not take part: apt-get install {string.Join(' ', server.Packages)}");
        }

        return [.. servers.Where(IsThere)];
    }

    /// <summary>The versions of a server's packages, as "libuv1-dev 1.44.2-1".</summary>
    internal static IEnumerable<string> Versions(Server server)
    {
        foreach (string package in server.Packages)
        {
            (int code, string output, _) = Command.Try("dpkg-query", "-W", "-f", "${Package} ${Version}", package);
            if (code == 0)
            {
                yield return output;
            }
        }
    }

    private static void Install(string[] packages)
    {
        if (Environment.UserName != "root" || Command.Find("apt-get") is null)
        {
            return;
        }

        Console.Error.WriteLine($"installing {string.Join(' ', packages)}");
        (int code, _, string error) = Command.Try("apt-get", "update", "-q");
        if (code == 0)
        {
            (code, _, error) = Command.Try("env", ["DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-q", "--no-install-recommends", .. packages]);
        }

        if (code != 0)
        {
            Console.Error.WriteLine($"apt-get failed: {error}");
        }
    }

    private static bool IsThere(Server server) => server.Needs.All(static need => need.Contains('*', StringComparison.Ordinal) ? Matches(need) : Command.Find(need) is not null);

    private static bool Matches(string pattern)
    {
        string[] parts = pattern.Split("/*/");
        string name = Path.GetFileName(parts[1]);
        return Directory.EnumerateDirectories(parts[0]).SelectMany(Directory.EnumerateFiles).Any(file => FileSystemName.MatchesSimpleExpression(name, Path.GetFileName(file)));
    }
}
