using Eventlet.Tool.Measuring;

namespace Eventlet.Tests.Tool;

public class HistogramTests
{
    [Fact]
    public void Percentile_OfNothing_IsZero()
    {
        Assert.Equal(0, new Histogram().Percentile(0.5));
    }

    [Fact]
    public void Percentile_OfSmallValues_IsExact()
    {
        var histogram = new Histogram();
        for (int value = 100; value >= 1; value--)
        {
            histogram.Record(value);
        }

        Assert.Equal(100, histogram.Count);
        Assert.Equal([1, 50, 99, 100], ((double[])[0, 0.5, 0.99, 1]).Select(histogram.Percentile));
        histogram.Clear();
        Assert.Equal((0, 0), (histogram.Count, histogram.Percentile(1)));
    }

    [Fact]
    public void Percentile_OfAnyValue_IsWithinOneHundredthAndNeverBelow()
    {
        foreach (long value in (long[])[0, 1, 127, 128, 255, 256, 257, 12_345, 1_000_000, 123_456_789_012, long.MaxValue])
        {
            var histogram = new Histogram();
            histogram.Record(value);
            histogram.Record(long.MaxValue);
            Assert.InRange(histogram.Percentile(0.5), value, value + Math.Min(value / 100, long.MaxValue - value));
        }
    }

    [Fact]
    public void Percentile_ByRank_AgreesWithASortedList()
    {
        var random = new Random(7);
        long[] values = [.. Enumerable.Range(0, 10_000).Select(_ => (long)Math.Exp(random.NextDouble() * 30))];
        var histogram = new Histogram();
        foreach (long value in values)
        {
            histogram.Record(value);
        }

        Array.Sort(values);
        foreach (double share in (double[])[0.01, 0.5, 0.9, 0.99, 0.999])
        {
            long exact = values[(int)Math.Ceiling(share * values.Length) - 1];
            Assert.InRange(histogram.Percentile(share), exact, exact + (exact / 100));
        }
    }
}
