namespace Eventlet.Bench;

/// <summary>How long and how often.</summary>
public sealed record Settings(int Rounds, double Seconds, double Settle, Disturbance Disturbance, bool Count);
