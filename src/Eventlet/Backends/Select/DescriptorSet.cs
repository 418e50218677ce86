using System.Numerics;

namespace Eventlet.Backends;

/// <summary>An fd_set of any size: bit fd % 64 of word fd / 64 (of 32 where a machine word has 32).</summary>
internal sealed class DescriptorSet
{
    internal static readonly int BitsPerWord = nuint.Size * 8;

    /// <summary>The memory to hand to select.</summary>
    internal nuint[] Words { get; private set; } = [];

    internal bool this[int fd]
    {
        get => (Words[fd / BitsPerWord] >> (fd % BitsPerWord) & 1) != 0;
        set
        {
            nuint bit = (nuint)1 << (fd % BitsPerWord);
            ref nuint word = ref Words[fd / BitsPerWord];
            word = value ? word | bit : word & ~bit;
        }
    }

    /// <summary>Makes room for descriptors below <paramref name="limit"/>.</summary>
    internal void Grow(int limit)
    {
        nuint[] words = Words;
        Array.Resize(ref words, (limit + BitsPerWord - 1) / BitsPerWord);
        Words = words;
    }

    /// <summary>Copies the members below <paramref name="limit"/>, and up to a word's end.</summary>
    internal void CopyTo(DescriptorSet other, int limit) =>
        Words.AsSpan(0, (limit + BitsPerWord - 1) / BitsPerWord).CopyTo(other.Words);

    /// <summary>The first member at or after <paramref name="fd"/> of any of the sets, else <paramref name="end"/>.</summary>
    internal static int Next(ReadOnlySpan<DescriptorSet> sets, int fd, int end)
    {
        while (fd < end)
        {
            int word = fd / BitsPerWord;
            nuint bits = 0;
            foreach (DescriptorSet set in sets)
            {
                bits |= set.Words[word];
            }

            bits &= nuint.MaxValue << (fd % BitsPerWord);
            if (bits != 0)
            {
                return Math.Min(word * BitsPerWord + BitOperations.TrailingZeroCount(bits), end);
            }

            fd = (word + 1) * BitsPerWord;
        }

        return end;
    }
}
