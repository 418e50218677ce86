using System.CommandLine;

namespace Eventlet.Bench;

/// <summary><c>bench/compare</c>.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        try
        {
            return CompareCommand.Create().Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (BenchException error)
        {
            Console.Error.WriteLine($"compare: {error.Message}");
            return 1;
        }
    }
}
