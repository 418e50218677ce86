using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Structured;

public abstract class TaskGroupTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    [Fact]
    public void Group_EndsAfterAllItsChildren_AlsoThoseThatChildrenSpawned() => OnGreen(async () =>
    {
        int ended = 0;
        int result = await TaskGroup.RunAsync(async group =>
        {
            for (int i = 0; i < 3; i++)
            {
                group.SpawnN(async () =>
                {
                    await GreenThread.SleepAsync();
                    group.SpawnN(async () =>
                    {
                        await GreenThread.SleepAsync();
                        ended++;
                    });
                    ended++;
                });
            }

            Assert.Equal(3, group.Running);
            Assert.Equal(5, await group.Spawn(() => Task.FromResult(5)));
            return 7;
        });
        Assert.Equal(7, result);
        Assert.Equal(6, ended);
    });

    [Fact]
    public void FirstFailure_CancelsTheRestAndTheBody_AndAllErrorsAreReported() => OnGreen(async () =>
    {
        var never = new GreenEvent<int>();
        string seen = "";
        AggregateException error = await Assert.ThrowsAsync<AggregateException>(() => TaskGroup.RunAsync(async group =>
        {
            group.SpawnN(async () =>
            {
                try
                {
                    await never.WaitAsync();
                }
                finally
                {
                    await GreenThread.SleepAsync();
                    seen += "cleaned ";
                }
            });
            group.SpawnN(async () =>
            {
                try
                {
                    await never.WaitAsync();
                }
                catch (GreenletExit)
                {
                    throw new ArgumentException("in the clean-up");
                }
            });
            group.SpawnN(async () =>
            {
                await GreenThread.SleepAsync();
                throw new FormatException("first");
            });
            try
            {
                await never.WaitAsync();
            }
            catch (OperationCanceledException)
            {
                seen += "body ";
                throw;
            }
        }));
        Assert.Equal(["first", "in the clean-up"], error.InnerExceptions.Select(e => e.Message));
        Assert.Contains("body", seen, StringComparison.Ordinal);
        Assert.Contains("cleaned", seen, StringComparison.Ordinal);
        Assert.Equal(0, never.Waiting);
    });

    [Fact]
    public void FailureOfTheBodyAlone_IsThrownAsItIs_AfterTheChildrenHaveEnded() => OnGreen(async () =>
    {
        GreenThread? child = null;
        var sent = new FormatException();
        Exception? error = await ErrorOf(() => TaskGroup.RunAsync(async group =>
        {
            child = group.Spawn(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
            await GreenThread.SleepAsync();
            throw sent;
        }));
        Assert.Same(sent, error);
        Assert.True(child!.WasKilled);
    });

    [Fact]
    public void Cancel_EndsTheGroupQuietly_AndWithoutAValueItThrows() => OnGreen(async () =>
    {
        bool wentOn = false;
        await TaskGroup.RunAsync(async group =>
        {
            group.SpawnN(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
            group.SpawnN(() =>
            {
                group.Cancel();
                wentOn = true;
                return Task.CompletedTask;
            });
            await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan);
        });
        Assert.True(wentOn);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => TaskGroup.RunAsync<int>(async group =>
        {
            group.Cancel();
            GreenThread late = group.Spawn(() => throw new FormatException());
            Assert.True(late.WasKilled);
            await GreenThread.SleepAsync();
            return 1;
        }));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Kill_OfWhoWaitsForTheGroup_KillsTheChildren_AndWaitsForThem(bool inBody) => OnGreen(async () =>
    {
        var cleanUp = new GreenEvent<bool>();
        GreenThread? child = null;
        GreenThread host = GreenThread.Spawn(() => TaskGroup.RunAsync(async group =>
        {
            child = group.Spawn(async () =>
            {
                try
                {
                    await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan);
                }
                finally
                {
                    await cleanUp.WaitAsync();
                }
            });
            await GreenThread.SleepAsync(inBody ? Timeout.InfiniteTimeSpan : default);
        }));
        await TurnAsync();
        await TurnAsync();
        host.Kill();
        await TurnAsync();
        await TurnAsync();
        Assert.False(host.IsDead);
        host.Kill();
        await TurnAsync();
        Assert.False(host.IsDead);
        cleanUp.Send(true);
        await host;
        Assert.True(child!.IsDead && host.WasKilled);
    });

    [Fact]
    public void OuterScope_CutsTheGroupShort_AndIsTheOneThatMovesOn() => OnClock(async () =>
    {
        GreenThread? child = null;
        GreenThread<bool> host = GreenThread.Spawn(() => CancelScope.MoveOnAfter(Seconds(1), _ => TaskGroup.RunAsync(group =>
        {
            child = group.Spawn(async () => await GreenThread.SleepAsync(Seconds(60)));
            return Task.CompletedTask;
        })));
        await AdvanceAsync(1);
        Assert.False(await host);
        Assert.True(child!.WasKilled);
    });

    [Fact]
    public void OuterScope_WithAFailingChild_DoesNotHideItsError() => OnClock(async () =>
    {
        GreenThread<bool> host = GreenThread.Spawn(() => CancelScope.MoveOnAfter(Seconds(1), _ => TaskGroup.RunAsync(group =>
        {
            group.SpawnN(async () =>
            {
                try
                {
                    await GreenThread.SleepAsync(Seconds(60));
                }
                catch (GreenletExit)
                {
                    throw new FormatException();
                }
            });
            return Task.CompletedTask;
        })));
        await AdvanceAsync(1);
        var error = Assert.IsType<AggregateException>(await ErrorOf(host));
        Assert.Contains(error.InnerExceptions, e => e is FormatException);
        Assert.Contains(error.InnerExceptions, e => e is OperationCanceledException);
    });

    [Fact]
    public void Groups_Nest_AndAnErrorOfTheInnerCancelsTheOuter() => OnGreen(async () =>
    {
        GreenThread? other = null;
        AggregateException error = await Assert.ThrowsAsync<AggregateException>(() => TaskGroup.RunAsync(outer =>
        {
            other = outer.Spawn(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
            outer.SpawnN(() => TaskGroup.RunAsync(inner =>
            {
                inner.SpawnN(() => throw new FormatException());
                return Task.CompletedTask;
            }));
            return Task.CompletedTask;
        }));
        Assert.IsType<FormatException>(Assert.Single(error.Flatten().InnerExceptions));
        Assert.True(other!.WasKilled);
    });

    [Fact]
    public void Spawn_AfterTheEnd_OrOnAnotherThread_IsRefused() => OnGreen(async () =>
    {
        TaskGroup? left = null;
        await TaskGroup.RunAsync(async group =>
        {
            left = group;
            await Assert.ThrowsAsync<InvalidOperationException>(() => Task.Run(() => group.Spawn(() => Task.CompletedTask)));
        });
        Assert.Throws<InvalidOperationException>(() => left!.Spawn(() => Task.CompletedTask));
    });

    [Fact]
    public void OutsideGreenthreads_TheBodyBecomesOne() => OnMain(() =>
    {
        bool ran = false;
        TaskGroup.Run(group =>
        {
            Assert.NotNull(GreenThread.Current);
            group.SpawnN(async () =>
            {
                await GreenThread.SleepAsync();
                ran = true;
            });
            return Task.CompletedTask;
        });
        Assert.True(ran);
        Assert.Throws<AggregateException>(() => TaskGroup.Run(group =>
        {
            Assert.Throws<InvalidOperationException>(() => TaskGroup.Run(_ => Task.CompletedTask));
            group.SpawnN(() => throw new FormatException());
            return Task.CompletedTask;
        }));
    });
}

public sealed class TaskGroupOnEpoll : TaskGroupTests<EpollHub>;
public sealed class TaskGroupOnPoll : TaskGroupTests<PollHub>;
public sealed class TaskGroupOnSelect : TaskGroupTests<SelectHub>;
