using Eventlet.Testing.Cases;

namespace Eventlet.Testing;

/// <summary>
/// What every hub does, as cases that anybody can run on a hub of their own with any test framework. The built-in hubs pass the same ones. In what hubs may differ,
/// the cases know from <see cref="BackendCapabilities"/> only.
/// </summary>
/// <remarks>
/// Run one case at a time, in a process that does little else meanwhile: some look at the descriptors of the process. The cases need Linux, whose calls
/// make their descriptors; elsewhere each says that it does not apply.
/// </remarks>
public static class HubConformance
{
    /// <summary>All cases: those of the bare backend first, then those of a hub that runs on it.</summary>
    public static IReadOnlyList<HubCase> Cases { get; } =
    [
        .. RegistrationCases.All, .. ReadinessCases.All, .. KindCases.All, .. EndCases.All, .. StaleCases.All, .. VolumeCases.All,
        .. WakeCases.All, .. TimeoutCases.All, .. LifeCases.All, .. HubDescriptorCases.All, .. HubSocketCases.All, .. HubLifeCases.All,
    ];

    /// <summary>Runs every case, also after one has failed: for programs without a test framework.</summary>
    /// <param name="factory">Makes the hub under test.</param>
    /// <param name="report">Called after each case with null if it held or does not apply, else with the failure. On the calling thread.</param>
    /// <param name="cancellationToken">Ends the run; the case that is running fails.</param>
    /// <returns>How many cases failed.</returns>
    public static int RunAll(HubFactory factory, Action<HubCase, HubCaseOutcome, HubConformanceException?> report, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(factory);
        ArgumentNullException.ThrowIfNull(report);
        int failed = 0;
        foreach (HubCase next in Cases)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                report(next, next.Run(factory, cancellationToken), null);
            }
            catch (HubConformanceException failure)
            {
                failed++;
                report(next, default, failure);
            }
        }

        return failed;
    }
}
