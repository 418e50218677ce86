namespace Eventlet.Scenarios;

/// <summary>Opens a backdoor in a process with a careless umask, and ends without closing it.</summary>
internal static partial class BackdoorLeftOpen
{
    internal static Task<int> RunAsync(string[] args)
    {
        _ = Umask(0);
        Backdoor door = Backdoor.Listen(args[0]);
        GreenThread.Sleep();
        Console.WriteLine($"open {(OperatingSystem.IsWindows() ? "" : Convert.ToString((int)File.GetUnixFileMode(door.Path), 8))}");
        if (args[1] != "return")
        {
            GreenThread.Sleep(TimeSpan.FromDays(1));
        }

        return Task.FromResult(0);
    }

    [System.Runtime.InteropServices.LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint Umask(uint mask);
}
