namespace Eventlet.Testing;

/// <summary>One promise of the contract of hubs, and how it is put to the test. Immutable; any thread.</summary>
public sealed class HubCase
{
    private readonly Action<CaseScene> _body;
    private readonly Func<BackendCapabilities, string?>? _whyNot;

    internal HubCase(HubCaseLevel level, string name, string member, string promise, Action<CaseScene> body, Func<BackendCapabilities, string?>? whyNot = null)
    {
        Level = level;
        Name = name;
        Member = member;
        Promise = promise;
        _body = body;
        _whyNot = whyNot;
    }

    /// <summary>How long a case may take, unless its token is cancelled before: a hundred times what the slowest needs.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(50);

    /// <summary>The bare backend, or a hub on it.</summary>
    public HubCaseLevel Level { get; }

    /// <summary>Unique; Subject_State_Expectation.</summary>
    public string Name { get; }

    /// <summary>The member whose documentation makes the promise, e.g. "HubBackend.Wait".</summary>
    public string Member { get; }

    /// <summary>The promise, in a sentence.</summary>
    public string Promise { get; }

    internal bool HasNeeds => _whyNot is not null;

    /// <summary>Why a backend of these capabilities is not asked for this; null if it is.</summary>
    /// <param name="capabilities">Those of the backend under test.</param>
    public string? WhyNot(BackendCapabilities capabilities) => _whyNot?.Invoke(capabilities);

    /// <summary>Runs the case on a thread of its own, with backends that the factory makes there, and waits for its end.</summary>
    /// <param name="factory">Makes the hub under test; it must be available.</param>
    /// <param name="cancellationToken">Ends the case before <see cref="Limit"/> does. A case that is ended fails, and says what the backend was doing: a lost wake-up shows as a Wait that does not return.</param>
    /// <returns>That the case held, or why it does not apply.</returns>
    /// <exception cref="HubConformanceException">The backend does not do what the contract says.</exception>
    public HubCaseOutcome Run(HubFactory factory, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(factory);
        if (!OperatingSystem.IsLinux())
        {
            return new HubCaseOutcome("the cases make their descriptors by calls of Linux");
        }

        var run = new CaseRun(this, factory, _body);
        return run.Join(cancellationToken);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
