namespace Eventlet;

/// <summary>Runs tasks as callbacks of a hub.</summary>
internal sealed class HubTaskScheduler(Hub hub) : TaskScheduler
{
    /// <summary>A hub has one thread.</summary>
    public override int MaximumConcurrencyLevel => 1;

    protected override void QueueTask(Task task)
    {
        hub.ThrowIfDisposed();
        hub.Submit(new TaskItem(this, task));
        if (hub.LaunchIfIdle() is { } failure)
        {
            throw failure;
        }
    }

    // Else a wait on the hub's thread for a task that stands in its queue would never end.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => hub.IsCurrent && TryExecuteTask(task);

    /// <summary>For debuggers, which must not touch the queues of a hub.</summary>
    protected override IEnumerable<Task> GetScheduledTasks() => [];

    private sealed class TaskItem(HubTaskScheduler scheduler, Task task) : HubItem
    {
        internal override void Run(Hub hub)
        {
            hub.EnterCallback();
            scheduler.TryExecuteTask(task);
        }
    }
}
