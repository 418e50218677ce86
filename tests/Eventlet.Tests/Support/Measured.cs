namespace Eventlet.Tests.Support;

/// <summary>Figures that a test has measured beside what it asserts.</summary>
internal static class Measured
{
    /// <summary>Adds a text to the test's output; in a long run also to the console, to be quoted.</summary>
    internal static void Say(string text)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(text);
        if (TimeLimit.LongRun)
        {
            Console.WriteLine(text);
        }
    }

    /// <summary>What is left on the managed heap after a full collection.</summary>
    internal static long Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
