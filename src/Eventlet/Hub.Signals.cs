using System.Runtime.InteropServices;

namespace Eventlet;

// What a signal that asks the process to end becomes, for programs that want to clean up.
public sealed partial class Hub
{
    /// <summary>
    /// From now on the first SIGINT (Ctrl-C) or SIGTERM does not end the process: whoever waits for this hub from outside its greenthreads, in a
    /// blocking call, in <see cref="Run(Func{Task})"/> or in an await, gets an <see cref="OperationCanceledException"/>, so that the program's clean-up
    /// runs. If nobody waits then, the next one who does gets it. A second signal ends the process at once, as does the first after the hub was
    /// disposed. Any thread.
    /// </summary>
    /// <remarks>
    /// Greenthreads and timers stay, and go on when MAINLOOP runs again; <see cref="DisposeAsync"/> ends greenthreads with their own clean-up. A process that was started
    /// with SIGINT ignored, as background jobs of a shell script are, goes on ignoring it.
    /// </remarks>
    /// <returns>Dispose it to have signals end the process again.</returns>
    /// <exception cref="HubException">The hub was disposed.</exception>
    public IDisposable CancelOnSignals()
    {
        ThrowIfDisposed();
        return new SignalCancellation(this);
    }

    private void Interrupt(PosixSignal signal)
    {
        Outsiders.Interrupt(() => new OperationCanceledException($"{signal} asks the process to end"));

        // As for the inbox: who runs the loop in place either sees that its call is over, or is woken.
        Interlocked.MemoryBarrier();
        WakeIfSleeping();
    }

    private sealed class SignalCancellation : IDisposable
    {
        private readonly Hub _hub;
        private readonly PosixSignalRegistration _interrupt;
        private readonly PosixSignalRegistration _terminate;
        private int _signals;

        internal SignalCancellation(Hub hub)
        {
            _hub = hub;
            _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
            try
            {
                _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
            }
            catch
            {
                _interrupt.Dispose();
                throw;
            }
        }

        public void Dispose()
        {
            _interrupt.Dispose();
            _terminate.Dispose();
        }

        // On a thread of the runtime, one signal after the other or several at once.
        private void OnSignal(PosixSignalContext context)
        {
            if (!_hub.IsDisposed && Interlocked.Exchange(ref _signals, 1) == 0)
            {
                context.Cancel = true;
                _hub.Interrupt(context.Signal);
            }
        }
    }
}
