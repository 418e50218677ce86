using Eventlet.Tests.Support;

namespace Eventlet.Tests.Rows;

/// <summary>io_uring, beyond the page.</summary>
public sealed class IoUringTests : BackendRowTests<IoUringHub>;
