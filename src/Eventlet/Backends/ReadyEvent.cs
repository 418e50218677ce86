namespace Eventlet;

/// <summary>
/// One descriptor's readiness, as handed from a <see cref="HubBackend"/> to the loop. Spurious events are allowed; what
/// does not fit the span given to <see cref="HubBackend.Wait"/> comes with the next one, in rotation. The two directions of a descriptor may come in one event or in two.
/// </summary>
/// <param name="Token">The token given with the last Register or Modify of the descriptor.</param>
/// <param name="What">What was seen.</param>
public readonly record struct ReadyEvent(ulong Token, Readiness What);
