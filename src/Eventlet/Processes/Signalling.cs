using Eventlet.Interop;

namespace Eventlet.Processes;

internal static class Signalling
{
    internal static void Send(Child child, int number)
    {
        int error = child.Signal(number);

        // It may have ended, and be gone already where SIGCHLD is ignored.
        if (error is not 0 and not Errno.ESRCH)
        {
            throw error == Errno.EPERM
                ? new UnauthorizedAccessException($"process {child.Id} is another user's by now")
                : Errno.ToException(error, $"signal {number} to process {child.Id}");
        }
    }
}
