using System.Globalization;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.RandomOperations;

/// <summary>
/// Random operations of all kinds against <see cref="ModelHub"/>: hub after hub, each for some thousand operations, run in place, aborted, moved to
/// the background and dropped in one way or another.
/// </summary>
public abstract class RandomOperationsTests<THub> : HubTests<THub> where THub : IHubFixture
{
    private const int PerEpisode = 2_000;
    private const int PerPart = 100_000;
    private const int Limit = 3_600_000;

    private static HubFactory Factory => Hubs.Builtin.First(f => f.Name == THub.HubName);

    /// <summary>In two parts, each of which has a time limit of its own.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void RandomOperations_AgreeWithTheModel(int part)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"part {part}");
        Play(PerPart, TestContext.Current.CancellationToken);
    }

    [Fact(Explicit = true, Timeout = Limit)]
    public void RandomOperations_TenMillion_AgreeWithTheModel() => Play(TimeLimit.LongRun ? 10_000_000 : PerEpisode, TestContext.Current.CancellationToken);

    [Fact]
    public void RandomOperations_OfOneSeed_LeaveOneTrace()
    {
        ulong Hash(int seed)
        {
            var trace = new Trace();
            Assert.Null(Run(seed, PerEpisode, trace, out _));
            return trace.Hash;
        }

        ulong first = Hash(4711);
        Assert.Equal(first, Hash(4711));
        Assert.NotEqual(first, Hash(4712));
    }

    private static void Play(int operations, CancellationToken end)
    {
        string? replay = Environment.GetEnvironmentVariable("EVENTLET_TEST_SEED");
        int seed = replay is null ? Random.Shared.Next(1_000_000_000) : int.Parse(replay, CultureInfo.InvariantCulture);
        TimeSpan begun = Environment.CpuUsage.TotalTime;
        var trace = new Trace();
        for (int done = 0; done < operations && !end.IsCancellationRequested; seed++)
        {
            string? failure = Run(seed, PerEpisode, trace, out int count);
            Assert.True(failure is null, $"EVENTLET_TEST_SEED={seed} replays this; the trace ends with what was done and seen last\n{trace}\n{failure}");
            done += count;
        }

        double seconds = (Environment.CpuUsage.TotalTime - begun).TotalSeconds;
        TestContext.Current.TestOutputHelper?.WriteLine($"{operations} operations, {operations / seconds:0} in a second of the processor, trace {trace.Hash:x16}");
    }

    private static string? Run(int seed, int length, Trace trace, out int operations)
    {
        using var poster = new Poster();
        using var episode = new Episode(Factory, seed, length, trace, poster);
        try
        {
            PlainThread.Run(episode.Play);
        }
        catch (TimeoutException hang)
        {
            return hang.Message;
        }
        finally
        {
            operations = Math.Max(1, episode.Operations);
        }

        return episode.Failure;
    }
}

public sealed class RandomOperationsOnEpoll : RandomOperationsTests<EpollHub>;
public sealed class RandomOperationsOnIoUring : RandomOperationsTests<IoUringHub>;
public sealed class RandomOperationsOnPoll : RandomOperationsTests<PollHub>;
public sealed class RandomOperationsOnSelect : RandomOperationsTests<SelectHub>;
