using System.Net.Sockets;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Faults;

/// <summary>Every operation under every fault that it can meet: see <see cref="FaultMatrix"/>, which says what is expected.</summary>
public abstract class FaultMatrixTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    protected FaultMatrixTests() => SystemCallSeam.Require();

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1000", Justification = "what is tried depends on the hub")]
    public static TheoryData<Operation, Fault, Form> Tried
    {
        get
        {
            var data = new TheoryData<Operation, Fault, Form>();
            foreach (FaultCell cell in FaultMatrix.TriedOn(THub.HubName))
            {
                foreach (Form form in FaultMatrix.FormsOf(cell, THub.HubName))
                {
                    data.Add(cell.Operation, cell.Fault, form);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Tried))]
    public void Fault_ReachesWhomItConcerns_AndNobodyElse(Operation operation, Fault fault, Form form)
    {
        FaultCell cell = FaultMatrix.TriedOn(THub.HubName).Single(cell => cell.Operation == operation && cell.Fault == fault);
        switch (operation)
        {
            case Operation.Receive or Operation.Send or Operation.SendAll or Operation.Accept or Operation.ReceiveParts or Operation.SendParts or Operation.ReceiveFrom:
                if (fault is not (Fault.SpuriousReadiness or Fault.EventsOutOfOrder or Fault.StaleEvent or Fault.WaitFails))
                {
                    Try(cell, form, atOnce: true);
                }

                Try(cell, form, atOnce: false);
                break;
            case Operation.Trampoline or Operation.AddListener or Operation.Register:
                Try(cell, form, atOnce: fault is not (Fault.SpuriousReadiness or Fault.EventsOutOfOrder or Fault.StaleEvent or Fault.WaitFails));
                break;
            default:
                Try(cell, form, atOnce: true);
                break;
        }
    }

    private static void Try(FaultCell cell, Form form, bool atOnce) => PlainThread.Run(() =>
    {
        using var lab = new FaultLab(THub.HubName);
        Hubs.UseHub(lab.Factory);
        using Hub hub = Hubs.GetHub();
        if (form == Form.Blocking)
        {
            TryBlocking(lab, hub, cell, atOnce);
        }
        else
        {
            TryAsync(lab, hub, cell, form, atOnce);
        }
    });

    private static void TryAsync(FaultLab lab, Hub hub, FaultCell cell, Form form, bool atOnce)
    {
        Exception? error = null;
        using WaitingOperation? waiting = Waiting(lab, cell.Operation, form);
        async Task Main()
        {
            await lab.StartWitnessesAsync();
            try
            {
                await (waiting?.PerformAsync(cell, atOnce) ?? SingleOperations.PerformAsync(lab, cell));
            }
            catch (Exception thrown)
            {
                error = thrown;
            }

            Assert.True(lab.Fired > 0, "the fault did not occur");
            if (cell.Ending == Ending.EndsHub || error?.GetType() != cell.Error)
            {
                return;
            }

            lab.Script.Clear();
            if (error is not null && waiting is not null)
            {
                await waiting.RunAsync();
            }

            await FinishAsync(lab, hub);
        }

        Exception? ended = Record.Exception(() => hub.Run(Main));
        if (cell.Ending == Ending.EndsHub && waiting?.Outside is { } outside)
        {
            // The greenthread that waited for it has ended with its hub.
            error ??= Record.Exception(() => outside.GetAwaiter().GetResult());
        }

        CheckEnd(lab, cell, error, ended);
    }

    /// <summary>The call blocks the hub's owner, and what disturbs it is done by a greenthread under it.</summary>
    private static void TryBlocking(FaultLab lab, Hub hub, FaultCell cell, bool atOnce)
    {
        using WaitingOperation waiting = Waiting(lab, cell.Operation, Form.Blocking)!;
        hub.Run(async () =>
        {
            await lab.StartWitnessesAsync();
            await waiting.PrepareAsync(cell, atOnce);
        });
        bool isOver = false;
        GreenThread disturbing = hub.Spawn(() => waiting.DisturbAsync(cell, atOnce, () => isOver));
        Exception? error = Record.Exception(() => Finished(waiting.RunAsync()));
        isOver = true;
        if (cell.Ending == Ending.EndsHub || error?.GetType() != cell.Error)
        {
            CheckEnd(lab, cell, error, null);
            return;
        }

        hub.Run(async () => await disturbing);
        Assert.True(lab.Fired > 0, "the fault did not occur");
        lab.Script.Clear();
        if (error is not null)
        {
            Finished(waiting.RunAsync());
        }

        hub.Run(() => FinishAsync(lab, hub));
        CheckEnd(lab, cell, error, null);
    }

    /// <summary>What only blocks has ended when it returns.</summary>
    private static void Finished(Task done)
    {
        Assert.True(done.IsCompleted, "something was awaited");
        done.GetAwaiter().GetResult();
    }

    private static async Task FinishAsync(FaultLab lab, Hub hub)
    {
        await lab.WitnessesGoOnAsync();
        await lab.StopWitnessesAsync();
        Assert.Equal((0, 0), (hub.Statistics.Readers, hub.Statistics.Writers));
    }

    private static void CheckEnd(FaultLab lab, FaultCell cell, Exception? error, Exception? ended)
    {
        if (cell.Ending != Ending.EndsHub)
        {
            CheckError(cell, error);
            Assert.True(ended is null, $"{ended}");
            return;
        }

        Assert.True(error is HubException, $"{error}");
        Assert.Equal(3, lab.WitnessErrors.Count);
        Assert.All(lab.WitnessErrors, static other => Assert.IsType<HubException>(other));
    }

    private static void CheckError(FaultCell cell, Exception? error)
    {
        Assert.True(error?.GetType() == cell.Error, $"expected {cell.Error?.Name ?? "nothing"}, got {error?.ToString() ?? "nothing"}");
        if (error is SocketException socket && cell.Operation != Operation.MakeSocket)
        {
            Assert.Equal(cell.Errno, socket.NativeErrorCode);
        }
        else if (error is IOException)
        {
            Assert.Contains(cell.Operation is Operation.Trampoline or Operation.AddListener or Operation.Register ? $"errno {cell.Errno}" : "", error.Message, StringComparison.Ordinal);
        }
        else if (error is HubException && cell.Errno != Interop.Errno.EAGAIN)
        {
            Assert.Contains($"errno {cell.Errno}", error.Message, StringComparison.Ordinal);
        }
    }

    private static WaitingOperation? Waiting(FaultLab lab, Operation operation, Form form) => operation switch
    {
        Operation.Receive => new ReceiveOperation(lab) { Form = form },
        Operation.Send => new SendOperation(lab) { Form = form },
        Operation.SendAll => new SendAllOperation(lab) { Form = form },
        Operation.ReceiveParts => new ReceivePartsOperation(lab) { Form = form },
        Operation.SendParts => new SendPartsOperation(lab) { Form = form },
        Operation.ReceiveFrom => new ReceiveFromOperation(lab) { Form = form },
        Operation.Accept => new AcceptOperation(lab) { Form = form },
        Operation.Connect => new ConnectOperation(lab) { Form = form },
        Operation.Trampoline => new TrampolineOperation(lab) { Form = form },
        Operation.AddListener => new ListenerOperation(lab),
        Operation.Register => new RegisterOperation(lab),
        _ => null,
    };
}

/// <summary>On epoll.</summary>
public sealed class FaultMatrixOnEpoll : FaultMatrixTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class FaultMatrixOnIoUring : FaultMatrixTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class FaultMatrixOnPoll : FaultMatrixTests<PollHub>;

/// <summary>On select.</summary>
public sealed class FaultMatrixOnSelect : FaultMatrixTests<SelectHub>;
