using System.Net;
using Eventlet.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Eventlet.AspNetCore;

/// <summary>What the transport tells the log, in the words of the stock transport where it tells the same.</summary>
internal sealed partial class TransportLog(ILogger logger)
{
    /// <summary>The category of its messages.</summary>
    internal const string Category = "Eventlet.AspNetCore";

    private readonly ILogger _logger = logger;

    [LoggerMessage(1, LogLevel.Information, "{Count} {Hub} hub(s) serve Kestrel, the application runs on the {Scheduling}", EventName = "HubsStarted")]
    internal partial void HubsStarted(int count, string hub, string scheduling);

    [LoggerMessage(4, LogLevel.Debug, @"Connection id ""{ConnectionId}"" paused.", EventName = "ConnectionPause")]
    internal partial void ConnectionPause(string connectionId);

    [LoggerMessage(5, LogLevel.Debug, @"Connection id ""{ConnectionId}"" resumed.", EventName = "ConnectionResume")]
    internal partial void ConnectionResume(string connectionId);

    internal void ConnectionReadFin(HubConnection connection)
    {
        if (_logger.IsEnabled(LogLevel.Debug))
        {
            ReadFin(connection.ConnectionId);
        }
    }

    [LoggerMessage(14, LogLevel.Debug, @"Connection id ""{ConnectionId}"" communication error.", EventName = "ConnectionError")]
    internal partial void ConnectionError(string connectionId, Exception error);

    [LoggerMessage(19, LogLevel.Debug, @"Connection id ""{ConnectionId}"" reset.", EventName = "ConnectionReset")]
    internal partial void ConnectionReset(string connectionId);

    [LoggerMessage(20, LogLevel.Error, @"Connection id ""{ConnectionId}"": a callback of ConnectionClosed has failed.", EventName = "ClosedCallbackFailed")]
    internal partial void ClosedCallbackFailed(string connectionId, Exception error);

    [LoggerMessage(21, LogLevel.Warning, "Accepting at {EndPoint} is put off, for want of descriptors or memory: {Reason}. It goes on by itself.", EventName = "AcceptDeferred")]
    internal partial void AcceptDeferred(EndPoint endPoint, string reason);

    [LoggerMessage(22, LogLevel.Error, "Accepting at {EndPoint} has failed; trying again.", EventName = "AcceptFailed")]
    internal partial void AcceptFailed(EndPoint endPoint, Exception error);

    [LoggerMessage(6, LogLevel.Debug, @"Connection id ""{ConnectionId}"" received FIN.", EventName = "ConnectionReadFin", SkipEnabledCheck = true)]
    private partial void ReadFin(string connectionId);
}
