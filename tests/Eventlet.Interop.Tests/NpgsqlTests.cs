using Eventlet.Tests.Interop.Servers;
using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;
using Npgsql;

namespace Eventlet.Tests.Interop;

/// <summary>Npgsql inside greenthreads, against a real PostgreSQL.</summary>
public abstract class NpgsqlTests<THub>(PostgresServer server) : GreenTests<THub>, IClassFixture<PostgresServer>
    where THub : IHubFixture
{
    private const string Slow = "select pg_sleep(600)";
    private readonly Homecoming _awaits = new();

    [Fact]
    public void TenThousandQueries_Of200GreenthreadsOnTwoHubs_ComeBackToTheirOwn() => OnGreen(async () =>
    {
        const int Greenthreads = 200;
        const int Queries = 50;
        await using NpgsqlDataSource source = Source(connections: 16);
        using Hub other = StartHub();
        Hub[] hubs = [Hubs.GetHub(), other];
        GreenThread<int>[] all = [.. Enumerable.Range(0, Greenthreads).Select(i => hubs[i % 2].Spawn(() => AskAsync(source, i, Queries)))];
        for (int i = 0; i < Greenthreads; i++)
        {
            Assert.Equal(Queries, await all[i]);
        }

        // A connection of the pool, a command, a row and the end of the rows for each.
        Assert.Equal(4 * Greenthreads * Queries, _awaits.Count);
        Assert.Equal(0, _awaits.Astray);
    });

    [Fact]
    public void Kill_ReachesAQuery_AndTheServer() => OnGreen(async () =>
    {
        await using NpgsqlDataSource source = Source();
        bool wentOn = false;
        bool cleanedUp = false;
        GreenThread query = GreenThread.Spawn(async () =>
        {
            try
            {
                await RunAsync(source, Slow, GreenThread.Current!.CancellationToken);
                wentOn = true;
            }
            finally
            {
                cleanedUp = GreenThread.Current?.Hub.IsCurrent == true;
            }
        });
        await UntilSlowQueriesAreAsync(source, 1);
        query.Kill();
        await query;
        Assert.True(query.WasKilled);
        Assert.False(wentOn);
        Assert.True(cleanedUp);
        await UntilSlowQueriesAreAsync(source, 0);
    });

    [Fact]
    public void Timeouts_ReachAQuery_AndTheServer() => OnGreen(async () =>
    {
        await using NpgsqlDataSource source = Source();
        await Assert.ThrowsAsync<GreenTimeoutException>(() => GreenTimeout.WithTimeout(Seconds(0.2), token => RunAsync(source, Slow, token)));
        Assert.False(await CancelScope.MoveOnAfter(Seconds(0.2), scope => RunAsync(source, Slow, scope.Token)));
        await UntilSlowQueriesAreAsync(source, 0);
        Assert.Equal(7, await RunAsync(source, "select 7", default));
    });

    [Fact]
    public void FirstFailureOfAGroup_CancelsTheOthersQueries() => OnGreen(async () =>
    {
        await using NpgsqlDataSource source = Source();
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => TaskGroup.RunAsync(async group =>
        {
            for (int i = 0; i < 5; i++)
            {
                group.SpawnN(() => RunAsync(source, Slow, GreenThread.Current!.CancellationToken));
            }

            await UntilSlowQueriesAreAsync(source, 5);
            group.SpawnN(() => RunAsync(source, "select 1 / 0", default));
        }));
        var error = Assert.IsType<PostgresException>(failure is AggregateException all ? Assert.Single(all.InnerExceptions) : failure);
        Assert.Equal(PostgresErrorCodes.DivisionByZero, error.SqlState);
        await UntilSlowQueriesAreAsync(source, 0);
    });

    [Fact]
    public void Connection_ThatTheServerEnds_IsTheErrorOfItsOwnGreenthread() => OnGreen(async () =>
    {
        await using NpgsqlDataSource source = Source();
        GreenThread victim = GreenThread.Spawn(() => RunAsync(source, Slow, default));
        GreenThread<int> bystander = GreenThread.Spawn(() => AskAsync(source, 1, 100));
        await UntilSlowQueriesAreAsync(source, 1);
        await RunAsync(source, $"select count(pg_terminate_backend(pid)) from pg_stat_activity where query = '{Slow}'", default);
        var error = await Assert.ThrowsAsync<PostgresException>(() => victim.AsTask());
        Assert.Equal(PostgresErrorCodes.AdminShutdown, error.SqlState);
        Assert.Equal(100, await bystander);
    });

    [Fact]
    public void BlockingCalls_ThroughTheBridge_KeepNoHub() => OnGreen(async () =>
    {
        await using NpgsqlDataSource source = Source();
        GreenThread<int> blocking = GreenThread.Spawn(() => _awaits.Of(ThreadPoolBridge.ExecuteAsync(() =>
        {
            using NpgsqlCommand command = source.CreateCommand("select 7 from pg_sleep(0.2)");
            return (int)command.ExecuteScalar()!;
        }).AsTask()));
        await Turns.PassAsync();
        Assert.False(blocking.IsDead);
        Assert.Equal(7, await blocking);
        Assert.Equal((1, 0), (_awaits.Count, _awaits.Astray));
    });

    private async Task<int> AskAsync(NpgsqlDataSource source, int seed, int queries)
    {
        int right = 0;
        for (int i = 0; i < queries; i++)
        {
            int asked = (seed * queries) + i;
            await using NpgsqlConnection connection = await _awaits.Of(source.OpenConnectionAsync().AsTask());
            await using var command = new NpgsqlCommand("select $1 * 2, 'row ' || $1", connection) { Parameters = { new() { Value = asked } } };
            await using NpgsqlDataReader reader = await _awaits.Of(command.ExecuteReaderAsync());
            bool isRight = await _awaits.Of(reader.ReadAsync()) && reader.GetInt32(0) == asked * 2 && reader.GetString(1) == $"row {asked}";
            right += isRight && !await _awaits.Of(reader.ReadAsync()) ? 1 : 0;
        }

        return right;
    }

    [Fact]
    public void Query_AsTheDocumentHasIt() => OnGreen(async () =>
    {
        await using NpgsqlDataSource source = Source();
        GreenThread<int> query = Documented.Query(source, "select 40 + 2");
        Assert.Equal(42, await query);
        GreenThread<int> slow = Documented.Query(source, Slow);
        await UntilSlowQueriesAreAsync(source, 1);
        slow.Kill();
        await Assert.ThrowsAsync<GreenletExit>(() => slow.AsTask());
        await UntilSlowQueriesAreAsync(source, 0);
    });

    private static async Task<int> RunAsync(NpgsqlDataSource source, string text, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = source.CreateCommand(text);
        return await command.ExecuteScalarAsync(cancellationToken) switch { int number => number, long number => (int)number, _ => 0 };
    }

    private static async Task UntilSlowQueriesAreAsync(NpgsqlDataSource source, int count)
    {
        while (await RunAsync(source, $"select count(*) from pg_stat_activity where state = 'active' and query = '{Slow}'", default) != count)
        {
            await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(5));
        }
    }

    private NpgsqlDataSource Source(int connections = 8) => NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder
    {
        Host = $"{server.EndPoint.Address}",
        Port = server.EndPoint.Port,
        Username = "test",
        Database = "postgres",
        MaxPoolSize = connections,
        Timeout = 30,
        CommandTimeout = 0,
    });
}

public sealed class NpgsqlOnEpoll(PostgresServer server) : NpgsqlTests<EpollHub>(server);

public sealed class NpgsqlOnIoUring(PostgresServer server) : NpgsqlTests<IoUringHub>(server);
