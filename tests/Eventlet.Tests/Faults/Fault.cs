namespace Eventlet.Tests.Faults;

/// <summary>What can go wrong.</summary>
public enum Fault
{
    EINTR,
    EAGAIN,
    ShortRead,
    ShortWrite,
    EMFILE,
    ENFILE,
    ENOMEM,
    ENOSPC,
    EBADF,
    EPERM,
    ECONNRESET,
    EPIPE,
    ECONNABORTED,
    ENOBUFS,
    SpuriousReadiness,
    EventsOutOfOrder,
    StaleEvent,
    WaitFails,
}

/// <summary>What is being done meanwhile.</summary>
public enum Operation
{
    Receive,
    Send,
    SendAll,
    ReceiveParts,
    SendParts,
    ReceiveFrom,
    SendTo,
    Accept,
    Connect,
    Shutdown,
    Close,
    Trampoline,
    AddListener,
    RemoveListener,
    Register,
    Modify,
    Unregister,
    Wait,
    Wake,
    MakeWakeup,
    StartHub,
    StartThread,
    MakeSocket,
}

/// <summary>Who does it.</summary>
public enum Form
{
    /// <summary>A greenthread.</summary>
    Green,

    /// <summary>Async code in no greenthread.</summary>
    Outside,

    /// <summary>A blocking call, under which the hub runs.</summary>
    Blocking,
}

/// <summary>How a fault ends.</summary>
internal enum Ending
{
    /// <summary>The operation succeeds all the same.</summary>
    Passes,

    /// <summary>The operation throws; nobody else notices.</summary>
    Throws,

    /// <summary>The hub ends, and everybody who waits gets that.</summary>
    EndsHub,

    /// <summary>There is nothing to try.</summary>
    Never,
}

/// <summary>One operation under one fault.</summary>
/// <param name="Operation">Which.</param>
/// <param name="Fault">Which.</param>
/// <param name="Ending">How it ends.</param>
/// <param name="Error">What the operation throws, if it does.</param>
/// <param name="Text">The same for the reader; the reason, where there is nothing to try.</param>
/// <param name="Hubs">Where it can occur; null: on every hub.</param>
internal sealed record FaultCell(Operation Operation, Fault Fault, Ending Ending, Type? Error, string Text, string[]? Hubs = null)
{
    /// <summary>The error number, for faults that are one.</summary>
    internal int Errno => Fault switch
    {
        Fault.EINTR => Interop.Errno.EINTR,
        Fault.EAGAIN => Interop.Errno.EAGAIN,
        Fault.EMFILE => Interop.Errno.EMFILE,
        Fault.ENFILE => Interop.Errno.ENFILE,
        Fault.ENOMEM => Interop.Errno.ENOMEM,
        Fault.ENOSPC => Interop.Errno.ENOSPC,
        Fault.EBADF => Interop.Errno.EBADF,
        Fault.EPERM => Interop.Errno.EPERM,
        Fault.ECONNRESET => Interop.Errno.ECONNRESET,
        Fault.EPIPE => Interop.Errno.EPIPE,
        Fault.ECONNABORTED => Interop.Errno.ECONNABORTED,
        Fault.ENOBUFS => Interop.Errno.ENOBUFS,
        Fault.WaitFails => Interop.Errno.EINVAL,
        _ => 0,
    };

    internal bool IsTriedOn(string hub) => Ending != Ending.Never && (Hubs is null || Hubs.Contains(hub));
}
