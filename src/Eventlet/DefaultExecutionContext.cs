namespace Eventlet;

/// <summary>The ExecutionContext without any AsyncLocal, in which loops and callbacks run.</summary>
internal static class DefaultExecutionContext
{
    internal static readonly ExecutionContext Value = Capture();

    // .NET does not hand out its default context, and the calling thread may carry values: a fresh thread has none.
    private static ExecutionContext Capture()
    {
        ExecutionContext? context = null;
        var thread = new Thread(() => context = ExecutionContext.Capture(), maxStackSize: 64 * 1024) { IsBackground = true };
        thread.UnsafeStart();
        thread.Join();
        return context!;
    }
}
