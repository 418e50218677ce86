using Eventlet.Tests.Support;
using Eventlet.Tests.Web.Clients;

namespace Eventlet.Tests.Web.OnTransports;

public sealed class GrpcOnEpollHub : GrpcTests<EpollHub>;

public sealed class SignalROnEpollHub : SignalRTests<EpollHub>;
