namespace Eventlet.Testing.Cases;

/// <summary>How long Wait waits.</summary>
internal static class TimeoutCases
{
    internal static readonly HubCase[] All =
    [
        New("Wait_Zero_Polls", "zero polls: what is ready is reported, and nothing is waited for", Zero),
        .. ((long[])[1, 3_000, 19_000, 109_000]).Select(static ticks => New($"Wait_{ticks}Ticks_NeverEarly", "a time-out is rounded up: Wait never returns early and empty-handed", scene => NeverEarly(scene, ticks))),
        New("Wait_Negative_Polls", "a negative time-out other than the infinite one polls", Negative),
        New("Wait_Longest_WokenAllTheSame", "the longest time-out is no error and waits", Longest),
        New("Wait_Infinite_UntilAnEvent", "an infinite time-out waits for an event", Infinite),
        New("Wait_FiniteAndReady_DoesNotWait", "what is ready ends a Wait with a time-out, however long", FiniteAndReady),
    ];

    private static HubCase New(string name, string promise, Action<CaseScene> body) => new(HubCaseLevel.Backend, name, "HubBackend.Wait", promise, body);

    private static void Zero(CaseScene scene)
    {
        scene.ExpectNothing("with nothing registered");
        scene.Backend.Register(scene.Fds.Eventfd(), Interest.Read, 1);
        scene.ExpectNothing("with nothing ready");
        scene.Backend.Register(scene.Fds.Eventfd(1), Interest.Read, 2);
        List<ReadyEvent> seen = scene.Now();
        scene.Hold(seen is [(2, Readiness.Read)], $"{CaseScene.Show(seen)} came from a Wait of zero, instead of what is ready");
    }

    private static void NeverEarly(CaseScene scene, long ticks)
    {
        scene.Backend.Register(scene.Fds.Eventfd(), Interest.Read, 1);
        for (int i = 0; i < 8; i++)
        {
            long start = TimeProvider.System.GetTimestamp();
            List<ReadyEvent> seen = scene.Collect(TimeSpan.FromTicks(ticks), 4);
            TimeSpan elapsed = TimeProvider.System.GetElapsedTime(start);
            scene.Hold(seen.Count == 0, $"{CaseScene.Show(seen)} came where nothing was ready");
            scene.Hold(elapsed.Ticks >= ticks, $"it returned after {elapsed.TotalMicroseconds} µs, with a time-out of {ticks / 10.0} µs");
        }
    }

    private static void Negative(CaseScene scene)
    {
        scene.Hold(scene.Collect(TimeSpan.FromTicks(-1), 4).Count == 0, "an event came where nothing was ready");
        scene.Collect(TimeSpan.FromSeconds(-5), 4);
        scene.Collect(TimeSpan.MinValue, 4);
    }

    private static void Longest(CaseScene scene)
    {
        scene.Backend.Wake();
        scene.Collect(TimeSpan.MaxValue, 4);
        scene.Backend.Register(scene.Fds.Eventfd(1), Interest.Read, 1);
        scene.Hold(scene.Collect(TimeSpan.MaxValue, 4).Count == 1, "the event of a ready descriptor did not come");
    }

    private static void Infinite(CaseScene scene)
    {
        scene.Backend.Register(scene.Fds.ExpiringTimerfd(), Interest.Read, 1);
        scene.Expect(1, Readiness.Read, "when a timerfd expired");
    }

    private static void FiniteAndReady(CaseScene scene)
    {
        scene.Backend.Register(scene.Fds.Eventfd(1), Interest.Read, 1);
        List<ReadyEvent> seen = scene.Collect(TimeSpan.FromDays(1));
        scene.Hold(seen is [(1, Readiness.Read)], $"{CaseScene.Show(seen)} came instead of what is ready");
    }
}
