namespace Eventlet.Net;

/// <summary>Text (RFC 1035, section 3.3.14).</summary>
public sealed class TxtRecord : DnsRecord
{
    internal TxtRecord(string name, IReadOnlyList<string> texts)
        : base(name, DnsRecordType.Txt) => Texts = texts;

    /// <summary>The parts of the text, read as UTF-8; a part has at most 255 bytes.</summary>
    public IReadOnlyList<string> Texts { get; }

    /// <summary>The whole text, the parts one after the other without anything between, as SPF and DKIM want it.</summary>
    public string Joined => string.Concat(Texts);

    /// <summary>Name, time to live and the parts in quotes, without the escapes of zone files.</summary>
    public override string ToString() => Text(string.Join(' ', Texts.Select(static text => $"\"{text}\"")));
}
