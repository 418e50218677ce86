namespace Eventlet.Bench;

/// <summary>The median of some values, with the least and the greatest, and how many there are.</summary>
public readonly record struct Spread(double Median, double Least, double Most, int Count)
{
    /// <summary>Null when there is no value.</summary>
    public static Spread? Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length == 0 ? null
            : new Spread(sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[0], sorted[^1], sorted.Length);
    }

    /// <summary>As "8.70 (8.51..9.02)".</summary>
    public string Text(string format) => FormattableString.Invariant($"{Number(Median, format)} ({Number(Least, format)}..{Number(Most, format)})");

    private static string Number(double value, string format) => value.ToString(format, System.Globalization.CultureInfo.InvariantCulture);
}
