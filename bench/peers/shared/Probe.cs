namespace Eventlet.Bench.Peers;

/// <summary>Answers each line on stdin with what the process has allocated and how often the thread pool was used so far.</summary>
internal static class Probe
{
    internal static void Start() => new Thread(Answer) { IsBackground = true, Name = "probe" }.Start();

    private static void Answer()
    {
        while (Console.ReadLine() is not null)
        {
            long allocated = GC.GetTotalAllocatedBytes(precise: true);
            Console.WriteLine($"allocatedBytes {allocated} poolItems {ThreadPool.CompletedWorkItemCount} collections {GC.CollectionCount(0)}");
        }
    }
}
