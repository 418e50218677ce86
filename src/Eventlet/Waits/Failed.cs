namespace Eventlet.Waits;

/// <summary>ValueTasks that have failed before a wait began.</summary>
internal static class Failed
{
    internal static ValueTask Task(Exception error) =>
        error is OperationCanceledException { CancellationToken.IsCancellationRequested: true } canceled
            ? ValueTask.FromCanceled(canceled.CancellationToken)
            : ValueTask.FromException(error);

    internal static ValueTask<T> Task<T>(Exception error) =>
        error is OperationCanceledException { CancellationToken.IsCancellationRequested: true } canceled
            ? ValueTask.FromCanceled<T>(canceled.CancellationToken)
            : ValueTask.FromException<T>(error);
}
