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
    public string MustText => Text(Must);

    public string AimText => Text(Aim);

    public string ValueText => Value is not { } value ? "not measured"
        : value.Least == value.Most ? $"{Number(value.Median)}{Unit}"
        : $"{Number(value.Median)} ({Number(value.Least)}..{Number(value.Most)}){Unit}";

    public string MustHeld => Held(Must);

    public string AimHeld => Held(Aim);

    /// <summary>The verdict is about the median; where the limit lies within the spread, that is said.</summary>
    private string Held(double limit)
    {
        if (Value is not { } value)
        {
            return "?";
        }

        bool held = AtLeast ? value.Median >= limit : value.Median <= limit;
        bool reaches = AtLeast ? value.Most >= limit : value.Least <= limit;
        return held ? "yes" : reaches ? "no (within the spread)" : "no";
    }

    private string Text(double limit) => $"{(AtLeast ? ">=" : "<=")} {Number(limit)}{Unit}";

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 20 ? "F0" : value == 0 ? "F0" : "0.00#", CultureInfo.InvariantCulture);
}
