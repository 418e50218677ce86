using Eventlet.Tests.Scenarios;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Transports;

public sealed class PlainOnEpollPool : PlainTests<EpollPool>;
public sealed class BodiesOnEpollPool : BodyTests<EpollPool>;
public sealed class UpgradesOnEpollPool : UpgradeTests<EpollPool>;
public sealed class SecureOnEpollPool : SecureTests<EpollPool>;
public sealed class EndpointsOnEpollPool : EndpointTests<EpollPool>;
public sealed class AbortsOnEpollPool : AbortTests<EpollPool>;
public sealed class LimitsOnEpollPool : LimitTests<EpollPool>;
public sealed class ShutdownOnEpollPool : ShutdownTests<EpollPool>;
public sealed class ToolsOnEpollPool : ToolTests<EpollPool>;
public sealed class StormsOnEpollPool : StormTests<EpollPool>;
public sealed class MixedLoadOnEpollPool : MixedLoadTests<EpollPool>;
