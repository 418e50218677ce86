namespace Eventlet.Bench;

/// <summary>Servers that are built and answer.</summary>
internal static class Prepared
{
    /// <summary>Those that can take part, after they have been installed, built and started once, with their versions, which are printed.</summary>
    internal static IReadOnlyList<Server> Of(IReadOnlyList<Server> servers, bool install, out IReadOnlyDictionary<string, string> versions)
    {
        var able = new List<Server>();
        var found = new Dictionary<string, string>();
        foreach (Server server in DebianPackages.Provide(servers, install))
        {
            try
            {
                server.Build?.Invoke();
                if (Build.KeepsWhatIsThere)
                {
                    able.Add(server);
                    continue;
                }

                using var process = new ServerProcess(server, "echo");
                found[server.Name] = string.Join(", ", [process.Version, .. DebianPackages.Versions(server)]);
                able.Add(server);
                Console.WriteLine($"{server.Name}: {found[server.Name]}");
            }
            catch (BenchException error)
            {
                Console.Error.WriteLine($"{server.Name} does not take part: {error.Message}");
            }
        }

        versions = found;
        return able.Any(static s => s.Name == Servers.Reference) || servers.All(static s => s.Name != Servers.Reference)
            ? able
            : throw new BenchException($"without {Servers.Reference} there is nothing to compare with");
    }
}
