using Eventlet.Backends;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Backends;

/// <summary>A wake-up may race its disposal: whoever wakes is told nothing, and nobody else is woken.</summary>
public sealed class WakeupRaceTests
{
    private const int Rounds = 20_000;

    [Fact]
    public void Pipe_SignalledWhileItIsDisposed_IsNoError() => Race(PipeWakeup.Open);

    [Fact]
    public void Eventfd_SignalledWhileItIsDisposed_IsNoError() => Race(static () => EventfdWakeup.TryOpen()!);

    private static void Race(Func<Wakeup> open)
    {
        // One that has had its wake-up writes no more, so each round has a new one; the other thread goes as soon as it sees it.
        Wakeup? current = null;
        PlainThread.Started<bool> waker = PlainThread.Start(() =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                Wakeup? seen;
                while ((seen = Interlocked.Exchange(ref current, null)) is null)
                {
                    Thread.Yield();
                }

                seen.Wake();
            }

            return true;
        });
        for (int round = 0; round < Rounds && !waker.HasEnded; round++)
        {
            Wakeup wakeup = open();
            Volatile.Write(ref current, wakeup);
            while (Volatile.Read(ref current) is not null && !waker.HasEnded)
            {
                Thread.Yield();
            }

            // From here the two are side by side; at another point in each round.
            Thread.SpinWait(round % 64);
            wakeup.Dispose();
        }

        waker.Join();
    }
}
