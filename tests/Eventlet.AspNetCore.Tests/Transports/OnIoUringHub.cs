using Eventlet.Tests.Scenarios;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Transports;

public sealed class PlainOnIoUringHub : PlainTests<IoUringHub>;
public sealed class BodiesOnIoUringHub : BodyTests<IoUringHub>;
public sealed class UpgradesOnIoUringHub : UpgradeTests<IoUringHub>;
public sealed class SecureOnIoUringHub : SecureTests<IoUringHub>;
public sealed class EndpointsOnIoUringHub : EndpointTests<IoUringHub>;
public sealed class AbortsOnIoUringHub : AbortTests<IoUringHub>;
public sealed class LimitsOnIoUringHub : LimitTests<IoUringHub>;
public sealed class ShutdownOnIoUringHub : ShutdownTests<IoUringHub>;
public sealed class StaysOnIoUringHub : StayTests<IoUringHub>;
public sealed class ToolsOnIoUringHub : ToolTests<IoUringHub>;
public sealed class StormsOnIoUringHub : StormTests<IoUringHub>;
public sealed class MixedLoadOnIoUringHub : MixedLoadTests<IoUringHub>;
