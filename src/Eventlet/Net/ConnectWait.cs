using Eventlet.Interop;

namespace Eventlet.Net;

/// <summary>A connect that a backend does whole; where it would not, its waiter goes on by readiness.</summary>
internal sealed class ConnectWait : SocketWait<int>
{
    internal System.Net.SocketAddress To { get; set; } = null!;

    private protected override bool Attempt()
    {
        Result = -Errno.EALREADY;
        return Complete();
    }

    private protected override ulong SubmitTo(ICompletions completions) => completions.Connect(Socket.Handle, To.Buffer.Span[..To.Size], this);

    private protected override void Ended(int result, ReadOnlySpan<byte> data, Expectation next)
    {
        Result = result;
        Complete();
    }

    private protected override void OnRelease()
    {
        base.OnRelease();
        To = null!;
    }

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<ConnectWait>().Return(this);
}
