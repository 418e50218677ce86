using Npgsql;

namespace Eventlet.Tests.Interop;

/// <summary>What docs/interop.md shows.</summary>
internal static class Documented
{
    #region query
    internal static GreenThread<int> Query(NpgsqlDataSource source, string text) => GreenThread.Spawn(async () =>
    {
        await using NpgsqlCommand command = source.CreateCommand(text);
        object? answer = await command.ExecuteScalarAsync(GreenThread.Current!.CancellationToken);   // Kill cancels it on the server
        return (int)answer!;                                                                         // on the hub again
    });
    #endregion
}
