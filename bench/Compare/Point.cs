namespace Eventlet.Bench;

/// <summary>A point of a plot.</summary>
public readonly record struct Point(double X, double Y);
