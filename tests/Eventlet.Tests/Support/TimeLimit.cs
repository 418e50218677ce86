using System.Runtime.CompilerServices;

namespace Eventlet.Tests;

// Inside namespace Eventlet.Tests these names win over xunit's, so no test is without a time limit. A blocked test that
// exceeds it is reported and its thread abandoned; ./test arms a hang dump for what even that does not end.

/// <summary>How long a test may take, unless its own Timeout says otherwise.</summary>
internal static class TimeLimit
{
    /// <summary>In milliseconds: a hundred times what a slow test takes, so that a busy machine fails nothing.</summary>
    internal const int Default = 60_000;

    /// <summary>Whether the long variants were asked for (`./test --long`).</summary>
    internal static bool LongRun => Environment.GetEnvironmentVariable("EVENTLET_TEST_LONG") == "1";
}

/// <summary>xunit's Fact with a time limit.</summary>
public sealed class FactAttribute : Xunit.FactAttribute
{
    /// <summary>A test.</summary>
    public FactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber) => Timeout = TimeLimit.Default;
}

/// <summary>xunit's Theory with a time limit for each row.</summary>
public sealed class TheoryAttribute : Xunit.TheoryAttribute
{
    /// <summary>A test with parameters.</summary>
    public TheoryAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber) => Timeout = TimeLimit.Default;
}
