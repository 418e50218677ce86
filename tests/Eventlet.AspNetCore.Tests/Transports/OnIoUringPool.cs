using Eventlet.Tests.Scenarios;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Transports;

public sealed class PlainOnIoUringPool : PlainTests<IoUringPool>;
public sealed class BodiesOnIoUringPool : BodyTests<IoUringPool>;
public sealed class UpgradesOnIoUringPool : UpgradeTests<IoUringPool>;
public sealed class SecureOnIoUringPool : SecureTests<IoUringPool>;
public sealed class EndpointsOnIoUringPool : EndpointTests<IoUringPool>;
public sealed class AbortsOnIoUringPool : AbortTests<IoUringPool>;
public sealed class LimitsOnIoUringPool : LimitTests<IoUringPool>;
public sealed class ShutdownOnIoUringPool : ShutdownTests<IoUringPool>;
public sealed class ToolsOnIoUringPool : ToolTests<IoUringPool>;
public sealed class StormsOnIoUringPool : StormTests<IoUringPool>;
public sealed class MixedLoadOnIoUringPool : MixedLoadTests<IoUringPool>;
