using Eventlet.Tests.Scenarios;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Transports;

public sealed class PlainOnStock : PlainTests<Stock>;
public sealed class BodiesOnStock : BodyTests<Stock>;
public sealed class UpgradesOnStock : UpgradeTests<Stock>;
public sealed class SecureOnStock : SecureTests<Stock>;
public sealed class EndpointsOnStock : EndpointTests<Stock>;
public sealed class AbortsOnStock : AbortTests<Stock>;
public sealed class LimitsOnStock : LimitTests<Stock>;
public sealed class ShutdownOnStock : ShutdownTests<Stock>;
public sealed class ToolsOnStock : ToolTests<Stock>;
public sealed class StormsOnStock : StormTests<Stock>;
public sealed class MixedLoadOnStock : MixedLoadTests<Stock>;
