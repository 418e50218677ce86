using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using Eventlet.Backends;

namespace Eventlet;

/// <summary>From a name to a kind of hub.</summary>
internal static class HubSelection
{
    private static readonly Lock s_lock = new();
    private static readonly List<HubFactory> s_registered = [];

    internal static HubFactory Default()
    {
        var reasons = new List<string>();
        foreach (HubFactory factory in BuiltinHubs.All.Take(BuiltinHubs.DefaultCount))
        {
            if (Probe(factory, out string? whyNot))
            {
                return factory;
            }

            reasons.Add($"{factory.Name}: {whyNot}");
        }

        throw new HubException($"this system has no hub: {string.Join("; ", reasons)}");
    }

    /// <summary>The hub that a name or a list of names means; null: EVENTLET_HUB, else the default.</summary>
    internal static HubFactory Choose(string? names)
    {
        string source = "the name of a hub";
        if (names is null)
        {
            names = Environment.GetEnvironmentVariable(Hubs.EnvironmentVariable);
            if (names is null)
            {
                return Default();
            }

            source = Hubs.EnvironmentVariable;
        }

        // All names are looked up before any is probed, so that a misspelt one is an error wherever it stands.
        List<HubFactory> candidates = [.. names.Split(',').Select(name => Find(name.Trim(), source))];
        var reasons = new List<string>();
        foreach (HubFactory candidate in candidates)
        {
            if (Probe(candidate, out string? whyNot))
            {
                return candidate;
            }

            reasons.Add($"the {candidate.Name} hub is not available: {whyNot}");
        }

        throw new HubException($"{string.Join("; ", reasons)}. {Known()}");
    }

    /// <summary>Throws if a kind of hub cannot be had.</summary>
    internal static void Check(HubFactory factory)
    {
        if (!Probe(factory, out string? whyNot))
        {
            throw new HubException($"the {factory.Name} hub is not available: {whyNot}. {Known()}");
        }
    }

    internal static void Register(HubFactory factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        foreach (string name in factory.Aliases.Prepend(factory.Name))
        {
            if (string.IsNullOrWhiteSpace(name) || name.AsSpan().ContainsAny(',', ':'))
            {
                throw new ArgumentException($"'{name}' cannot be the name of a hub: it must not be blank, nor contain ',' or ':'", nameof(factory));
            }

            if (BuiltinHubs.All.Any(builtin => Answers(builtin, name)))
            {
                throw new ArgumentException($"'{name}' is the name of a built-in hub", nameof(factory));
            }
        }

        lock (s_lock)
        {
            s_registered.RemoveAll(other => Answers(other, factory.Name));
            s_registered.Add(factory);
        }
    }

    private static HubFactory Find(string name, string source)
    {
        if (name.Length == 0)
        {
            throw new HubException($"{source} is blank, or has a blank element. {Known()}");
        }

        HubFactory? found;
        lock (s_lock)
        {
            found = BuiltinHubs.All.Concat(s_registered).FirstOrDefault(factory => Answers(factory, name));
        }

        if (found is not null)
        {
            return found;
        }

        // The last one: a path may have others.
        int colon = name.LastIndexOf(':');
        return colon >= 0
            ? ByType(name, name[..colon].Trim(), name[(colon + 1)..].Trim())
            : throw new HubException($"there is no hub named '{name}'{(source == Hubs.EnvironmentVariable ? $" ({source})" : "")}. {Known()}");
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Guarded: without dynamic code only registered hubs are found, and the message says so.")]
    [UnconditionalSuppressMessage("Trimming", "IL2072", Justification = "As above.")]
    [UnconditionalSuppressMessage("Trimming", "IL2057", Justification = "As above.")]
    private static HubFactory ByType(string name, string assembly, string type)
    {
        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            throw new HubException($"'{name}': a hub cannot be found by its type in a program compiled ahead of time: call Hubs.Register with its factory. {Known()}");
        }

        object instance;
        try
        {
            Assembly loaded = assembly.AsSpan().ContainsAny('/', '\\') || assembly.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)
                ? Assembly.LoadFrom(Path.GetFullPath(assembly))
                : Assembly.Load(assembly);
            Type found = loaded.GetType(type, throwOnError: true)!;
            if (typeof(HubBackend).IsAssignableFrom(found))
            {
                return new BackendTypeFactory(type, () => (HubBackend)Activator.CreateInstance(found)!);
            }

            instance = Activator.CreateInstance(found)!;
        }
        catch (Exception error) when (error is IOException or BadImageFormatException or TypeLoadException or ArgumentException
            or MissingMethodException or MemberAccessException or TargetInvocationException)
        {
            throw new HubException($"'{name}' cannot be loaded as a hub: {error.Message}. The form is assembly:Namespace.Type, where the assembly may be the path of its file. {Known()}", error);
        }

        return instance as HubFactory
            ?? throw new HubException($"'{name}' is neither a HubFactory nor a HubBackend with a constructor without parameters. {Known()}");
    }

    /// <summary>Whether a kind of hub can be had; a stranger's probe that throws has its reason in what it throws.</summary>
    private static bool Probe(HubFactory factory, out string? whyNot)
    {
        try
        {
            return factory.IsAvailable(out whyNot);
        }
        catch (Exception error)
        {
            whyNot = $"its probe failed: {error.Message}";
            return false;
        }
    }

    private static bool Answers(HubFactory factory, string name) =>
        name.Equals(factory.Name, StringComparison.OrdinalIgnoreCase)
        || factory.Aliases.Any(alias => name.Equals(alias, StringComparison.OrdinalIgnoreCase));

    private static string Known()
    {
        lock (s_lock)
        {
            IEnumerable<string> names = BuiltinHubs.All.Concat(s_registered)
                .Select(factory => Probe(factory, out _) ? factory.Name : $"{factory.Name} (not here)");
            return $"There are: {string.Join(", ", names)}";
        }
    }
}
