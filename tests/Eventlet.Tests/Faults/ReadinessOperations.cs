using Eventlet.Tests.Support;
using Fds = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Faults;

internal class TrampolineOperation(FaultLab lab) : WaitingOperation(lab)
{
    private int _reader;
    private int _writer;

    internal override int Fd => _reader;

    internal override SystemCall Call => FaultLab.Registration(Lab.HubName);

    internal override bool IsHint => true;

    internal override bool IsRegistration => true;

    protected override bool RunsAnywhere => false;

    internal override Task ArrangeAsync()
    {
        (_reader, _writer) = Lab.Open.Pipe();
        return Task.CompletedTask;
    }

    internal override async Task RunAsync()
    {
        if (Blocks)
        {
            Hubs.Trampoline(_reader, read: true);
        }
        else
        {
            await Hubs.TrampolineAsync(_reader, read: true);
        }
    }

    internal override Task MakeReadyAsync()
    {
        Fds.Write(_writer, 1);
        return Task.CompletedTask;
    }

    public override void Dispose()
    {
        // The pipe is the lab's.
    }
}

internal sealed class ListenerOperation(FaultLab lab) : TrampolineOperation(lab)
{
    internal override async Task RunAsync()
    {
        Hub hub = Hubs.GetHub();
        var called = new TaskCompletionSource();
        FdListener listener = hub.Add(FdEvent.Read, Fd, _ => called.TrySetResult(), error => called.TrySetException(error));
        try
        {
            await called.Task;
        }
        finally
        {
            hub.Remove(listener);
        }
    }
}
