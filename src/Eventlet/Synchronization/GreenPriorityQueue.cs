using Eventlet.Synchronization;

namespace Eventlet;

/// <summary>A queue whose lowest item comes out first; of equals, the one that came first.</summary>
/// <typeparam name="T">The type of the items.</typeparam>
/// <param name="maxSize">As in <see cref="GreenQueue{T}"/>.</param>
/// <param name="comparer">Compares items; null: the default one. It must not use this queue.</param>
public sealed class GreenPriorityQueue<T>(int? maxSize = null, IComparer<T>? comparer = null) : GreenQueue<T>(maxSize, new PriorityStore<T>(comparer));
