using Eventlet.Testing;
using Eventlet.Tests.Backends;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Conformance;

/// <summary>The test of the tests: for each promise a backend that breaks it, and the case that must notice.</summary>
[Collection(nameof(DescriptorTests))]
public sealed class BrokenBackendTests : IDisposable
{
    private static readonly Dictionary<string, (string Hub, Func<HubBackend, Mischief, HubBackend> Break)> s_kinds = new()
    {
        ["forgets wake-ups"] = ("epoll", static (inner, mischief) => new ForgetsWakeUps(inner, mischief)),
        ["wakes only who sleeps"] = ("epoll", static (inner, mischief) => new WakesOnlyWhoSleeps(inner, mischief)),
        ["counts wake-ups"] = ("epoll", static (inner, mischief) => new CountsWakeUps(inner, mischief)),
        ["reports wake-ups"] = ("epoll", static (inner, mischief) => new ReportsWakeUps(inner, mischief)),
        ["reports stale tokens"] = ("epoll", static (inner, mischief) => new ReportsStaleTokens(inner, mischief)),
        ["keeps what does not fit"] = ("poll", static (inner, mischief) => new KeepsWhatDoesNotFit(inner, mischief)),
        ["loses what does not fit"] = ("epoll", static (inner, mischief) => new LosesWhatDoesNotFit(inner, mischief)),
        ["starves what does not fit"] = ("poll", static (inner, mischief) => new LosesWhatDoesNotFit(inner, mischief)),
        ["rounds time-outs down"] = ("epoll", static (inner, mischief) => new RoundsTimeoutsDown(inner, mischief)),
        ["waits instead of polling"] = ("epoll", static (inner, mischief) => new WaitsInsteadOfPolling(inner, mischief)),
        ["level for edge"] = ("poll", static (inner, mischief) => new Promises(inner, mischief, static all => all with { Trigger = Trigger.Edge })),
        ["edge for level"] = ("epoll", static (inner, mischief) => new Promises(inner, mischief, static all => all with { Trigger = Trigger.Level })),
        ["edge for one-shot"] = ("epoll", static (inner, mischief) => new Promises(inner, mischief, static all => all with { Trigger = Trigger.OneShot })),
        ["no end of reading"] = ("epoll", static (inner, mischief) => new Hides(inner, mischief, Readiness.ReadEnd)),
        ["unsaid end of reading"] = ("epoll", static (inner, mischief) => new Promises(inner, mischief, static all => all with { ReadEnd = false })),
        ["unsaid sight of a close"] = ("poll", static (inner, mischief) => new Promises(inner, mischief, static all => all with { SeesClose = false })),
        ["hides hang-ups"] = ("epoll", static (inner, mischief) => new Hides(inner, mischief, Readiness.HangUp | Readiness.Error)),
        ["hides room to send"] = ("epoll", static (inner, mischief) => new Hides(inner, mischief, Readiness.Write)),
        ["halves tokens"] = ("epoll", static (inner, mischief) => new HalvesTokens(inner, mischief)),
        ["keeps the first token"] = ("epoll", static (inner, mischief) => new KeepsTheFirstToken(inner, mischief)),
        ["adds interests"] = ("epoll", static (inner, mischief) => new AddsInterests(inner, mischief)),
        ["throws from Unregister"] = ("epoll", static (inner, mischief) => new ThrowsFromUnregister(inner, mischief)),
        ["swallows refusals"] = ("epoll", static (inner, mischief) => new SwallowsRefusals(inner, mischief)),
        ["registers in Modify"] = ("epoll", static (inner, mischief) => new RegistersInModify(inner, mischief)),
        ["skips Modify"] = ("epoll", static (inner, mischief) => new SkipsModify(inner, mischief)),
        ["throws when interrupted"] = ("epoll", static (inner, mischief) => new ThrowsWhenInterrupted(inner, mischief)),
        ["allocates"] = ("epoll", static (inner, mischief) => new Allocates(inner, mischief)),
        ["leaks a descriptor"] = ("epoll", static (inner, mischief) => new HasADescriptor(inner, mischief, leaks: true)),
        ["is inherited"] = ("epoll", static (inner, mischief) => new HasADescriptor(inner, mischief, leaks: false)),
        ["throws from the second Dispose"] = ("epoll", static (inner, mischief) => new ThrowsFromSecondDispose(inner, mischief)),
        ["waits after Dispose"] = ("epoll", static (inner, mischief) => new WaitsAfterDispose(inner, mischief)),
        ["writes to its heirs"] = ("epoll", static (inner, mischief) => new WritesToItsHeirs(inner, mischief)),
        ["changes the mode"] = ("epoll", static (inner, mischief) => new ChangesTheMode(inner, mischief)),
        ["breaks nothing"] = ("epoll", static (inner, mischief) => new Broken(inner, mischief)),
    };

    public static TheoryData<string> AllCases => CaseNames.All;

    public void Dispose()
    {
        HasADescriptor.All.ForEach(fds => fds.Dispose());
        HasADescriptor.All.Clear();
    }

    [Theory]
    [InlineData("forgets wake-ups", "Wake_BeforeWait_WaitReturns", "inside Wait(infinite)")]
    [InlineData("forgets wake-ups", "Wake_DuringWait_WaitReturns", "inside Wait(infinite)")]
    [InlineData("forgets wake-ups", "Post_FromManyThreads_AllRunAndWakeTheHub", "not done in time")]
    [InlineData("wakes only who sleeps", "Wake_BeforeWait_WaitReturns", "inside Wait(infinite)")]
    [InlineData("counts wake-ups", "Wake_ManyBeforeWait_OneReturnsAndNoMore", "a second Wait was ended")]
    [InlineData("reports wake-ups", "Wake_IsNoEvent_NothingIsReported", "came after a wake-up")]
    [InlineData("reports stale tokens", "Unregister_Ready_NoEvent", "(1: Read)")]
    [InlineData("reports stale tokens", "Register_NothingThere_NoEvent", "(1: Read) came")]
    [InlineData("keeps what does not fit", "Unregister_WithItsEventLeftOver_NoEventLater", "came after its Unregister")]
    [InlineData("keeps what does not fit", "Modify_WithItsEventLeftOver_OnlyTheNewTokenComes", "came after a Modify")]
    [InlineData("loses what does not fit", "Wait_MoreEventsThanFit_ComeInRotation", "instead of 1 to 1 times each")]
    [InlineData("starves what does not fit", "Wait_MoreEventsThanFit_ComeInRotation", "instead of 5 to 7 times each")]
    [InlineData("rounds time-outs down", "Wait_19000Ticks_NeverEarly", "with a time-out of 1900 µs")]
    [InlineData("waits instead of polling", "Wait_Zero_Polls", "inside Wait(00:00:00)")]
    [InlineData("level for edge", "Wait_AfterAnEvent_RepeatsAsTheTriggerSays", "though the trigger is Edge")]
    [InlineData("edge for level", "Wait_AfterAnEvent_RepeatsAsTheTriggerSays", "though the trigger is Level")]
    [InlineData("edge for one-shot", "Wait_NewDataAfterAnEvent_AsTheTriggerSays", "from a one-shot")]
    [InlineData("no end of reading", "Wait_PeerEndsItsHalf_ReaderIsToldAndNoWriter", "Read came, instead of")]
    [InlineData("unsaid end of reading", "Wait_PeerEndsItsHalf_ReaderIsToldAndNoWriter", "instead of Read")]
    [InlineData("unsaid sight of a close", "Wait_ClosedBehindTheBack_InvalidWhereItIsSeen", "Invalid")]
    [InlineData("hides hang-ups", "Wait_WriterOfPipeCloses_ReaderIsTold", "inside Wait(infinite)")]
    [InlineData("hides room to send", "Wait_RoomToSend_Write", "inside Wait(infinite)")]
    [InlineData("halves tokens", "Register_EveryToken_ComesBackWhole", "the event (0: Read)")]
    [InlineData("keeps the first token", "Modify_OtherDirection_ReplacesInterestAndToken", "the event (1: Write)")]
    [InlineData("adds interests", "Modify_BothAndBack_FollowsTheInterest", "(3: Read) came")]
    [InlineData("throws from Unregister", "Unregister_UnknownOrTwice_DoesNothing", "IOException came (not registered)")]
    [InlineData("swallows refusals", "Register_ClosedDescriptor_IOClosedAndNothingLeft", "no IOClosedException came")]
    [InlineData("registers in Modify", "Modify_NeverRegistered_Throws", "no IOException came from Modify")]
    [InlineData("skips Modify", "Modify_SameInterest_LooksAnew", "inside Wait(infinite)")]
    [InlineData("throws when interrupted", "Wait_Interrupted_IsNoError", "interrupted system call")]
    [InlineData("allocates", "Wait_SteadyState_AllocatesNothing", "bytes were allocated")]
    [InlineData("leaks a descriptor", "Dispose_ManyBackends_LeaveNoDescriptor", "32 descriptors more")]
    [InlineData("is inherited", "Descriptors_OfABackend_AreCloseOnExec", "1 of its")]
    [InlineData("throws from the second Dispose", "Dispose_Twice_DoesNothing", "ObjectDisposedException came")]
    [InlineData("waits after Dispose", "Dispose_ThenAnythingElse_ThrowsOrDoesNothing", "no ObjectDisposedException came from Wait")]
    [InlineData("writes to its heirs", "Wake_AfterDispose_DoesNothing", "was written to")]
    [InlineData("changes the mode", "Register_BlockingDescriptor_KeepsItsMode", "non-blocking")]
    public void Case_OnABackendThatBreaksItsPromise_SaysWhatItDidWrong(string kind, string name, string said)
    {
        using var mischief = new Mischief();
        (string hub, Func<HubBackend, Mischief, HubBackend> breakIt) = s_kinds[kind];
        HubCase promise = HubConformance.Cases.Single(promise => promise.Name == name);
        HubConformanceException failure = Assert.Throws<HubConformanceException>(() => promise.Run(new BrokenFactory(hub, mischief, breakIt), mischief.Hung));
        Assert.Same(promise, failure.Case);
        Assert.Contains(promise.Member, failure.Message, StringComparison.Ordinal);
        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
    }

    /// <summary>It is not the wrapper that the cases above notice.</summary>
    [Theory]
    [MemberData(nameof(AllCases))]
    public void Case_OnAWrapperThatBreaksNothing_Holds(string name)
    {
        using var mischief = new Mischief();
        (string hub, Func<HubBackend, Mischief, HubBackend> breakIt) = s_kinds["breaks nothing"];
        HubConformance.Cases.Single(promise => promise.Name == name).Run(new BrokenFactory(hub, mischief, breakIt), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void ProbeThatLeaks_IsNoticed()
    {
        using var fds = new Backends.Descriptors();
        using var mischief = new Mischief();
        var factory = new BrokenFactory("poll", mischief, static (inner, mischief) => new Broken(inner, mischief), () => fds.Eventfd());
        HubCase promise = HubConformance.Cases.Single(promise => promise.Name == "IsAvailable_ManyTimes_LeavesNothingOpen");
        Assert.Throws<HubConformanceException>(() => promise.Run(factory, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void RunAll_ReportsEveryCase_AndCountsTheFailed()
    {
        using var mischief = new Mischief();
        var factory = new BrokenFactory("epoll", mischief, static (inner, mischief) => new CountsWakeUps(inner, mischief));
        var reported = new List<string>();
        var failed = new List<string>();
        int count = HubConformance.RunAll(factory, (promise, outcome, failure) =>
        {
            reported.Add(promise.Name);
            if (failure is not null)
            {
                failed.Add(promise.Name);
                Assert.Same(promise, failure.Case);
            }
        }, TestContext.Current.CancellationToken);
        Assert.Equal(HubConformance.Cases.Select(promise => promise.Name), reported);
        Assert.Equal(failed.Count, count);
        Assert.Contains("Wake_ManyBeforeWait_OneReturnsAndNoMore", failed);
        Assert.DoesNotContain("Wait_Pipe_ReadWhenDataArrives", failed);
    }

    [Fact]
    public void Cases_OfTheSuite_HaveNamesOfTheirOwn()
    {
        Assert.Distinct(HubConformance.Cases.Select(promise => promise.Name));
        Assert.All(HubConformance.Cases, promise => Assert.Matches("^[A-Za-z0-9]+_[A-Za-z0-9]+_[A-Za-z0-9]+$", promise.Name));
    }
}
