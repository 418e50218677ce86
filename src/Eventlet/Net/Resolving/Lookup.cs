using System.Net.Sockets;

namespace Eventlet.Net.Resolving;

/// <summary>A question that is being asked on a hub, once for all greenthreads there that want to know. On the hub's thread.</summary>
internal sealed class Lookup
{
    private readonly Dictionary<DnsQuestion, Lookup> _underWay;
    private readonly DnsQuestion _question;
    private readonly GreenEvent<DnsAnswer> _outcome = new();
    private readonly GreenThread<DnsAnswer> _asking;
    private int _wanted = 1;

    private Lookup(Hub hub, Dictionary<DnsQuestion, Lookup> underWay, DnsQuestion question, Func<DnsQuestion, Task<DnsAnswer>> ask)
    {
        _underWay = underWay;
        _question = question;
        _asking = hub.Spawn(() => ask(question));
        _asking.Link(_ => Ended());
    }

    /// <summary>Joins a lookup that is under way, or begins one.</summary>
    internal static Lookup Join(Hub hub, Dictionary<DnsQuestion, Lookup> underWay, DnsQuestion question, Func<DnsQuestion, Task<DnsAnswer>> ask)
    {
        if (underWay.TryGetValue(question, out Lookup? lookup))
        {
            lookup._wanted++;
        }
        else
        {
            underWay[question] = lookup = new Lookup(hub, underWay, question, ask);
        }

        return lookup;
    }

    internal ValueTask<DnsAnswer> AnswerAsync(CancellationToken cancellationToken) => _outcome.WaitAsync(cancellationToken);

    /// <summary>The last one to leave takes the lookup with him.</summary>
    internal void Leave()
    {
        if (--_wanted == 0 && !_asking.IsDead)
        {
            Remove();
            _asking.Kill();
        }
    }

    private void Ended()
    {
        Remove();
        switch (_asking.Failure)
        {
            case null:
                _outcome.Send(_asking.Value);
                break;

            // Killed by somebody else: that is not meant for those who wait.
            case GreenletExit:
                _outcome.SendException(new GreenDnsException(SocketError.TryAgain, _question.Name, $"the lookup of '{_question.Name}' was ended"));
                break;

            case { } error:
                _outcome.SendException(error);
                break;
        }
    }

    private void Remove()
    {
        if (_underWay.TryGetValue(_question, out Lookup? current) && ReferenceEquals(current, this))
        {
            _underWay.Remove(_question);
        }
    }
}
