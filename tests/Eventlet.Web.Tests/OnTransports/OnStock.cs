using Eventlet.Tests.Support;
using Eventlet.Tests.Web.Clients;

namespace Eventlet.Tests.Web.OnTransports;

public sealed class GrpcOnStock : GrpcTests<Stock>;

public sealed class SignalROnStock : SignalRTests<Stock>;
