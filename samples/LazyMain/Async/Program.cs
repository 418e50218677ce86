using System.IO.Pipes;
using Eventlet;

namespace Samples;

/// <summary>
/// A plain async Main, as one writes it anyway: no set-up, no Run, no host. The first await on something of a hub launches the hub's
/// loop on a thread of its own; Main goes on where it would after any await, on the thread pool.
/// </summary>
internal static class LazyMain
{
    private static async Task Main()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        using var writing = new AnonymousPipeClientStream(PipeDirection.Out, pipe.ClientSafePipeHandle);
        Console.WriteLine($"a loop is running: {Hubs.GetHub().IsRunning}");

        GreenThread<int> counter = GreenThread.Spawn(async () =>
        {
            int count = 0;
            for (; count < 3; count++)
            {
                Console.WriteLine($"greenthread: {count}, on the hub's thread: {Hubs.GetHub().IsCurrent}");
                await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
            }

            writing.WriteByte(42);
            return count;
        });

        await Hubs.TrampolineAsync(pipe.SafePipeHandle, read: true);   // until the pipe can be read
        Console.WriteLine($"the pipe has {pipe.ReadByte()}");

        await Task.Delay(1);   // what is not of a hub is awaited like ever
        await NestedAsync();

        Console.WriteLine($"counted to {await counter}");
        Console.WriteLine($"a loop is running: {Hubs.GetHub().IsRunning}");
    }

    private static async Task NestedAsync()
    {
        await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(20));
        Console.WriteLine($"slept, and Main is in a greenthread: {GreenThread.Current is not null}");
    }
}
