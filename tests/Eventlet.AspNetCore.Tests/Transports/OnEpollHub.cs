using Eventlet.Tests.Scenarios;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Transports;

public sealed class PlainOnEpollHub : PlainTests<EpollHub>;
public sealed class BodiesOnEpollHub : BodyTests<EpollHub>;
public sealed class UpgradesOnEpollHub : UpgradeTests<EpollHub>;
public sealed class SecureOnEpollHub : SecureTests<EpollHub>;
public sealed class EndpointsOnEpollHub : EndpointTests<EpollHub>;
public sealed class AbortsOnEpollHub : AbortTests<EpollHub>;
public sealed class LimitsOnEpollHub : LimitTests<EpollHub>;
public sealed class ShutdownOnEpollHub : ShutdownTests<EpollHub>;
public sealed class StaysOnEpollHub : StayTests<EpollHub>;
public sealed class ToolsOnEpollHub : ToolTests<EpollHub>;
public sealed class StormsOnEpollHub : StormTests<EpollHub>;
public sealed class MixedLoadOnEpollHub : MixedLoadTests<EpollHub>;
