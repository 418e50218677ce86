using System.Numerics;

namespace Eventlet.Tool.Measuring;

/// <summary>
/// Counts durations in buckets: exact below 256 ticks of its unit, then 128 buckets for each power of two, so that a percentile is
/// known within 0.8 %. Fixed memory, one increment per value.
/// </summary>
internal sealed class Histogram
{
    private const int SubBits = 7;
    private const int Sub = 1 << SubBits;

    private readonly long[] _counts = new long[(64 - SubBits + 1) * Sub];
    private ulong _largest;

    internal long Count { get; private set; }

    internal void Record(long value)
    {
        ulong bits = (ulong)Math.Max(value, 0);
        int shift = bits < 2 * Sub ? 0 : 63 - SubBits - BitOperations.LeadingZeroCount(bits);
        _counts[(shift * Sub) + (int)(bits >> shift)]++;
        Count++;
        _largest = Math.Max(_largest, bits);
    }

    /// <summary>The largest value of the bucket in which this share of all values is reached; 0 if there is none.</summary>
    internal long Percentile(double share)
    {
        long wanted = Math.Max(1, (long)Math.Ceiling(share * Count));
        long seen = 0;
        for (int i = 0; Count > 0 && i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted)
            {
                int shift = i < 2 * Sub ? 0 : (i / Sub) - 1;
                ulong last = (((ulong)(i - (shift * Sub)) + 1) << shift) - 1;
                return (long)Math.Min(last, _largest);
            }
        }

        return 0;
    }

    internal void Clear()
    {
        Array.Clear(_counts);
        Count = 0;
        _largest = 0;
    }
}
