using System.Text;

namespace Eventlet.Tests.Faults;

/// <summary>docs/faults.md is what the matrix says. `eng/update-fault-table` rewrites it.</summary>
public sealed class FaultTableTests
{
    private const string UpdateVariable = "EVENTLET_UPDATE_FAULT_TABLE";

    private static readonly Dictionary<Operation, string> s_titles = new()
    {
        [Operation.Receive] = "`GreenSocket.Receive`, `ReceiveAsync` (recv)",
        [Operation.Send] = "`GreenSocket.Send`, `SendAsync` (send)",
        [Operation.SendAll] = "`GreenSocket.SendAll`, `SendAllAsync` (send)",
        [Operation.ReceiveParts] = "`GreenSocket.Receive`, `ReceiveAsync` into several buffers (recvmsg)",
        [Operation.SendParts] = "`GreenSocket.SendAll`, `SendAllAsync` of several buffers (sendmsg)",
        [Operation.ReceiveFrom] = "`GreenSocket.ReceiveFrom`, `ReceiveFromAsync`; `Receive`, `ReceiveAsync` of a datagram socket (recvfrom)",
        [Operation.SendTo] = "`GreenSocket.SendTo`, `SendToAsync` (sendto)",
        [Operation.Accept] = "`GreenSocket.Accept`, `AcceptAsync` (accept4)",
        [Operation.Connect] = "`GreenSocket.Connect`, `ConnectAsync` (connect)",
        [Operation.Shutdown] = "`GreenSocket.Shutdown` (shutdown)",
        [Operation.Close] = "`GreenSocket.Close` (close)",
        [Operation.Trampoline] = "`Hubs.Trampoline`, `TrampolineAsync`",
        [Operation.AddListener] = "`Hub.Add`: `throwback` gets what comes after the call itself",
        [Operation.RemoveListener] = "`Hub.Remove`",
        [Operation.Register] = "The first wait for a socket on a hub (epoll_ctl ADD; fstat on libevent; fcntl on poll and select)",
        [Operation.Modify] = "A further waiter for a descriptor that is watched (epoll_ctl MOD; fcntl on io_uring, fstat on libevent)",
        [Operation.Unregister] = "The end of the last wait for a descriptor (epoll_ctl DEL)",
        [Operation.Wait] = "The hub's own wait (epoll_wait, epoll_pwait2, io_uring_enter, ppoll, pselect; what libevent reports)",
        [Operation.Wake] = "A wake-up from another thread (write)",
        [Operation.MakeWakeup] = "Making the hub's wake-up (eventfd, pipe2)",
        [Operation.StartHub] = "Starting a hub (epoll_create1, its first epoll_ctl; io_uring_setup)",
        [Operation.StartThread] = "Starting a hub's thread (pthread_create)",
        [Operation.MakeSocket] = "Making a socket (socket)",
    };

    [Fact]
    public void Table_IsWhatTheMatrixSays()
    {
        string path = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "docs", "faults.md"));
        string table = Table();
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            File.WriteAllText(path, table);
        }

        Assert.True(File.ReadAllText(path) == table, "docs/faults.md is not what the matrix says: run eng/update-fault-table");
    }

    [Fact]
    public void Matrix_HasEveryCellOnce_OnEveryHub()
    {
        foreach (string hub in FaultMatrix.Hubs)
        {
            Assert.Empty(FaultMatrix.TriedOn(hub).GroupBy(cell => (cell.Operation, cell.Fault)).Where(same => same.Count() > 1).Select(same => same.Key));
        }

        var missing = from operation in Enum.GetValues<Operation>() from fault in Enum.GetValues<Fault>()
                      where !FaultMatrix.Cells.Any(cell => cell.Operation == operation && cell.Fault == fault)
                      select (operation, fault);
        Assert.Empty(missing);
    }

    private static string Table()
    {
        var text = new StringBuilder("""
            # Faults: what was tried, and what the user sees

            Generated from `tests/Eventlet.Tests/Faults/FaultMatrix.cs` by `eng/update-fault-table`; the tests try each line on each hub that it names,
            with the system call itself made to fail, receives, sends and accepts once at the first try and once while somebody waits. In each, other greenthreads and
            timers of the same hub notice nothing, no byte is lost, nothing stays registered or open, and after an error the same operation works
            again; except where the hub itself ends, and everybody who waits is told. Receives, sends, accepts, connects and trampolines are tried in a greenthread, in async code
            outside of one, and as blocking calls.

            On io_uring a receive, a send, an accept or a connect is no call of the hub's: there the submission fails, at once or when it has waited, and its completion tells so. What tells
            readiness, spuriously or too late, concerns only the blocking forms of these, and they are tried with it. libevent makes its system calls itself: what
            the hub calls besides is made to fail, and what libevent reports.


            """);
        foreach (Operation operation in Enum.GetValues<Operation>())
        {
            FaultCell[] row = [.. FaultMatrix.Cells.Where(cell => cell.Operation == operation)];
            text.Append("## ").Append(s_titles[operation]).Append("\n\n| fault | on | what the user sees |\n|---|---|---|\n");
            foreach (IGrouping<(string, string), FaultCell> same in row.Where(cell => cell.Ending != Ending.Never).OrderBy(cell => cell.Fault).GroupBy(cell => (On(cell), cell.Text)))
            {
                text.Append("| ").AppendJoin(", ", same.Select(cell => Name(cell.Fault))).Append(" | ").Append(same.Key.Item1).Append(" | ").Append(same.Key.Item2).Append(" |\n");
            }

            text.Append('\n');
            IEnumerable<string> never = row.Where(cell => cell.Ending == Ending.Never).GroupBy(cell => (Text: cell.Text, On: cell.Hubs is null ? "" : $" on {On(cell)}"))
                .Select(same => $"{string.Join(", ", same.Select(cell => Name(cell.Fault)))}{same.Key.On}: {same.Key.Text}");
            text.Append("Not to be met: ").AppendJoin("; ", never).Append(".\n\n");
        }

        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static string On(FaultCell cell) => cell.Hubs is null ? "all" : string.Join(", ", cell.Hubs);

    private static string Name(Fault fault) => fault switch
    {
        Fault.EAGAIN => "EAGAIN after readiness",
        Fault.ShortRead => "short read",
        Fault.ShortWrite => "short write",
        Fault.SpuriousReadiness => "spurious readiness",
        Fault.EventsOutOfOrder => "events out of order",
        Fault.StaleEvent => "an event of a descriptor that was closed",
        Fault.WaitFails => "a wait that fails",
        _ => fault.ToString(),
    };
}
