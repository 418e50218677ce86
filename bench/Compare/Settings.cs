namespace Eventlet.Bench;

/// <summary>How long and how often.</summary>
/// <param name="Rounds">How many windows of each server should count.</param>
/// <param name="Seconds">Length of a window.</param>
/// <param name="Settle">Seconds of load on each server before the first round.</param>
/// <param name="Disturbance">Which windows do not count.</param>
/// <param name="Count">Whether what does not depend on time is counted too.</param>
/// <param name="Limit">For all rounds of one work load: no round begins and no window is repeated after that.</param>
internal sealed record Settings(int Rounds, double Seconds, double Settle, Disturbance Disturbance, bool Count, TimeSpan Limit);
