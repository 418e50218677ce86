using Eventlet.Testing;
using Eventlet.Tests.Backends;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Conformance;

/// <summary>The conformance suite of Eventlet.Testing on one backend: each case is a test. A line for each backend, below.</summary>
public abstract class ConformanceTests<TFixture> : IDisposable where TFixture : IBackendFixture
{
    private readonly LeakGate _gate;

    /// <summary>Skips what cannot be had; a library under the hub may open on its first use what it keeps.</summary>
    protected ConformanceTests()
    {
        RequiredHubs.SkipUnlessAvailable(TFixture.Factory);
        _gate = new LeakGate();
    }

    public void Dispose()
    {
        _gate.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [MemberData(nameof(CaseNames.All), MemberType = typeof(CaseNames))]
    public void Hub_KeepsItsPromise(string name)
    {
        HubCaseOutcome outcome = HubConformance.Cases.Single(promise => promise.Name == name).Run(TFixture.Factory, TestContext.Current.CancellationToken);
        Assert.SkipUnless(outcome.Held, outcome.WhyNot ?? "");
    }
}

/// <summary>The rows of the theory.</summary>
public static class CaseNames
{
    public static TheoryData<string> All => [.. HubConformance.Cases.Select(promise => promise.Name)];
}

[Collection(nameof(DescriptorTests))]
public sealed class EpollConformanceTests : ConformanceTests<EpollFixture>;

[Collection(nameof(DescriptorTests))]
public sealed class IoUringConformanceTests : ConformanceTests<IoUringFixture>;

[Collection(nameof(DescriptorTests))]
public sealed class OldEpollConformanceTests : ConformanceTests<OldEpollFixture>;

[Collection(nameof(DescriptorTests))]
public sealed class PollConformanceTests : ConformanceTests<PollFixture>;

[Collection(nameof(DescriptorTests))]
public sealed class OldPollConformanceTests : ConformanceTests<OldPollFixture>;

[Collection(nameof(DescriptorTests))]
public sealed class SelectConformanceTests : ConformanceTests<SelectFixture>;

[Collection(nameof(DescriptorTests))]
public sealed class PipeSelectConformanceTests : ConformanceTests<PipeSelectFixture>;

[Collection(nameof(DescriptorTests))]
public sealed class LimitedSelectConformanceTests : ConformanceTests<LimitedSelectFixture>;

[Collection(nameof(DescriptorTests))]
public sealed class CustomHubConformanceTests : ConformanceTests<CustomFixture>;

[Collection(nameof(DescriptorTests))]
public sealed class LibeventConformanceTests : ConformanceTests<LibeventFixture>;

[Collection(nameof(DescriptorTests))]
public sealed class DarwinKqueueConformanceTests : ConformanceTests<DarwinKqueueFixture>;

[Collection(nameof(DescriptorTests))]
public sealed class FreeBsdKqueueConformanceTests : ConformanceTests<FreeBsdKqueueFixture>;
