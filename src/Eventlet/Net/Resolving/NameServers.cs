using System.Runtime.CompilerServices;

namespace Eventlet.Net.Resolving;

/// <summary>The servers, as they are configured now, with what they have said lately. In greenthreads of any hub.</summary>
internal sealed class NameServers(GreenDnsOptions options)
{
    private readonly WatchedFile<ResolvConf> _file = new(options.ResolvConfPath, ResolvConf.Parse, options.Clock);

    // Each is touched on its hub's thread only. Lookups are not shared between hubs: one that is dropped would leave the others waiting.
    private readonly ConditionalWeakTable<Hub, Dictionary<DnsQuestion, Lookup>> _underWay = [];
    private readonly Lock _lock = new();
    private volatile Session? _session;

    internal DnsCache Cache { get; } = new(options);

    /// <summary>The configuration that holds now.</summary>
    internal async ValueTask<Session> OpenAsync(CancellationToken cancellationToken)
    {
        ResolvConf file = await _file.ReadAsync(cancellationToken);
        if (_session is { } session && ReferenceEquals(session.Configuration.File, file))
        {
            return session;
        }

        lock (_lock)
        {
            if (!ReferenceEquals(_session?.Configuration.File, file))
            {
                // Another network may know other names.
                var configuration = new ResolverConfiguration(options, file);
                _session = new Session(configuration, new DnsExchange(configuration));
                Cache.Clear();
            }

            return _session!;
        }
    }

    /// <summary>Begins to find out; the answer may be there already. Whoever begins must leave.</summary>
    internal PendingAnswer Begin(Session session, DnsQuestion question)
    {
        if (Cache.Find(question) is { } known)
        {
            return new PendingAnswer(known, null);
        }

        Hub hub = GreenThread.Current!.Hub;
        return new PendingAnswer(null, Lookup.Join(hub, _underWay.GetOrCreateValue(hub), question, asked => FindAsync(session, asked)));
    }

    /// <summary>Finds out.</summary>
    internal async ValueTask<DnsAnswer> AskAsync(Session session, DnsQuestion question, CancellationToken cancellationToken)
    {
        PendingAnswer pending = Begin(session, question);
        try
        {
            return await pending.AnswerAsync(cancellationToken);
        }
        finally
        {
            pending.Leave();
        }
    }

    private async Task<DnsAnswer> FindAsync(Session session, DnsQuestion question)
    {
        var chain = new AliasChain(question);
        while (true)
        {
            if (chain.Follow(await session.Exchange.AskAsync(chain.Next)) is not { } answer)
            {
                continue;
            }

            if (ReferenceEquals(session, _session))
            {
                Cache.Add(question, answer);
            }

            return answer;
        }
    }

    internal sealed record Session(ResolverConfiguration Configuration, DnsExchange Exchange);

    /// <summary>An answer that is known, or is to come.</summary>
    internal readonly struct PendingAnswer(DnsAnswer? known, Lookup? lookup)
    {
        internal ValueTask<DnsAnswer> AnswerAsync(CancellationToken cancellationToken) =>
            known is not null ? new ValueTask<DnsAnswer>(known) : lookup!.AnswerAsync(cancellationToken);

        internal void Leave() => lookup?.Leave();
    }
}
