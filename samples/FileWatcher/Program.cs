// Tells what happens in a folder, by inotify(7):   dotnet run FOLDER
//
// The library knows nothing of inotify. Its descriptor is waited for like any other: Hubs.TrampolineAsync suspends this greenthread until there is
// something to read, and the hub does something else meanwhile. Ctrl-C ends it.
using System.Runtime.InteropServices;
using Eventlet;

if (args.Length != 1 || !Directory.Exists(args[0]))
{
    Console.Error.WriteLine("usage: FileWatcher FOLDER");
    return 2;
}

Hub hub = Hubs.GetHub();
using IDisposable signals = hub.CancelOnSignals();
using var watch = new Inotify(args[0]);
try
{
    hub.Run(WatchAsync);
}
catch (OperationCanceledException)
{
    Console.WriteLine("closed");
}

return 0;

async Task WatchAsync()
{
    Console.WriteLine($"watching {args[0]}");
    while (true)
    {
        await Hubs.TrampolineAsync(watch.Handle, read: true);
        foreach ((string what, string name) in watch.Read())
        {
            Console.WriteLine($"{what} {name}");
        }
    }
}

/// <summary>An inotify instance with one watch.</summary>
internal sealed partial class Inotify : IDisposable
{
    private const int IN_NONBLOCK = 0x800;
    private const int IN_CLOEXEC = 0x80000;
    private static readonly (uint Mask, string What)[] s_events =
    [
        (0x100, "created"), (0x8, "written"), (0x40, "moved away"), (0x80, "moved here"), (0x200, "deleted"), (0x4000, "some events were lost"),
    ];

    private readonly byte[] _buffer = new byte[64 * 1024];

    public Inotify(string folder)
    {
        int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        Handle = new Microsoft.Win32.SafeHandles.SafeFileHandle(fd, ownsHandle: true);
        if (fd < 0 || inotify_add_watch(fd, folder, s_events.Aggregate(0u, (all, each) => all | each.Mask)) < 0)
        {
            throw new IOException($"inotify: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    public SafeHandle Handle { get; }

    /// <summary>What has happened since the last call. Each event is a struct of four 32-bit numbers (watch, mask, cookie, length) and a name padded with zeros.</summary>
    public List<(string What, string Name)> Read()
    {
        var events = new List<(string, string)>();
        int count = (int)read((int)Handle.DangerousGetHandle(), _buffer, _buffer.Length);
        for (int at = 0; at < count;)
        {
            uint mask = BitConverter.ToUInt32(_buffer, at + 4);
            int length = BitConverter.ToInt32(_buffer, at + 12);
            string name = System.Text.Encoding.UTF8.GetString(_buffer, at + 16, length).TrimEnd('\0');
            foreach ((uint bit, string what) in s_events)
            {
                if ((mask & bit) != 0)
                {
                    events.Add((what, name));
                }
            }

            at += 16 + length;
        }

        return events;
    }

    public void Dispose()
    {
        // Whoever still waits for the descriptor learns of its end.
        Hubs.NotifyClose((int)Handle.DangerousGetHandle());
        Handle.Dispose();
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int inotify_init1(int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int inotify_add_watch(int fd, string path, uint mask);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int fd, [Out] byte[] buffer, nint count);
}
