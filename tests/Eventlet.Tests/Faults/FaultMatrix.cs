using System.Net.Sockets;
using static Eventlet.Tests.Faults.Fault;

namespace Eventlet.Tests.Faults;

/// <summary>What is expected of each operation under each fault: the tests try it, and docs/faults.md is made of it.</summary>
internal static class FaultMatrix
{
    private const string OpensNone = "it opens no descriptor";
    private const string NoRoom = "the limit of watched descriptors is met when one is registered: see there";
    private const string NoStream = "it moves no bytes";
    private const string NoConnection = "it is not about a connection";
    private const string NoCall = "it makes no system call that could report this";
    private const string Silent = "it waits for no event";

    /// <summary>The hubs on which it is tried.</summary>
    internal static IReadOnlyList<string> Hubs { get; } = ["epoll", "io_uring", "poll", "select", "libevent"];

    /// <summary>All of them, by operation.</summary>
    internal static IReadOnlyList<FaultCell> Cells { get; } =
    [
        .. Row(Operation.Receive).Call().Waits()
            .Passes(ShortRead, "it returns the bytes that came; the next one gets the rest")
            .Throws<SocketException>(ENOMEM, EPERM, ECONNRESET, EPIPE, ECONNABORTED, ENOBUFS).Never("it writes nothing", ShortWrite)
            .NotOn("io_uring", "there it says that no buffer of the hub's was free: see the line of io_uring", ENOBUFS)
            .On("io_uring").Passes(ENOBUFS, "nothing: it is submitted again. Outside of a greenthread, where the call is tried first: `SocketException` with this number").OnAll()
            .Never(OpensNone, EMFILE, ENFILE).Never(NoRoom, ENOSPC),
        .. Row(Operation.Send).Call().Waits()
            .Passes(ShortWrite, "it returns how many bytes were taken")
            .Throws<SocketException>(ENOMEM, EPERM, ECONNRESET, EPIPE, ECONNABORTED, ENOBUFS).Never("it reads nothing", ShortRead)
            .Never(OpensNone, EMFILE, ENFILE).Never(NoRoom, ENOSPC),
        .. Row(Operation.SendAll).Call().Waits()
            .Passes(ShortWrite, "nothing: the rest is sent as soon as there is room")
            .Throws<SocketException>(ENOMEM, EPERM, ECONNRESET, EPIPE, ECONNABORTED, ENOBUFS).Never("it reads nothing", ShortRead)
            .Never(OpensNone, EMFILE, ENFILE).Never(NoRoom, ENOSPC),
        .. Row(Operation.ReceiveParts).Call().Waits()
            .Passes(ShortRead, "it returns the bytes that came; the next one gets the rest")
            .Throws<SocketException>(ENOMEM, EPERM, ECONNRESET, EPIPE, ECONNABORTED, ENOBUFS).Never("it writes nothing", ShortWrite)
            .NotOn("io_uring", "there it says that no buffer of the hub's was free: see the line of io_uring", ENOBUFS)
            .On("io_uring").Passes(ENOBUFS, "nothing: it is submitted again. Outside of a greenthread, where the call is tried first: `SocketException` with this number").OnAll()
            .Never(OpensNone, EMFILE, ENFILE).Never(NoRoom, ENOSPC),
        .. Row(Operation.SendParts).Call().Waits()
            .Passes(ShortWrite, "nothing: the rest is sent as soon as there is room")
            .Throws<SocketException>(ENOMEM, EPERM, ECONNRESET, EPIPE, ECONNABORTED, ENOBUFS).Never("it reads nothing", ShortRead)
            .Never(OpensNone, EMFILE, ENFILE).Never(NoRoom, ENOSPC),
        .. Row(Operation.ReceiveFrom).Call().Waits()
            .Throws<SocketException>(ENOMEM, EPERM, ECONNRESET, EPIPE, ECONNABORTED, ENOBUFS).Never("a datagram is received whole, or its rest is lost", ShortRead)
            .Never("it writes nothing", ShortWrite).Never(OpensNone, EMFILE, ENFILE).Never(NoRoom, ENOSPC),
        .. Row(Operation.SendTo).Call()
            .Throws<SocketException>(ENOMEM, EPERM, ECONNRESET, EPIPE, ECONNABORTED, ENOBUFS).Never("a datagram is sent whole or not at all", ShortWrite)
            .Never("it reads nothing", ShortRead).Never(OpensNone, EMFILE, ENFILE).Never(NoRoom, ENOSPC)
            .Never("it waits as a send does: see there", SpuriousReadiness, EventsOutOfOrder, StaleEvent, WaitFails),
        .. Row(Operation.Accept).Call().Waits()
            .Passes(ECONNABORTED, "nothing: that connection is passed over, the next one is taken")
            .Throws<SocketException>(EMFILE, ENFILE, ENOMEM, EPERM, ENOBUFS).Never(NoStream, ShortRead, ShortWrite)
            .Never("what befalls a connection in the queue is reported as ECONNABORTED", ECONNRESET, EPIPE).Never(NoRoom, ENOSPC),
        .. Row(Operation.Connect).Waits()
            .Passes(EINTR, "nothing: it goes on in the background, and its end is waited for")
            .Passes(EAGAIN, "nothing: the queue of a Unix listener is full, so it is tried again, after pauses from 1 to 50 ms, until the socket's Timeout is over")
            .Throws<SocketException>(ENOMEM, EPERM, ECONNRESET, ECONNABORTED, ENOBUFS).Throws<IOClosedException>(EBADF)
            .Never(NoStream, ShortRead, ShortWrite, EPIPE).Never(OpensNone, EMFILE, ENFILE).Never(NoRoom, ENOSPC),
        .. Row(Operation.Shutdown).Throws<IOClosedException>(EBADF).Throws<SocketException>(ENOBUFS)
            .Never(Silent, EAGAIN, SpuriousReadiness, EventsOutOfOrder, StaleEvent, WaitFails).Never(NoStream, ShortRead, ShortWrite)
            .Never("shutdown(2) has no such error", EINTR, EMFILE, ENFILE, ENOMEM, ENOSPC, EPERM, ECONNRESET, EPIPE, ECONNABORTED),
        .. Row(Operation.Close).Passes(EINTR, "nothing: the number is free, and close is not called again").Passes(EBADF, "nothing")
            .Never(Silent, EAGAIN, SpuriousReadiness, EventsOutOfOrder, StaleEvent, WaitFails).Never(NoStream, ShortRead, ShortWrite)
            .Never("close(2) of a socket has no such error", EMFILE, ENFILE, ENOMEM, ENOSPC, EPERM, ECONNRESET, EPIPE, ECONNABORTED, ENOBUFS),
        .. Row(Operation.Trampoline).Registers().Files().Hints(),
        .. Row(Operation.AddListener).Registers().Files().Hints(),
        .. Row(Operation.RemoveListener).On("epoll").Passes(EBADF, "nothing: the system has forgotten the descriptor by itself").OnAll()
            .Passes(StaleEvent, "nothing: the callback is not called, not even for an event that came before")
            .Never("epoll_ctl(2) cannot take an interest back with this error; poll and select make no call", EINTR, EAGAIN, EMFILE, ENFILE, ENOMEM, ENOSPC, EPERM)
            .Never(NoStream, ShortRead, ShortWrite).Never(NoConnection, ECONNRESET, EPIPE, ECONNABORTED, ENOBUFS)
            .Never(Silent, SpuriousReadiness, EventsOutOfOrder, WaitFails),
        .. Row(Operation.Register).Registers().NotOn("io_uring", "an operation is handed over with the number: its own EBADF, see there", EBADF).Never("every socket can be watched", EPERM).Never(Silent, SpuriousReadiness, EventsOutOfOrder, StaleEvent, WaitFails),
        .. Row(Operation.Modify).On("epoll", "io_uring", "libevent")
            .Passes(EBADF, "the number means another file now: who waited for the old one gets IOClosedException, the new one is registered").OnAll()
            .Never("epoll_ctl(2) has no such error for a descriptor that it watches; poll and select make no call", EINTR, EAGAIN, EMFILE, ENFILE, ENOMEM, ENOSPC, EPERM)
            .Never(NoStream, ShortRead, ShortWrite).Never(NoConnection, ECONNRESET, EPIPE, ECONNABORTED, ENOBUFS)
            .Never(Silent, SpuriousReadiness, EventsOutOfOrder, StaleEvent, WaitFails),
        .. Row(Operation.Unregister).On("epoll").Passes(EBADF, "nothing: the system has forgotten the descriptor by itself").OnAll()
            .Never("epoll_ctl(2) has no such error for a descriptor that it watches; poll and select make no call", EINTR, EAGAIN, EMFILE, ENFILE, ENOMEM, ENOSPC, EPERM)
            .Never(NoStream, ShortRead, ShortWrite).Never(NoConnection, ECONNRESET, EPIPE, ECONNABORTED, ENOBUFS)
            .Never(Silent, SpuriousReadiness, EventsOutOfOrder, StaleEvent, WaitFails),
        .. Row(Operation.Wait).Passes(EINTR, "nothing: the hub waits again")
            .On("select").Passes(EBADF, "the waiters of the descriptor that was closed get IOClosedException; there may be none")
            .On("epoll", "io_uring").EndsHub(EBADF, "the epoll instance, or the ring, was closed by somebody else: as for a wait that fails").OnAll()
            .EndsHub(ENOMEM, "as for a wait that fails").NotOn("io_uring", "there it is not final: it is tried again, see the next line", ENOMEM)
            .On("io_uring").Passes(ENOMEM, "nothing: after a pause of 1 ms the hub waits again").OnAll()
            .NotOn("libevent", "libevent makes the call, and makes it again by itself", EINTR)
            .Passes(SpuriousReadiness, "nothing: an event of a descriptor that nobody waits for").Passes(EventsOutOfOrder, "nothing")
            .Passes(StaleEvent, "nothing: the event is known by its token as one of an earlier life of the number")
            .EndsHub(WaitFails, "HubException, whose InnerException is the cause, for everybody who waits for the hub, inside and outside; clean-up runs, and the hub ends")
            .Never("its time-out is what says that nothing came", EAGAIN).Never(NoStream, ShortRead, ShortWrite).Never(OpensNone, EMFILE, ENFILE)
            .Never(NoCall, ENOSPC, EPERM).Never(NoConnection, ECONNRESET, EPIPE, ECONNABORTED, ENOBUFS),
        .. Row(Operation.Wake).Passes(EINTR, "nothing: it is written again")
            .EndsHub(EBADF, "the wake-up was closed by somebody else: HubException for everybody who waits, as for a wait that fails. Not thrown to the thread that wanted to wake the hub")
            .Never("at most one write is outstanding, so there is room", EAGAIN, ShortWrite).Never("the wake-up's value means nothing", ShortRead)
            .Never(OpensNone, EMFILE, ENFILE).Never("write(2) to an eventfd or a pipe has no such error", ENOMEM, ENOSPC, EPERM, ENOBUFS)
            .Never("the hub has both ends", EPIPE).Never(NoConnection, ECONNRESET, ECONNABORTED)
            .Never(Silent, SpuriousReadiness, EventsOutOfOrder, StaleEvent, WaitFails),
        .. Row(Operation.MakeWakeup).Throws<HubException>(EMFILE, ENFILE, ENOMEM)
            .Passes(EPERM, "nothing: where eventfd(2) is forbidden, a pipe serves")
            .Never("eventfd(2) and pipe2(2) have no such error", EINTR, EAGAIN, ENOSPC, EBADF, ENOBUFS).Never(NoStream, ShortRead, ShortWrite)
            .Never(NoConnection, ECONNRESET, EPIPE, ECONNABORTED).Never(Silent, SpuriousReadiness, EventsOutOfOrder, StaleEvent, WaitFails),
        .. Row(Operation.StartHub).Throws<HubException>(EMFILE, ENFILE, ENOMEM).On("epoll").Throws<HubException>(ENOSPC).OnAll()
            .Never("making a hub has no such error: see the wake-up for eventfd(2)", EINTR, EAGAIN, EBADF, EPERM, ENOBUFS).Never(NoStream, ShortRead, ShortWrite)
            .Never(NoConnection, ECONNRESET, EPIPE, ECONNABORTED).Never(Silent, SpuriousReadiness, EventsOutOfOrder, StaleEvent, WaitFails),
        .. Row(Operation.StartThread).Throws<HubException>(EAGAIN)
            .Never("pthread_create(3) reports every shortage as EAGAIN", EINTR, EMFILE, ENFILE, ENOMEM, ENOSPC, EBADF, EPERM, ENOBUFS).Never(NoStream, ShortRead, ShortWrite)
            .Never(NoConnection, ECONNRESET, EPIPE, ECONNABORTED).Never(Silent, SpuriousReadiness, EventsOutOfOrder, StaleEvent, WaitFails),
        .. Row(Operation.MakeSocket).Throws<SocketException>(EMFILE)
            .Never("not tried: .NET makes the socket, by calls of its own; what it reports is the caller's SocketException", ENFILE, ENOMEM, EPERM, ENOBUFS)
            .Never("socket(2) has no such error", EINTR, EAGAIN, ENOSPC, EBADF).Never(NoStream, ShortRead, ShortWrite)
            .Never(NoConnection, ECONNRESET, EPIPE, ECONNABORTED).Never(Silent, SpuriousReadiness, EventsOutOfOrder, StaleEvent, WaitFails),
    ];

    /// <summary>What is tried on a hub.</summary>
    internal static IEnumerable<FaultCell> TriedOn(string hub) => Cells.Where(cell => cell.IsTriedOn(hub));

    /// <summary>The forms in which a line is tried on a hub: for operations that wait, a greenthread's, the one outside and the blocking one.</summary>
    internal static IEnumerable<Form> FormsOf(FaultCell cell, string hub) => cell.Operation switch
    {
        // What io_uring does whole waits for no event of readiness, but under a blocking call.
        Operation.Receive or Operation.Send or Operation.SendAll or Operation.ReceiveParts or Operation.SendParts or Operation.ReceiveFrom or Operation.Accept
            when hub == "io_uring" && cell.Fault is SpuriousReadiness or StaleEvent => [Form.Blocking],
        Operation.Receive or Operation.ReceiveParts when hub == "io_uring" && cell.Fault == ENOBUFS => [Form.Green],

        // One that begins while the others become ready.
        Operation.Connect when cell.Fault == EventsOutOfOrder => [Form.Green],
        Operation.Receive or Operation.Send or Operation.SendAll or Operation.ReceiveParts or Operation.SendParts or Operation.ReceiveFrom or Operation.Accept
            or Operation.Connect or Operation.Trampoline => Enum.GetValues<Form>(),
        _ => [Form.Green],
    };

    private static RowBuilder Row(Operation operation) => new(operation);

    private sealed class RowBuilder(Operation operation) : List<FaultCell>
    {
        private string[]? _hubs;

        internal RowBuilder On(params string[] hubs)
        {
            _hubs = hubs;
            return this;
        }

        internal RowBuilder OnAll()
        {
            _hubs = null;
            return this;
        }

        /// <summary>Takes one hub out of lines that were for all.</summary>
        internal RowBuilder NotOn(string hub, string reason, params Fault[] faults)
        {
            foreach (Fault fault in faults)
            {
                int at = FindIndex(cell => cell.Fault == fault && cell.Hubs is null);
                this[at] = this[at] with { Hubs = [.. Hubs.Where(other => other != hub)] };
                Add(new FaultCell(operation, fault, Ending.Never, null, reason, [hub]));
            }

            return this;
        }

        internal RowBuilder Passes(Fault fault, string text) => With(fault, Ending.Passes, null, text);

        internal RowBuilder EndsHub(Fault fault, string text) => With(fault, Ending.EndsHub, typeof(HubException), text);

        internal RowBuilder Throws<TError>(params Fault[] faults)
        {
            foreach (Fault fault in faults)
            {
                string what = typeof(TError) == typeof(HubException) ? "`HubException`, whose text has the system's message" : $"`{typeof(TError).Name}` with this number";
                With(fault, Ending.Throws, typeof(TError), typeof(TError) == typeof(IOClosedException) ? "`IOClosedException`" : what);
            }

            return this;
        }

        internal RowBuilder Never(string reason, params Fault[] faults)
        {
            foreach (Fault fault in faults)
            {
                With(fault, Ending.Never, null, reason);
            }

            return this;
        }

        /// <summary>A call on a socket that is tried first.</summary>
        internal RowBuilder Call() => Passes(EINTR, "nothing: the call is made again").Passes(EAGAIN, "nothing: it waits on").Throws<IOClosedException>(EBADF);

        /// <summary>An operation that knows by itself whether it is done.</summary>
        internal RowBuilder Waits() => Passes(SpuriousReadiness, "nothing: it waits on").Common();

        /// <summary>A wait whose end says that an operation is worth a try.</summary>
        internal RowBuilder Hints() => Passes(SpuriousReadiness, "it returns (the callback is called): readiness is a hint, and the read that follows may find nothing").Common();

        internal RowBuilder Registers() => Throws<IOClosedException>(EBADF)
            .On("epoll").Throws<IOException>(ENOMEM, ENOSPC).OnAll()
            .Never("neither epoll_ctl(2) nor fcntl(2) waits", EINTR, EAGAIN).Never(NoStream, ShortRead, ShortWrite).Never(OpensNone, EMFILE, ENFILE)
            .Never(NoConnection, ECONNRESET, EPIPE, ECONNABORTED, ENOBUFS);

        internal RowBuilder Files() => On("epoll").Passes(EPERM, "nothing: a file that epoll does not watch, such as one on a disk, is always ready").OnAll();

        private RowBuilder Common() => Passes(EventsOutOfOrder, "nothing").Passes(StaleEvent, "nothing: the event is known as one of an earlier life of the number")
            .EndsHub(WaitFails, "`HubException`, as everybody who waits");

        private RowBuilder With(Fault fault, Ending ending, Type? error, string text)
        {
            Add(new FaultCell(operation, fault, ending, error, text, _hubs));
            return this;
        }
    }
}
