using System.Net;
using System.Runtime.InteropServices;

namespace Eventlet.Net;

/// <summary>What one receive of a datagram gave.</summary>
/// <param name="Count">How many bytes are in the buffer; 0 is a datagram without content, not an end.</param>
/// <param name="From">Who sent it; null if a Unix socket without a name did, or if a SocketAddress was given for it.</param>
/// <param name="IsTruncated">Whether the datagram was longer than the buffer: the rest is lost.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ReceivedDatagram(int Count, EndPoint? From, bool IsTruncated);
