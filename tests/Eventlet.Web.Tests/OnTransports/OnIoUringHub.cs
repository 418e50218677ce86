using Eventlet.Tests.Support;
using Eventlet.Tests.Web.Clients;

namespace Eventlet.Tests.Web.OnTransports;

public sealed class GrpcOnIoUringHub : GrpcTests<IoUringHub>;

public sealed class SignalROnIoUringHub : SignalRTests<IoUringHub>;
