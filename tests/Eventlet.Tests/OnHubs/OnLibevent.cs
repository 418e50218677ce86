using Eventlet.Tests.Conformance;
using Eventlet.Tests.Diagnostics;
using Eventlet.Tests.Faults;
using Eventlet.Tests.Files;
using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Groups;
using Eventlet.Tests.Load;
using Eventlet.Tests.Model;
using Eventlet.Tests.Net;
using Eventlet.Tests.Piping;
using Eventlet.Tests.Pools;
using Eventlet.Tests.Processes;
using Eventlet.Tests.RandomOperations;
using Eventlet.Tests.Resolving;
using Eventlet.Tests.Rows;
using Eventlet.Tests.Structured;
using Eventlet.Tests.Support;
using Eventlet.Tests.Synchronization;
using Eventlet.Tests.Threads;

namespace Eventlet.Tests.OnHubs;

// The conformance classes on libevent. CoverageTests sees that none is missing.
public sealed class BodyOnLibevent : BodyTests<LibeventHub>;
public sealed class CostOnLibevent : CostTests<LibeventHub>;
public sealed class GreenTimeoutOnLibevent : GreenTimeoutTests<LibeventHub>;
public sealed class JoinOnLibevent : JoinTests<LibeventHub>;
public sealed class KillOnLibevent : KillTests<LibeventHub>;
public sealed class KillTokenOnLibevent : KillTokenTests<LibeventHub>;
public sealed class LinkOnLibevent : LinkTests<LibeventHub>;
public sealed class OrderOnLibevent : OrderTests<LibeventHub>;
public sealed class RandomGreenOnLibevent : RandomGreenTests<LibeventHub>;
public sealed class ResumeOnLibevent : ResumeTests<LibeventHub>;
public sealed class SpawnOnLibevent : SpawnTests<LibeventHub>;
public sealed class SwitchOnLibevent : SwitchTests<LibeventHub>;
public sealed class TwoHubsOnLibevent : TwoHubsTests<LibeventHub>;
public sealed class ValueTaskOnLibevent : ValueTaskTests<LibeventHub>;

public sealed class AbortOnLibevent : AbortTests<LibeventHub>;
public sealed class BlockingInMainloopOnLibevent : BlockingInMainloopTests<LibeventHub>;
public sealed class ContextFlowOnLibevent : ContextFlowTests<LibeventHub>;
public sealed class DeadOwnerOnLibevent : DeadOwnerTests<LibeventHub>;
public sealed class DiagnosticsOnLibevent : DiagnosticsTests<LibeventHub>;
public sealed class DroppedHubOnLibevent : DroppedHubTests<LibeventHub>;
public sealed class FairnessOnLibevent : FairnessTests<LibeventHub>;
public sealed class FaultTestsOnLibevent : FaultTests<LibeventHub>;
public sealed class GivenUpWaitTestsOnLibevent : GivenUpWaitTests<LibeventHub>;
public sealed class HubTimerOnLibevent : HubTimerTests<LibeventHub>;
public sealed class IdleHubOnLibevent : IdleHubTests<LibeventHub>;
public sealed class InboxOnLibevent : InboxTests<LibeventHub>;
public sealed class ListenerOnLibevent : ListenerTests<LibeventHub>;
public sealed class MainloopOnLibevent : MainloopTests<LibeventHub>;
public sealed class PoolThreadsOnLibevent : PoolThreadTests<LibeventHub>;
public sealed class ThrowingCallTestsOnLibevent : ThrowingCallTests<LibeventHub>;
public sealed class UnhandledErrorOnLibevent : UnhandledErrorTests<LibeventHub>;

public sealed class GreenSocketOnLibevent : GreenSocketTests<LibeventHub>;
public sealed class GreenStreamOnLibevent : GreenStreamTests<LibeventHub>;
public sealed class ServeOnLibevent : ServeTests<LibeventHub>;
public sealed class SocketCloseOnLibevent : SocketCloseTests<LibeventHub>;
public sealed class SteadyStateOnLibevent : SteadyStateTests<LibeventHub>;
public sealed class WrappedSocketOnLibevent : WrappedSocketTests<LibeventHub>;

public sealed class SignalsOnLibevent : SignalTests<LibeventHub>;

public sealed class H01_LoopDispatchesOnLibevent : H01_LoopDispatchesTests<LibeventHub>;
public sealed class H02_OnLibevent : H02_CoroutinesBecomeGreenthreadsTests<LibeventHub>;
public sealed class H12_UseHubReplacesOnLibevent : H12_UseHubReplacesTests<LibeventHub>;
public sealed class H14_HybridProgramOnLibevent : H14_HybridProgramTests<LibeventHub>;
public sealed class H17_OnLibevent : H17_EveryoneGetsATurnTests<LibeventHub>;
public sealed class H18_MainloopIsLazyOnLibevent : H18_MainloopIsLazyTests<LibeventHub>;
public sealed class H19_NoDispatchToCallOnLibevent : H19_NoDispatchToCallTests<LibeventHub>;
public sealed class H22_CancellationOnLibevent : H22_CancellationTests<LibeventHub>;
public sealed class H22_CloseOnLibevent : H22_CloseTests<LibeventHub>;
public sealed class H22_TrampolineOnLibevent : H22_TrampolineTests<LibeventHub>;
public sealed class H22_WaiterOnLibevent : H22_WaiterTests<LibeventHub>;
public sealed class H23_TimeoutOnLibevent : H23_TimeoutTests<LibeventHub>;

public sealed class JumpingClockOnLibevent : JumpingClockTests<LibeventHub>;

public sealed class BackdoorOnLibevent : BackdoorTests<LibeventHub>;
public sealed class HubTextOnLibevent : HubTextTests<LibeventHub>;

public sealed class FaultDefectOnLibevent : FaultDefectTests<LibeventHub>;
public sealed class FaultMatrixOnLibevent : FaultMatrixTests<LibeventHub>;
public sealed class FaultStormOnLibevent : FaultStormTests<LibeventHub>;
public sealed class ShortReadOnLibevent : ShortReadTests<LibeventHub>;

public sealed class GreenFileOnLibevent : GreenFileTests<LibeventHub>;

public sealed class CrowdOnLibevent : CrowdTests<LibeventHub>;
public sealed class ManySleepersOnLibevent : ManySleepersTests<LibeventHub>;

public sealed class GreenPipeOnLibevent : GreenPipeTests<LibeventHub>;
public sealed class SharedDescriptorsOnLibevent : SharedDescriptorTests<LibeventHub>;
public sealed class StandardStreamsOnLibevent : StandardStreamTests<LibeventHub>;

public sealed class GreenSignalsOnLibevent : GreenSignalTests<LibeventHub>;
public sealed class SubprocessLeftoversOnLibevent : SubprocessLeftoverTests<LibeventHub>;
public sealed class SubprocessOnLibevent : SubprocessTests<LibeventHub>;

public sealed class SocketOperationsOnLibevent : SocketOperationsTests<LibeventHub>;
public sealed class RandomOperationsOnLibevent : RandomOperationsTests<LibeventHub>;

public sealed class DisposeRaceOnLibevent : DisposeRaceTests<LibeventHub>;
public sealed class ManyHubsOnLibevent : ManyHubsTests<LibeventHub>;
public sealed class PostingOnLibevent : PostingTests<LibeventHub>;
public sealed class ServeDrainOnLibevent : ServeDrainTests<LibeventHub>;
public sealed class ConnectByNameOnLibevent : ConnectByNameTests<LibeventHub>;
public sealed class TlsOnLibevent : TlsTests<LibeventHub>;
public sealed class HubGroupOnLibevent : HubGroupTests<LibeventHub>;
public sealed class ResolverOnLibevent : ResolverTests<LibeventHub>;
public sealed class ResolverCacheOnLibevent : ResolverCacheTests<LibeventHub>;
public sealed class ResolverLifeOnLibevent : ResolverLifeTests<LibeventHub>;
public sealed class ResolverServersOnLibevent : ResolverServersTests<LibeventHub>;
public sealed class ResolverSnippetsOnLibevent : ResolverSnippets<LibeventHub>;
public sealed class PoolStressOnLibevent : PoolStressTests<LibeventHub>;
public sealed class ResourcePoolOnLibevent : ResourcePoolTests<LibeventHub>;
public sealed class DagPoolOnLibevent : DagPoolTests<LibeventHub>;
public sealed class GreenPoolOnLibevent : GreenPoolTests<LibeventHub>;
public sealed class ThreadPoolBridgeOnLibevent : ThreadPoolBridgeTests<LibeventHub>;
public sealed class CancelScopeOnLibevent : CancelScopeTests<LibeventHub>;
public sealed class TaskGroupOnLibevent : TaskGroupTests<LibeventHub>;
public sealed class TaskSchedulerOnLibevent : TaskSchedulerTests<LibeventHub>;
public sealed class GreenLocalOnLibevent : GreenLocalTests<LibeventHub>;
public sealed class GreenEventOnLibevent : GreenEventTests<LibeventHub>;
public sealed class ModelsOnLibevent : ModelTests<LibeventHub>;
public sealed class CrossHubOnLibevent : CrossHubTests<LibeventHub>;
public sealed class SyncCostOnLibevent : SyncCostTests<LibeventHub>;
public sealed class GreenQueueOnLibevent : GreenQueueTests<LibeventHub>;
public sealed class GreenSemaphoreOnLibevent : GreenSemaphoreTests<LibeventHub>;
public sealed class InterruptionStressOnLibevent : InterruptionStressTests<LibeventHub>;
public sealed class HttpClientOnLibevent : HttpClientTests<LibeventHub>;
