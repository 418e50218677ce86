using System.Diagnostics;
using System.IO.Pipes;
using Eventlet;

namespace Samples;

/// <summary>
/// A plain Main, as one writes it anyway: no set-up, no Run, no host. Each blocking call runs the hub's loop under itself, on this
/// thread, and so the greenthreads; between two such calls nothing runs.
/// </summary>
internal static class LazyMain
{
    private static void Main()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        using var writing = new AnonymousPipeClientStream(PipeDirection.Out, pipe.ClientSafePipeHandle);
        Console.WriteLine("nothing is running yet");

        GreenThread<int> counter = GreenThread.Spawn(async () =>
        {
            int count = 0;
            for (; count < 3; count++)
            {
                Console.WriteLine($"greenthread: {count}, on the thread of Main: {Environment.CurrentManagedThreadId == 1}");
                await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
            }

            writing.WriteByte(42);
            return count;
        });
        Console.WriteLine("spawned, and still nothing has run");

        Hubs.Trampoline(pipe.SafePipeHandle, read: true);   // until the pipe can be read
        Console.WriteLine($"the pipe has {pipe.ReadByte()}");

        var clock = Stopwatch.StartNew();
        GreenThread.Sleep(TimeSpan.FromMilliseconds(20));
        Console.WriteLine($"slept: {clock.ElapsedMilliseconds >= 20}");

        Console.WriteLine($"counted to {counter.Wait()}");
    }
}
