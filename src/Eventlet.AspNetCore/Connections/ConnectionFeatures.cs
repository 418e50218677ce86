using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Eventlet.AspNetCore.Connections;

/// <summary>
/// The features of a connection. The connection itself is all of those that a transport has to give, as it stands in a short list; only who sets or replaces one pays for a
/// table of its own.
/// </summary>
internal sealed class ConnectionFeatures(HubConnection connection) : IFeatureCollection
{
    private static readonly Type[] s_own =
    [
        typeof(IConnectionIdFeature), typeof(IConnectionTransportFeature), typeof(IConnectionItemsFeature), typeof(IMemoryPoolFeature), typeof(IConnectionLifetimeFeature),
        typeof(IConnectionEndPointFeature), typeof(IConnectionSocketFeature), typeof(IHubFeature),
    ];

    private List<KeyValuePair<Type, object?>>? _set;
    private int _revision;

    public bool IsReadOnly => false;

    public int Revision => _revision;

    [SuppressMessage("Design", "CA1043:Use integral or string argument for indexers", Justification = "the interface's")]
    public object? this[Type key]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(key);
            return Find(key) is var at and >= 0 ? _set![at].Value
                : Array.IndexOf(s_own, key) >= 0 ? connection
                : null;
        }

        set
        {
            ArgumentNullException.ThrowIfNull(key);
            _revision++;
            _set ??= new List<KeyValuePair<Type, object?>>(8);
            var entry = KeyValuePair.Create(key, value);
            if (Find(key) is var at and >= 0)
            {
                _set[at] = entry;
            }
            else
            {
                _set.Add(entry);
            }
        }
    }

    public TFeature? Get<TFeature>() => (TFeature?)this[typeof(TFeature)];

    public void Set<TFeature>(TFeature? instance) => this[typeof(TFeature)] = instance;

    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator()
    {
        foreach (Type own in s_own)
        {
            if (Find(own) < 0)
            {
                yield return KeyValuePair.Create(own, (object)connection);
            }
        }

        foreach (KeyValuePair<Type, object?> entry in _set ?? [])
        {
            if (entry.Value is { } value)
            {
                yield return KeyValuePair.Create(entry.Key, value);
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int Find(Type key)
    {
        for (int i = 0; i < (_set?.Count ?? 0); i++)
        {
            if (_set![i].Key == key)
            {
                return i;
            }
        }

        return -1;
    }
}
