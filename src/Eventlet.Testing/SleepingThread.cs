using System.Globalization;
using System.Runtime.InteropServices;
using Eventlet.Testing.Native;

namespace Eventlet.Testing;

/// <summary>The thread that made it, for another one that waits until it sleeps in the kernel, or interrupts it there.</summary>
internal sealed class SleepingThread : IDisposable
{
    private readonly nint _thread = Libc.pthread_self();
    private readonly string _stat = $"/proc/{new FileInfo("/proc/thread-self").LinkTarget}/stat";

    // A handler makes the signal interrupt system calls; without one it would be ignored before it gets there.
    private readonly PosixSignalRegistration _handler = PosixSignalRegistration.Create((PosixSignal)Libc.SIGWINCH, static _ => { });

    public void Dispose() => _handler.Dispose();

    /// <summary>Returns when the thread is seen asleep.</summary>
    internal void WaitUntilAsleep()
    {
        for (int looks = 0; looks < 1_000_000; looks++)
        {
            string stat = File.ReadAllText(_stat);
            if (stat[stat.LastIndexOf(')') + 2] == 'S')
            {
                return;
            }

            Thread.Yield();
        }

        throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"the thread of {_stat} never slept"));
    }

    /// <summary>Sends it a signal that has a handler.</summary>
    internal void Interrupt() => _ = Libc.pthread_kill(_thread, Libc.SIGWINCH);
}
