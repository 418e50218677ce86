using Eventlet.Interop;

namespace Eventlet.Processes;

/// <summary>Feeding a child and reading its outputs at the same time, in one greenthread or outside. If one of the three fails the others are stopped.</summary>
internal sealed class Conversation(GreenSubprocess process, CancellationToken cancellationToken)
{
    private const int BufferSize = 65536;

    internal async Task<SubprocessExit> RunAsync(Func<CancellationToken, Task> feed, Stream output, Stream error)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task feeding = StopOnFailureAsync(() => FeedAsync(feed, stop.Token), stop);
        try
        {
            await Task.WhenAll(
                StopOnFailureAsync(() => DrainAsync(process.StandardOutput, output, stop.Token), stop),
                StopOnFailureAsync(() => DrainAsync(process.StandardError, error, stop.Token), stop));
            return await process.WaitAsync(cancellationToken: stop.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        finally
        {
            // Nobody reads the input any more; its source may never end.
            stop.Cancel();
            await EndedAsync(feeding);
        }
    }

    internal static async Task CopyAsync(Stream from, Stream to, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferSize];
        for (int count; (count = await from.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            await to.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }
    }

    private static async Task DrainAsync(GreenPipe? from, Stream to, CancellationToken cancellationToken)
    {
        if (from is not null)
        {
            await CopyAsync(from, to, cancellationToken);
        }
    }

    private async Task FeedAsync(Func<CancellationToken, Task> feed, CancellationToken cancellationToken)
    {
        try
        {
            await feed(cancellationToken);
        }
        catch (IOException broken) when (broken.HResult == Errno.EPIPE)
        {
            // The child wants no more: whether that is an error is for its exit code to say.
        }
        finally
        {
            process.StandardInput?.Dispose();
        }
    }

    private static async Task StopOnFailureAsync(Func<Task> part, CancellationTokenSource stop)
    {
        try
        {
            await part();
        }
        catch
        {
            stop.Cancel();
            throw;
        }
    }

    private static async Task EndedAsync(Task feeding)
    {
        try
        {
            await feeding;
        }
        catch (OperationCanceledException)
        {
            // By us, or as the others were.
        }
    }
}
