using Eventlet.Tests.Support;
using Eventlet.Tests.Web.Clients;

namespace Eventlet.Tests.Web.OnTransports;

public sealed class GrpcOnEpollPool : GrpcTests<EpollPool>;

public sealed class SignalROnEpollPool : SignalRTests<EpollPool>;
