namespace Eventlet.Net;

/// <summary>A datagram that was received for a waiter that was gone when it came to hand it over.</summary>
/// <param name="Bytes">What came, as far as it fitted.</param>
/// <param name="From">The sender's address as the system has it; empty if it was not asked for.</param>
/// <param name="IsTruncated">Whether more had come than fitted.</param>
internal sealed record KeptDatagram(byte[] Bytes, byte[] From, bool IsTruncated);
