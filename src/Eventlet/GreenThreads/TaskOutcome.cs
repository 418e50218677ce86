namespace Eventlet;

/// <summary>What an await of an ended task would throw.</summary>
internal static class TaskOutcome
{
    internal static Exception? ErrorOf(Task task)
    {
        if (task.IsCompletedSuccessfully)
        {
            return null;
        }

        if (task.Exception is { } aggregate)
        {
            return aggregate.InnerException;
        }

        // Only throwing tells the exception of a cancelled task, and with it the token.
        try
        {
            task.GetAwaiter().GetResult();
            return null;
        }
        catch (OperationCanceledException canceled)
        {
            return canceled;
        }
    }
}
