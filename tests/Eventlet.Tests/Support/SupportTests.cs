namespace Eventlet.Tests.Support;

public class SupportTests
{
    [Fact]
    public async Task ChildProcess_ThatEnds_LeavesItsOutputAndExitCode()
    {
        ChildResult result = await ChildProcess.RunAsync("arguments ONE TWO", new Dictionary<string, string?> { ["ONE"] = "eins", ["TWO"] = "zwei" });
        Assert.Equal(new ChildResult(2, "ONE\nTWO\n", "eins\nzwei\n"), result);
    }

    [Fact]
    public async Task ChildProcess_ThatHangs_IsKilledAtItsLimit()
    {
        using ChildProcess child = ChildProcess.Start("hang", limit: TimeSpan.FromSeconds(1.5));
        await Assert.ThrowsAsync<TimeoutException>(child.EndAsync);
    }

    [Fact]
    public void LeakGate_NamesADescriptorThatIsLeft()
    {
        var gate = new LeakGate(TimeSpan.Zero);
        using (var pipe = new System.IO.Pipes.AnonymousPipeServerStream())
        {
            string message = Assert.ThrowsAny<Exception>(gate.Dispose).Message;
            Assert.Contains("pipe:", message, StringComparison.Ordinal);
        }

        gate.Dispose();
    }

    [Fact]
    public void LeakGate_NamesAThreadThatIsLeft()
    {
        var gate = new LeakGate(TimeSpan.Zero);
        using var end = new ManualResetEventSlim();
        var thread = new Thread(end.Wait) { Name = "hub leaked" };
        thread.Start();
        string message = Assert.ThrowsAny<Exception>(gate.Dispose).Message;
        end.Set();
        thread.Join();
        Assert.Contains("hub leaked", message, StringComparison.Ordinal);
        new LeakGate().Dispose();
    }

    [Fact]
    public void LeakGate_NamesAHubThatIsLeft_AndWhatItHolds()
    {
        var gate = new LeakGate(TimeSpan.Zero);
        var hub = Hub.Start("poll");
        string idle = Assert.ThrowsAny<Exception>(gate.Dispose).Message;
        Assert.Contains("a poll hub of thread", idle, StringComparison.Ordinal);
        Assert.Contains("thread hub poll", idle, StringComparison.Ordinal);
        gate = new LeakGate(TimeSpan.Zero);
        hub.InvokeAsync(() =>
        {
            hub.ScheduleCallGlobal(TimeSpan.FromDays(1), () => { });
            GreenThread.SpawnN(async () => await hub.SwitchAsync());
            return Task.CompletedTask;
        }).GetAwaiter().GetResult();
        string busy = Assert.ThrowsAny<Exception>(gate.Dispose).Message;
        hub.Dispose();
        Assert.Contains("1 greenthreads, 1 timers", busy, StringComparison.Ordinal);
    }

    [Fact]
    public void LeakGate_NamesAListenerThatIsLeft_AndWhoMadeIt()
    {
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream();
        int fd = (int)pipe.SafePipeHandle.DangerousGetHandle();
        string message = PlainThread.Run(() =>
        {
            using Hub hub = Hubs.GetHub();
            hub.Debug.ListenerTracebacks = true;
            var gate = new LeakGate(TimeSpan.Zero);
            hub.Add(FdEvent.Write, fd, _ => { });
            return Assert.ThrowsAny<Exception>(gate.Dispose).Message;
        });
        Assert.Contains("1 writers", message, StringComparison.Ordinal);
        Assert.Contains(nameof(LeakGate_NamesAListenerThatIsLeft_AndWhoMadeIt), message, StringComparison.Ordinal);
    }

    [Fact]
    public void LeakGate_NamesAPooledObjectThatHasNotComeBack()
    {
        var gate = new LeakGate(TimeSpan.Zero);
        PlainThread.Run(() =>
        {
            using Hub hub = Hubs.GetHub();
            hub.Run(() =>
            {
                // Never awaited.
                ValueTask lost = GreenThread.SleepAsync();
                return lost.IsCompleted ? Task.FromException(new InvalidOperationException()) : Task.CompletedTask;
            });
        });
        Assert.Contains("1 pooled objects", Assert.ThrowsAny<Exception>(gate.Dispose).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PlainThread_HandsOutResultAndException()
    {
        Assert.False(PlainThread.Run(() => Thread.CurrentThread.IsThreadPoolThread));
        Assert.Throws<FormatException>(() => PlainThread.Run(() => throw new FormatException()));
        Assert.Throws<TimeoutException>(() => PlainThread.Run(() => Thread.Sleep(2_000), TimeSpan.FromMilliseconds(10)));
    }
}
