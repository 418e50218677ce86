using Eventlet.Tests.Model;
using Eventlet.Tests.Net;
using Eventlet.Tests.Rows;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.OnHubs;

// What has to do with descriptors, on the kqueue backend over a fake kqueue.
public sealed class InboxOnFakeKqueue : InboxTests<FakeKqueueHub>;
public sealed class ListenerOnFakeKqueue : ListenerTests<FakeKqueueHub>;

public sealed class GreenSocketOnFakeKqueue : GreenSocketTests<FakeKqueueHub>;
public sealed class GreenStreamOnFakeKqueue : GreenStreamTests<FakeKqueueHub>;
public sealed class ServeOnFakeKqueue : ServeTests<FakeKqueueHub>;
public sealed class SocketCloseOnFakeKqueue : SocketCloseTests<FakeKqueueHub>;
public sealed class WrappedSocketOnFakeKqueue : WrappedSocketTests<FakeKqueueHub>;

public sealed class H01_LoopDispatchesOnFakeKqueue : H01_LoopDispatchesTests<FakeKqueueHub>;
public sealed class H22_CloseOnFakeKqueue : H22_CloseTests<FakeKqueueHub>;
public sealed class H22_TrampolineOnFakeKqueue : H22_TrampolineTests<FakeKqueueHub>;
public sealed class H22_WaiterOnFakeKqueue : H22_WaiterTests<FakeKqueueHub>;
public sealed class H23_TimeoutOnFakeKqueue : H23_TimeoutTests<FakeKqueueHub>;
