using Eventlet.Synchronization;

namespace Eventlet;

/// <summary>A queue whose newest item comes out first.</summary>
/// <typeparam name="T">The type of the items.</typeparam>
/// <param name="maxSize">As in <see cref="GreenQueue{T}"/>.</param>
public sealed class GreenLifoQueue<T>(int? maxSize = null) : GreenQueue<T>(maxSize, new LifoStore<T>());
