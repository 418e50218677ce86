namespace Eventlet;

/// <summary>A semaphore that cannot be released more often than it was acquired: <see cref="GreenSemaphore.Release"/> throws <see cref="SemaphoreFullException"/> then.</summary>
/// <param name="value">How many permits there are; zero or more. Default: 1.</param>
public class BoundedGreenSemaphore(int value = 1) : GreenSemaphore(value, value);
