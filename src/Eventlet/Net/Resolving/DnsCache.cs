namespace Eventlet.Net.Resolving;

/// <summary>What servers have said lately; of more than fits what was not wanted for longest is forgotten. Any thread.</summary>
internal sealed class DnsCache(GreenDnsOptions options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<DnsQuestion, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = new();

    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>What is known and still holds.</summary>
    internal DnsAnswer? Find(DnsQuestion question)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(question, out LinkedListNode<Entry>? node))
            {
                return null;
            }

            TimeSpan age = options.Clock.GetElapsedTime(node.Value.Since);
            if (age >= node.Value.Limit)
            {
                Remove(node);
                return null;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Answer.Aged(age);
        }
    }

    internal void Add(DnsQuestion question, DnsAnswer answer)
    {
        TimeSpan most = answer.Records.Count > 0 ? options.MaxTimeToLive : options.MaxNegativeTimeToLive;
        TimeSpan limit = answer.TimeToLive < most ? answer.TimeToLive : most;
        if (limit <= TimeSpan.Zero || options.CacheSize == 0)
        {
            return;
        }

        lock (_lock)
        {
            if (_entries.TryGetValue(question, out LinkedListNode<Entry>? old))
            {
                Remove(old);
            }

            _entries[question] = _byUse.AddFirst(new Entry(question, answer, options.Clock.GetTimestamp(), limit));
            if (_entries.Count > options.CacheSize)
            {
                Remove(_byUse.Last!);
            }
        }
    }

    internal void Clear()
    {
        lock (_lock)
        {
            _entries.Clear();
            _byUse.Clear();
        }
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        _byUse.Remove(node);
        _entries.Remove(node.Value.Question);
    }

    private sealed record Entry(DnsQuestion Question, DnsAnswer Answer, long Since, TimeSpan Limit);
}
