using Eventlet.Tests.Support;
using Eventlet.Tests.Web.Clients;

namespace Eventlet.Tests.Web.OnTransports;

public sealed class GrpcOnIoUringPool : GrpcTests<IoUringPool>;

public sealed class SignalROnIoUringPool : SignalRTests<IoUringPool>;
