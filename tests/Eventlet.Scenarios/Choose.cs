namespace Eventlet.Scenarios;

/// <summary>Prints which hub the entry thread gets, or what it is told instead; and what threads get that come later.</summary>
internal static class Choose
{
    internal static Task<int> RunAsync(string[] args)
    {
        switch (args is [] ? "" : args[0])
        {
            case "":
                Console.WriteLine(Named(() => Hubs.GetHub().Name));
                break;
            case "null":
                Console.WriteLine(Named(() =>
                {
                    Hubs.UseHub(null);
                    return Hubs.GetHub().Name;
                }));
                break;
            case "default":
                Console.WriteLine(Named(() => Hubs.GetDefaultHub().Name));
                break;
            case "start":
                Console.WriteLine(Named(() =>
                {
                    using Hub hub = Hub.Start();
                    return hub.Name;
                }));
                break;
            case "late":
                Late();
                break;
            default:
                throw new ArgumentException(args[0]);
        }

        return Task.FromResult(0);
    }

    /// <summary>The variable is read when a thread first needs a hub, not when the program starts.</summary>
    private static void Late()
    {
        Hub first = Hubs.GetHub();
        Environment.SetEnvironmentVariable(Hubs.EnvironmentVariable, "select");
        Check.That(ReferenceEquals(Hubs.GetHub(), first));
        string other = "";
        var thread = new Thread(() => other = Hubs.GetHub().Name);
        thread.Start();
        thread.Join();
        Console.WriteLine($"{first.Name} {other}");
    }

    private static string Named(Func<string> name)
    {
        try
        {
            return name();
        }
        catch (HubException error)
        {
            return $"HubException: {error.Message}";
        }
    }
}
