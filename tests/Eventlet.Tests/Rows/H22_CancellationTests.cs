using Eventlet.Tests.Support;
using Fds = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Rows;

/// <summary>Row H22: cancellation tokens end a trampoline, once, and lose nothing.</summary>
public abstract class H22_CancellationTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private protected Fds Open { get; } = new();

    protected override void Dispose(bool disposing)
    {
        Open.Dispose();
        base.Dispose(disposing);
    }

    [Fact]
    public void TokenCancelledBefore_EndsTheWaitAtOnce_WithThatToken()
    {
        int ready = Open.Eventfd(1);
        var token = new CancellationToken(canceled: true);
        OnHub(async () =>
        {
            var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Hubs.TrampolineAsync(ready, read: true, cancellationToken: token));
            Assert.Equal(token, cancelled.CancellationToken);
        });
        OnOwner(() => Assert.ThrowsAny<OperationCanceledException>(() => Hubs.TrampolineAsync(ready, read: true, cancellationToken: token).AsTask().GetAwaiter().GetResult()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TokenCancelledMeanwhile_EndsTheWait_FromTheHubAndFromAnotherThread(bool fromTheHub) => OnHub(async () =>
    {
        (int reader, _) = Open.Pipe();
        using var source = new CancellationTokenSource();
        GreenThread waiter = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(reader, read: true, cancellationToken: source.Token));
        await GreenThread.SleepAsync();
        if (fromTheHub)
        {
            await source.CancelAsync();
        }
        else
        {
            await Task.Run(source.Cancel, CancellationToken.None);
        }

        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiter);
        Assert.Equal(source.Token, cancelled.CancellationToken);
        Assert.Equal(0, Hubs.GetHub().Statistics.Readers);
    });

    [Fact]
    public void TokenCancelledAfterwards_HitsNobody() => OnHub(async () =>
    {
        (int reader, int writer) = Open.Pipe();
        using var source = new CancellationTokenSource();
        int ready = Open.Eventfd(1);
        await Hubs.TrampolineAsync(ready, read: true, cancellationToken: source.Token);

        // The pooled wait is used again, by somebody who has no token.
        GreenThread other = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(reader, read: true));
        await GreenThread.SleepAsync();
        await source.CancelAsync();
        await GreenThread.SleepAsync();
        Assert.False(other.IsDead);
        Fds.Write(writer);
        await other;
    });

    [Fact]
    public void TokenRacingReadiness_TenThousandTimes_HasOneOutcomeEach_AndLosesNothing()
    {
        const int Rounds = 10_000;
        (int reader, int writer) = Open.Pipe();
        int round = -1;
        var sources = new CancellationTokenSource[Rounds];
        PlainThread.Started<bool> canceller = PlainThread.Start(() =>
        {
            var spin = new SpinWait();
            for (int i = 0; i < Rounds; i++)
            {
                while (Volatile.Read(ref round) < i)
                {
                    spin.SpinOnce(sleep1Threshold: -1);
                }

                sources[i].Cancel();
            }

            return true;
        });
        int ready = 0;
        int cancelled = 0;
        OnHub(async () =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                using var source = new CancellationTokenSource();
                sources[i] = source;
                Volatile.Write(ref round, i);
                Fds.Write(writer, 1);
                try
                {
                    await Hubs.TrampolineAsync(reader, read: true, cancellationToken: source.Token);
                    ready++;
                }
                catch (OperationCanceledException error) when (error.CancellationToken == source.Token)
                {
                    cancelled++;
                }

                // Whatever the outcome was, the byte is there.
                Assert.Equal(1, Fds.Read(reader, 1));
                while (!source.IsCancellationRequested)
                {
                    await GreenThread.SleepAsync();
                }
            }

            Assert.Equal(0, Hubs.GetHub().Statistics.Readers);
        });
        Assert.True(canceller.Join());
        Assert.Equal(Rounds, ready + cancelled);
    }
}

public sealed class H22_CancellationOnEpoll : H22_CancellationTests<EpollHub>;

public sealed class H22_CancellationOnIoUring : H22_CancellationTests<IoUringHub>;

public sealed class H22_CancellationOnPoll : H22_CancellationTests<PollHub>;

public sealed class H22_CancellationOnSelect : H22_CancellationTests<SelectHub>;
