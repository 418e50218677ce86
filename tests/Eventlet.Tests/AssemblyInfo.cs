// One test at a time: each ends with a count of what the process holds, and time limits and CPU
// figures of event loops mean little while other loops compete for the same two cores.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

// Nobody can forget it: whatever a test leaves behind fails it.
[assembly: Eventlet.Tests.Support.LeakGate]
