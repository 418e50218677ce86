using System.Runtime.CompilerServices;

namespace Eventlet;

/// <summary>
/// A value of each greenthread's own. Outside greenthreads each thread has one of its own. The values go with their greenthreads. Unlike an
/// <see cref="AsyncLocal{T}"/> it does not flow: what a greenthread spawns begins without a value.
/// </summary>
/// <typeparam name="T">The type of the value.</typeparam>
/// <remarks>Any thread. Reading and writing allocate nothing after the first write of a greenthread.</remarks>
public sealed class GreenLocal<T>
{
    private readonly ConditionalWeakTable<object, StrongBox<T>> _values = [];
    private readonly Func<T>? _factory;

    /// <summary>Makes one.</summary>
    /// <param name="factory">Makes the value at a greenthread's first look, in that greenthread; null: it is the type's default.</param>
    public GreenLocal(Func<T>? factory = null) => _factory = factory;

    /// <summary>Whether the current greenthread (or thread) has a value.</summary>
    public bool IsValueCreated => _values.TryGetValue(Owner, out _);

    /// <summary>The value of the current greenthread, or thread.</summary>
    public T Value
    {
        get
        {
            object owner = Owner;
            if (_values.TryGetValue(owner, out StrongBox<T>? box))
            {
                return box.Value!;
            }

            if (_factory is null)
            {
                return default!;
            }

            T made = _factory();
            _values.AddOrUpdate(owner, new StrongBox<T>(made));
            return made;
        }

        set
        {
            if (_values.TryGetValue(Owner, out StrongBox<T>? box))
            {
                box.Value = value;
            }
            else
            {
                _values.AddOrUpdate(Owner, new StrongBox<T>(value));
            }
        }
    }

    /// <summary>Forgets the value of the current greenthread, or thread.</summary>
    public void Clear() => _values.Remove(Owner);

    private static object Owner => (object?)GreenThread.Current ?? Thread.CurrentThread;
}
