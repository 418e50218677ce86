using System.Runtime.CompilerServices;

namespace Eventlet.Scenarios;

/// <summary>A claim of a scenario. One that does not hold ends the process, and its text is in stderr.</summary>
internal static class Check
{
    internal static void That(bool claim, [CallerArgumentExpression(nameof(claim))] string text = "", [CallerLineNumber] int line = 0)
    {
        if (!claim)
        {
            Fail($"line {line}: not true: {text}");
        }
    }

    internal static TException Throws<TException>(Action action, [CallerLineNumber] int line = 0)
        where TException : Exception
    {
        try
        {
            action();
        }
        catch (TException expected)
        {
            return expected;
        }

        Fail($"line {line}: no {typeof(TException).Name}");
        throw new InvalidOperationException();
    }

    private static void Fail(string text)
    {
        Console.Error.WriteLine(text);
        Environment.Exit(1);
    }
}
