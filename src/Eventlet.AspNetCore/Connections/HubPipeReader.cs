using System.IO.Pipelines;

namespace Eventlet.AspNetCore.Connections;

/// <summary>The reading side of a connection whose application runs on the hub: a read that is begun on another thread, as Kestrel's first one of each connection is, ends there.</summary>
internal sealed class HubPipeReader : InputReader
{
    private readonly HubConnection _connection;
    private readonly ForeignRead _foreign;

    internal HubPipeReader(PipeReader inner, HubConnection connection)
        : base(inner)
    {
        _connection = connection;
        _foreign = new ForeignRead(this, connection);
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        _connection.Hub.IsCurrent ? ReadHere(cancellationToken) : _foreign.Begin(cancellationToken);

    /// <summary>A read that goes on wherever the pipe says.</summary>
    internal ValueTask<ReadResult> ReadHere(CancellationToken cancellationToken) => base.ReadAsync(cancellationToken);

    /// <summary>The greenthread has begun, and may find a read that has waited for it. In the greenthread.</summary>
    internal void BeginWaiting() => _foreign.BeginWaiting();
}
