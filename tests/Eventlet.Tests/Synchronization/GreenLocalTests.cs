using System.Runtime.CompilerServices;
using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Synchronization;

public abstract class GreenLocalTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    [Fact]
    public void Value_IsEachGreenthreadsOwn_AcrossItsWaits() => OnGreen(async () =>
    {
        var local = new GreenLocal<int>();
        GreenThread<int>[] greens = [.. Enumerable.Range(1, 5).Select(i => GreenThread.Spawn(async () =>
        {
            Assert.Equal(0, local.Value);
            local.Value = i;
            await GreenThread.SleepAsync();
            await Task.Yield();
            return local.Value;
        }))];
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(i + 1, await greens[i]);
        }

        Assert.False(local.IsValueCreated);
    });

    [Fact]
    public void Factory_RunsAtEachGreenthreadsFirstLook() => OnGreen(async () =>
    {
        int made = 0;
        var local = new GreenLocal<object>(() => ++made);
        await GreenThread.Spawn(() =>
        {
            Assert.Same(local.Value, local.Value);
            local.Clear();
            Assert.Equal(2, local.Value);
            return Task.CompletedTask;
        });
        Assert.Equal(3, local.Value);
    });

    [Fact]
    public void Value_GoesWithItsGreenthread() => OnGreen(async () =>
    {
        var local = new GreenLocal<object>();
        [MethodImpl(MethodImplOptions.NoInlining)]
        async Task<WeakReference> LeaveAsync()
        {
            var value = new object();
            await GreenThread.Spawn(() =>
            {
                local.Value = value;
                return Task.CompletedTask;
            });
            return new WeakReference(value);
        }

        WeakReference left = await LeaveAsync();
        await TurnAsync();
        for (int i = 0; i < 10 && left.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await TurnAsync();
        }

        Assert.False(left.IsAlive);
        GC.KeepAlive(local);
    });

    [Fact]
    public void Value_OutsideGreenthreads_IsTheThreads() => OnMain(() =>
    {
        var local = new GreenLocal<int> { Value = 1 };
        Hubs.GetHub().Run(() =>
        {
            Assert.Equal(0, local.Value);
            local.Value = 2;
            return Task.CompletedTask;
        });
        Assert.Equal(1, local.Value);
        Assert.Equal(0, PlainThread.Run(() => local.Value));
    });
}

public sealed class GreenLocalOnEpoll : GreenLocalTests<EpollHub>;
public sealed class GreenLocalOnPoll : GreenLocalTests<PollHub>;
public sealed class GreenLocalOnSelect : GreenLocalTests<SelectHub>;
