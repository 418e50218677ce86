using System.Globalization;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.RandomOperations;

/// <summary>
/// Random operations on green sockets: connects, accepts, sends and receives that are killed, timed out, cancelled, and whose sockets are closed under them. On io_uring
/// that is its face of completions; <see cref="RandomOperationsTests{THub}"/> sees its readiness.
/// </summary>
public abstract class SocketOperationsTests<THub> : HubTests<THub> where THub : IHubFixture
{
    private const int PerEpisode = 2_000;
    private const int Limit = 3_600_000;

    [Fact(Explicit = true)]
    public void SocketOperations_UnderInterruptions_KeepEveryByteAndConnection() => Play(20_000, TestContext.Current.CancellationToken);

    [Fact(Explicit = true, Timeout = Limit)]
    public void SocketOperations_AMillion_KeepEveryByteAndConnection() => Play(TimeLimit.LongRun ? 1_000_000 : PerEpisode, TestContext.Current.CancellationToken);

    private static void Play(int operations, CancellationToken end)
    {
        string? replay = Environment.GetEnvironmentVariable("EVENTLET_TEST_SEED");
        int seed = replay is null ? Random.Shared.Next(1_000_000_000) : int.Parse(replay, CultureInfo.InvariantCulture);
        int done = 0, interrupted = 0;
        for (; done < operations && !end.IsCancellationRequested; seed++)
        {
            var episode = new SocketEpisode(seed, PerEpisode);
            try
            {
                OnHub(episode.PlayAsync, TimeSpan.FromSeconds(50));
            }
            catch (Exception error)
            {
                Assert.Fail($"EVENTLET_TEST_SEED={seed} makes the same choices: {episode.Failure ?? error}");
            }

            done += episode.Operations;
            interrupted += episode.Interrupted;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{done} operations, {interrupted} of them interrupted");
        Assert.InRange(interrupted, done / 20, done);
    }
}

public sealed class SocketOperationsOnEpoll : SocketOperationsTests<EpollHub>;
public sealed class SocketOperationsOnIoUring : SocketOperationsTests<IoUringHub>;
public sealed class SocketOperationsOnPoll : SocketOperationsTests<PollHub>;
public sealed class SocketOperationsOnSelect : SocketOperationsTests<SelectHub>;
