using Eventlet.Waits;

namespace Eventlet;

/// <summary>The end of a greenthread as a task, for combinators and for those outside.</summary>
internal static class GreenThreadTask
{
    internal static Task<T> Of<T>(GreenThread green, Func<GreenThread, T> value)
    {
        var source = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Hub hub = green.Hub;
        var outside = new TaskOutsideWait<T>(hub, source) { NeedsLoop = !hub.IsCurrent };
        if (!green.IsSettled)
        {
            hub.Outsiders.Add(outside);
        }

        green.Link(ended =>
        {
            try
            {
                if (ended.Failure is { } error)
                {
                    outside.Fail(error);
                }
                else
                {
                    outside.Succeed(value(ended));
                }
            }
            catch (Exception error)
            {
                outside.Fail(error);
            }
        });

        if (outside.NeedsLoop && !outside.IsOver)
        {
            hub.LaunchIfIdle();
        }

        return source.Task;
    }

    private sealed class TaskOutsideWait<T>(Hub hub, TaskCompletionSource<T> source) : OutsideWait(hub)
    {
        internal void Succeed(T value)
        {
            if (TryEnd())
            {
                source.TrySetResult(value);
            }
        }

        private protected override void Deliver(Wait wait) => throw new InvalidOperationException("a task is completed by the end of its greenthread");

        private protected override void Deliver(Exception error)
        {
            if (error is OperationCanceledException canceled)
            {
                source.TrySetCanceled(canceled.CancellationToken);
            }
            else
            {
                source.TrySetException(error);
            }
        }
    }
}
