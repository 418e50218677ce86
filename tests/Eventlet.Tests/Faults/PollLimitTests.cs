using System.Runtime.InteropServices;
using Eventlet.Tests.Support;
using Fds = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Faults;

/// <summary>poll(2) refuses a set that is larger than the limit of open files is now.</summary>
public sealed partial class PollLimitTests
{
    private const int FilesLimit = 7;

    [Fact]
    public void Poll_WithALimitOfFilesBelowTheWatchedOnes_SaysSo()
    {
        PlainThread.Run(() =>
        {
            using var open = new Fds();
            Hubs.UseHub("poll");
            using Hub hub = Hubs.GetHub();
            (ulong Soft, ulong Hard) limit = Limit();
            try
            {
                Exception? error = Record.Exception(() => hub.Run(async () =>
                {
                    GreenThread[] watching = [.. Enumerable.Range(0, 40).Select(_ => open.Eventfd()).Select(fd => GreenThread.Spawn(async () => await Hubs.TrampolineAsync(fd, read: true)))];
                    await Turns.PassAsync();
                    SetLimit((20, limit.Hard));
                    await GreenThread.SleepAsync(TimeSpan.FromDays(1));
                }));
                Assert.Contains("limit of open files", Assert.IsType<HubException>(error).Message, StringComparison.Ordinal);
            }
            finally
            {
                SetLimit(limit);
            }
        });
    }

    private static unsafe (ulong Soft, ulong Hard) Limit()
    {
        (ulong Soft, ulong Hard) limit;
        Assert.Equal(0, getrlimit(FilesLimit, &limit));
        return limit;
    }

    private static unsafe void SetLimit((ulong Soft, ulong Hard) limit) => Assert.Equal(0, setrlimit(FilesLimit, &limit));

    [LibraryImport("libc")]
    private static unsafe partial int getrlimit(int resource, (ulong Soft, ulong Hard)* limit);

    [LibraryImport("libc")]
    private static unsafe partial int setrlimit(int resource, (ulong Soft, ulong Hard)* limit);
}
