using System.Globalization;
using System.Text;

namespace Eventlet.Net.Resolving;

/// <summary>
/// Domain names. As text they are in the form of zone files (RFC 1035, section 5.1), without the last dot: a byte that is not printable is \DDD, a dot or a backslash inside a label has a
/// backslash before it. So text is ASCII, and two names are the same if they are equal without regard to case.
/// </summary>
internal static class DnsName
{
    internal const string Root = ".";

    /// <summary>How many bytes a name has at most on the wire.</summary>
    internal const int MaxLength = 255;

    internal const int MaxLabel = 63;

    private static readonly IdnMapping s_idn = new() { AllowUnassigned = true, UseStd3AsciiRules = false };

    internal static StringComparer Comparer => StringComparer.OrdinalIgnoreCase;

    /// <summary>A user's name, as it is asked for: without the last dot, and in ASCII (RFC 3490).</summary>
    /// <exception cref="DnsFormatException">It is no name.</exception>
    internal static string Normalize(string name)
    {
        string text = name;
        if (!Ascii.IsValid(text))
        {
            try
            {
                text = s_idn.GetAscii(text);
            }
            catch (ArgumentException error)
            {
                throw new DnsFormatException($"not an international name: {error.Message}");
            }
        }

        Span<byte> wire = stackalloc byte[MaxLength];
        Encode(text, wire);
        return text.Length > 1 && IsAbsolute(text) ? text[..^1] : text;
    }

    /// <summary>Whether a name ends with a dot that is no part of a label.</summary>
    internal static bool IsAbsolute(string name)
    {
        int backslashes = 0;
        while (backslashes < name.Length - 1 && name[^(backslashes + 2)] == '\\')
        {
            backslashes++;
        }

        return name.EndsWith('.') && backslashes % 2 == 0;
    }

    /// <summary>Whether a name is another one or below it.</summary>
    internal static bool IsWithin(string name, string zone) => zone == Root || Comparer.Equals(name, zone)
        || (name.Length > zone.Length && name[^(zone.Length + 1)] == '.' && name.EndsWith(zone, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a name is that of a host: letters, digits, hyphens, underlines and dots. Only such a one is handed to a program as a host's name, whatever a server says.</summary>
    internal static bool IsHostName(string name) => name != Root && !name.StartsWith('-') && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    /// <summary>Writes a name as labels.</summary>
    /// <returns>How many bytes it has.</returns>
    /// <exception cref="DnsFormatException">It is no name.</exception>
    internal static int Encode(string name, Span<byte> wire)
    {
        int length = 0;
        if (name != Root)
        {
            for (int i = 0; i < name.Length;)
            {
                length += EncodeLabel(name, ref i, wire[length..]);
            }
        }

        wire[length] = 0;
        return length + 1;
    }

    private static int EncodeLabel(string name, ref int i, Span<byte> wire)
    {
        int length = 1;
        for (; i < name.Length && name[i] != '.'; i++)
        {
            if (length >= wire.Length - 1)
            {
                throw new DnsFormatException($"a name has at most {MaxLength} bytes");
            }

            wire[length++] = name[i] == '\\' ? Escaped(name, ref i) : (byte)name[i];
        }

        // The dot, which also may be the last one.
        i++;
        wire[0] = (byte)(length - 1);
        return length switch
        {
            1 => throw new DnsFormatException("a label is empty"),
            > MaxLabel + 1 => throw new DnsFormatException($"a label has at most {MaxLabel} bytes"),
            _ => length,
        };
    }

    private static byte Escaped(string name, ref int i)
    {
        i++;
        if (i < name.Length && !char.IsAsciiDigit(name[i]))
        {
            return (byte)name[i];
        }

        if (i + 3 > name.Length || !byte.TryParse(name.AsSpan(i, 3), NumberStyles.None, CultureInfo.InvariantCulture, out byte value))
        {
            throw new DnsFormatException("a backslash stands before a character, or three digits up to 255");
        }

        i += 2;
        return value;
    }

    /// <summary>Appends a label as text.</summary>
    internal static void AppendLabel(StringBuilder text, ReadOnlySpan<byte> label)
    {
        foreach (byte one in label)
        {
            if (one is (byte)'.' or (byte)'\\')
            {
                text.Append('\\').Append((char)one);
            }
            else if (one is <= 0x20 or >= 0x7F)
            {
                text.Append(CultureInfo.InvariantCulture, $"\\{one:000}");
            }
            else
            {
                text.Append((char)one);
            }
        }
    }
}
