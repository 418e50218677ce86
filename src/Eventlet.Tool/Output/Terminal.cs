using Spectre.Console;

namespace Eventlet.Tool.Output;

/// <summary>Where people read; a pipe gets the same text without colours, and wide enough for a table.</summary>
internal static class Terminal
{
    private const int WidthOfPipes = 120;

    internal static bool IsInteractive => !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi;

    internal static void Write(Table table)
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = WidthOfPipes;
        }

        AnsiConsole.Write(table.SimpleBorder());
    }
}
