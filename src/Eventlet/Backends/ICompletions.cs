using System.Runtime.InteropServices;

namespace Eventlet;

/// <summary>
/// The second, optional face of a backend: it takes whole operations on sockets and files and tells when they have ended, where the first one tells that they
/// could begin. The thread that runs the hub only.
/// </summary>
/// <remarks>
/// From the call until its sink is told, or until <see cref="Recall"/> returns, an operation may use the memory that it was given; never after.
/// The socket's handle is held no longer than the system needs to find the file, and never while code of a user runs or the hub sleeps,
/// unless it is a descriptor's own, whose disposal waits for nobody.
/// </remarks>
internal interface ICompletions
{
    /// <summary>Whether a receive that is not a bulk one leaves its buffer alone until the end: of the buffer only the length matters then.</summary>
    bool HoldsReceived { get; }

    /// <summary>Receives once, at least one byte unless the peer has ended.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="buffer">Room for the bytes; not empty. They come with the completion, or, for a bulk one, are there already.</param>
    /// <param name="expects">What the last receive tells of this one.</param>
    /// <param name="sink">Is told the number of bytes.</param>
    /// <returns>The operation's name for <see cref="Recall"/>.</returns>
    ulong Receive(SafeHandle socket, Memory<byte> buffer, Expectation expects, ICompletionSink sink);

    /// <summary>Sends once; everything, if <paramref name="isWhole"/> and nothing comes in between.</summary>
    ulong Send(SafeHandle socket, ReadOnlyMemory<byte> buffer, bool isWhole, ICompletionSink sink);

    /// <summary>Takes one connection. The sink is told its descriptor, close-on-exec and non-blocking.</summary>
    ulong Accept(SafeHandle listener, ICompletionSink sink);

    /// <summary>As <see cref="Receive"/>, into several buffers; not all are empty.</summary>
    ulong ReceiveParts(SafeHandle socket, in BufferParts parts, Expectation expects, ICompletionSink sink);

    /// <summary>As <see cref="Send"/>, of several buffers.</summary>
    ulong SendParts(SafeHandle socket, in BufferParts parts, bool isWhole, ICompletionSink sink);

    /// <summary>Receives one datagram. The sink is told its whole length, which may be more than the buffer has.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="buffer">Room for it; not empty. A short one's bytes come with the completion.</param>
    /// <param name="sink">An <see cref="IMessageSink"/> is told the sender first.</param>
    ulong ReceiveMessage(SafeHandle socket, Memory<byte> buffer, ICompletionSink sink);

    /// <summary>Sends one datagram to an address, which is copied; to the peer, if that is empty. Does not wait for room.</summary>
    ulong SendMessage(SafeHandle socket, ReadOnlyMemory<byte> buffer, ReadOnlySpan<byte> to, ICompletionSink sink);

    /// <summary>Connects to an address, which is copied.</summary>
    ulong Connect(SafeHandle socket, ReadOnlySpan<byte> to, ICompletionSink sink);
    /// <summary>Reads once from a place of a file, into the buffer, which is not empty.</summary>
    ulong ReadFile(SafeHandle file, Memory<byte> buffer, long offset, ICompletionSink sink);

    /// <summary>Writes once to a place of a file; it may be a part.</summary>
    ulong WriteFile(SafeHandle file, ReadOnlyMemory<byte> buffer, long offset, ICompletionSink sink);

    /// <summary>
    /// Takes an operation back, and returns when the system has let go of its memory. If it had ended already its sink is told, as if it had not been
    /// taken back; else nothing has happened, but that a part of a whole send may have gone, of which the sink is told too.
    /// </summary>
    void Recall(ulong operation);

    /// <summary>
    /// The loop is left: nothing is in flight until the next Wait, so that nothing happens behind the back of the hub's owner, and every file may be
    /// closed. What has ended meanwhile is told.
    /// </summary>
    void Rest();
}

/// <summary>What the last receive of a socket tells of the next one.</summary>
[Flags]
internal enum Expectation : byte
{
    /// <summary>It will have to wait.</summary>
    None = 0,

    /// <summary>More is there.</summary>
    More = 1,

    /// <summary>Much will come.</summary>
    Bulk = 2,
}

/// <summary>Whoever an operation is done for.</summary>
internal interface ICompletionSink
{
    /// <summary>The operation has ended. Never throws.</summary>
    /// <param name="result">What the system call would have returned; an error is the negative number.</param>
    /// <param name="data">Received bytes, in memory that is the backend's again when this returns; empty if they were written to the buffer itself.</param>
    /// <param name="next">What the next receive may expect.</param>
    void OnCompleted(int result, ReadOnlySpan<byte> data, Expectation next);
}

/// <summary>Whoever a datagram is received for.</summary>
internal interface IMessageSink : ICompletionSink
{
    /// <summary>Who sent it; before <see cref="ICompletionSink.OnCompleted"/>. Never throws.</summary>
    /// <param name="address">In the system's form; empty if it has none.</param>
    void OnSender(ReadOnlySpan<byte> address);
}
