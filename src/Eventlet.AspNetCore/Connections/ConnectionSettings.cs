using Microsoft.Extensions.Logging;

namespace Eventlet.AspNetCore.Connections;

/// <summary>What all connections of one side of a transport have in common.</summary>
/// <param name="IsClient">Whether who reads and writes goes on in its own context, as after any await, instead of on the thread pool.</param>
internal sealed record ConnectionSettings(bool RunsOnHub, bool IsClient, bool WaitsForData, long MaxReadBuffer, long MaxWriteBuffer, TimeSpan HalfCloseTimeout, TransportLog Log, TransportMetrics Metrics);
