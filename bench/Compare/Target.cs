using System.Globalization;

namespace Eventlet.Bench;

/// <summary>One row of the target table: what is owed and what is aimed at, and what was measured.</summary>
/// <param name="What">What is measured.</param>
/// <param name="Must">The limit that is owed.</param>
/// <param name="Aim">The limit that is aimed at.</param>
/// <param name="Value">What was measured; null: not measured in this run.</param>
/// <param name="AtLeast">Whether the limits are least values instead of most.</param>
/// <param name="Unit">Of all three.</param>
/// <param name="Note">What the reader has to know.</param>
public sealed record Target(string What, double Must, double Aim, Spread? Value, bool AtLeast = false, string Unit = "", string Note = "")
{
    /// <summary>The work load that it is measured with, and the servers that take part; empty: counted, or not a server's.</summary>
    public string WorkLoad { get; init; } = "";

    public IReadOnlyList<string> Servers { get; init; } = [];

    /// <summary>What is known of the true value.</summary>
    public Bound Bound { get; init; }

    /// <summary>Of rows with the same one the best counts; empty: it stands alone.</summary>
    public string Group { get; init; } = "";

    /// <summary>False: another hub reaches more, and the row asks for the best.</summary>
    public bool IsOwed { get; init; } = true;

    public string MustText => Text(Must);

    public string AimText => Text(Aim);

    public string ValueText => Value is not { } value ? "not measured"
        : BoundText + Number(value.Median) + (value.Least == value.Most ? "" : $" ({Number(value.Least)}..{Number(value.Most)})") + Unit;

    /// <summary>In how many rounds, or runs.</summary>
    public string CountText => Value is { Count: var count } && WorkLoad.Length > 0 ? $"{count}" : "";

    public string MustHeld => Held(Must);

    public string AimHeld => Held(Aim);

    /// <summary>Whether nothing that is owed is missed here. What differs from its limit by less than the spread is not missed.</summary>
    public bool Holds => !IsOwed || MustHeld.StartsWith("yes", StringComparison.Ordinal);

    private string BoundText => Bound switch
    {
        Bound.AtLeast => ">= ",
        Bound.AtMost => "<= ",
        _ => "",
    };

    private string Held(double limit)
    {
        if (Value is not { } value)
        {
            return "?";
        }

        bool held = AtLeast ? value.Median >= limit : value.Median <= limit;
        bool reaches = AtLeast ? value.Most >= limit : value.Least <= limit;
        bool isShown = Bound == Bound.Exact || Bound == (AtLeast == held ? Bound.AtLeast : Bound.AtMost);
        return !isShown ? "not shown" : held ? "yes" : reaches && Bound == Bound.Exact ? "yes (within the spread)" : "no";
    }

    private string Text(double limit) => $"{(AtLeast ? ">=" : "<=")} {Number(limit)}{Unit}";

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 20 ? "F0" : value == 0 ? "F0" : "0.00#", CultureInfo.InvariantCulture);
}
