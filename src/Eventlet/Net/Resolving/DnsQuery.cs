using System.Security.Cryptography;

namespace Eventlet.Net.Resolving;

/// <summary>One query to one server, and which message is the answer to it.</summary>
internal sealed class DnsQuery
{
    private readonly DnsQuestion _question;
    private readonly ushort _id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);

    internal DnsQuery(DnsQuestion question, bool withEdns)
    {
        _question = question;
        Bytes = question.ToMessage(_id, withEdns);
    }

    internal byte[] Bytes { get; }

    /// <summary>The message, if it is the answer; null for what is malformed, or answers another query. A forger does not know the id, nor the port of the socket.</summary>
    internal DnsMessage? Match(ReadOnlySpan<byte> bytes)
    {
        try
        {
            DnsMessage message = DnsMessage.Parse(bytes);
            return message.IsResponse && message.Id == _id && (message.Question is null || message.Question == _question) ? message : null;
        }
        catch (DnsFormatException)
        {
            // Not an answer to anything.
            return null;
        }
    }
}
