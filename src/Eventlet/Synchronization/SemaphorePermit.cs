namespace Eventlet;

/// <summary>A permit of a semaphore or lock for the length of a scope: <c>using (await semaphore.EnterAsync()) { … }</c>.</summary>
public readonly struct SemaphorePermit : IDisposable, IEquatable<SemaphorePermit>
{
    private readonly GreenSemaphore? _semaphore;

    internal SemaphorePermit(GreenSemaphore semaphore) => _semaphore = semaphore;

    /// <summary>Releases the permit. Call it once. Any thread.</summary>
    public void Dispose() => _semaphore?.Release();

    /// <summary>Whether both are of the same semaphore.</summary>
    /// <param name="other">Another one.</param>
    public bool Equals(SemaphorePermit other) => ReferenceEquals(_semaphore, other._semaphore);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SemaphorePermit other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _semaphore?.GetHashCode() ?? 0;

    /// <summary>Whether both are of the same semaphore.</summary>
    public static bool operator ==(SemaphorePermit left, SemaphorePermit right) => left.Equals(right);

    /// <summary>Whether they are of different semaphores.</summary>
    public static bool operator !=(SemaphorePermit left, SemaphorePermit right) => !left.Equals(right);
}
