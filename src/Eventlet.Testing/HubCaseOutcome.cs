namespace Eventlet.Testing;

/// <summary>How a case that did not fail has ended: it held, or it does not apply to this backend or system.</summary>
/// <param name="WhyNot">Why it does not apply; null if it ran and held.</param>
public readonly record struct HubCaseOutcome(string? WhyNot)
{
    /// <summary>Whether the case ran, and held.</summary>
    public bool Held => WhyNot is null;
}
