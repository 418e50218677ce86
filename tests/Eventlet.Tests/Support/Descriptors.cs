namespace Eventlet.Tests.Support;

/// <summary>An open descriptor of this process: its number and what it means, e.g. "socket:[4711]" or "anon_inode:[eventpoll]".</summary>
internal readonly record struct Descriptor(int Number, string Target);

/// <summary>The open descriptors of this process, as /proc/self/fd tells them.</summary>
internal static class Descriptors
{
    /// <summary>How many there are.</summary>
    internal static int Count => List().Count;

    /// <summary>All of them, in order of number.</summary>
    internal static IReadOnlyList<Descriptor> List()
    {
        var found = new List<Descriptor>();
        foreach (string path in Directory.EnumerateFileSystemEntries("/proc/self/fd").ToArray())
        {
            // The descriptor of the enumeration itself is gone by now: it has no target any more.
            if (new FileInfo(path).LinkTarget is { } target)
            {
                found.Add(new Descriptor(int.Parse(Path.GetFileName(path), System.Globalization.CultureInfo.InvariantCulture), target));
            }
        }

        return [.. found.OrderBy(d => d.Number)];
    }

    /// <summary>Those of the kinds that an event loop makes: sockets, pipes and anonymous inodes. Files belong to the runtime and the test host.</summary>
    internal static IReadOnlySet<Descriptor> OfKernelObjects() => List().Where(d => !d.Target.StartsWith('/')).ToHashSet();
}
