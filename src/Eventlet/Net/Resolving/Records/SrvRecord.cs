namespace Eventlet.Net;

/// <summary>A host that offers a service (RFC 2782).</summary>
public sealed class SrvRecord : DnsRecord
{
    internal SrvRecord(string name, int priority, int weight, int port, string target)
        : base(name, DnsRecordType.Srv)
    {
        Priority = priority;
        Weight = weight;
        Port = port;
        Target = target;
    }

    /// <summary>0 to 65535; those with less are tried first.</summary>
    public int Priority { get; }

    /// <summary>0 to 65535: which share of the clients it should get among those of its priority.</summary>
    public int Weight { get; }

    /// <summary>0 to 65535.</summary>
    public int Port { get; }

    /// <summary>The host's name; "." alone says that there is no such service.</summary>
    public string Target { get; }

    /// <summary>As in a zone file.</summary>
    public override string ToString() => Text($"{Priority} {Weight} {Port} {Target}");
}
