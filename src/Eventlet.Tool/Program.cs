using System.CommandLine;
using System.CommandLine.Invocation;
using Eventlet.Tool.Commands;

namespace Eventlet.Tool;

/// <summary>The tool's entry: exit code 0, 1 for what went wrong, 2 for a wrong call.</summary>
internal static class Program
{
    internal const int Failed = 1;
    internal const int WrongCall = 2;

    private static readonly InvocationConfiguration s_configuration = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };

    private static async Task<int> Main(string[] args)
    {
        var root = new RootCommand("Hubs, greenthreads and green sockets at work.")
        {
            HubsCommand.Create(),
            DemoCommand.Create(),
            EchoCommand.Create(),
            LoadCommand.Create(),
            ForwardCommand.Create(),
        };
        ParseResult call = root.Parse(args);
        if (call.Action is ParseErrorAction)
        {
            Report($"{call.Errors[0].Message} (eventlet --help says what there is)");
            return WrongCall;
        }

        try
        {
            return await call.InvokeAsync(s_configuration);
        }
        catch (Exception error)
        {
            Report(error.Message);
            return Failed;
        }
    }

    /// <summary>One line on standard error, whatever the text is made of.</summary>
    internal static void Report(string problem) =>
        Console.Error.WriteLine($"eventlet: {string.Join(' ', problem.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))}");
}
