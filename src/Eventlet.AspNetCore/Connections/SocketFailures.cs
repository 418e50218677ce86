using System.Net.Sockets;

namespace Eventlet.AspNetCore.Connections;

/// <summary>What an error of a socket means for its connection.</summary>
internal static class SocketFailures
{
    /// <summary>The peer has reset the connection, or sending has met its end.</summary>
    internal static bool IsReset(SocketException error) =>
        error.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted;

    /// <summary>The socket was closed here.</summary>
    internal static bool IsAbort(Exception error) =>
        error is SocketException { SocketErrorCode: SocketError.OperationAborted or SocketError.Interrupted or SocketError.InvalidArgument or SocketError.NotConnected };

    /// <summary>Accept cannot go on for now, for want of descriptors or memory; the connection stays in the system's queue.</summary>
    internal static bool IsShortage(SocketException error) =>
        error.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable || error.NativeErrorCode is ENFILE or ENOMEM;

    private const int ENOMEM = 12;
    private const int ENFILE = 23;
}
