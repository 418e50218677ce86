using System.Globalization;
using Eventlet.Tool.Output;

namespace Eventlet.Tool.Measuring;

/// <summary>The process's limits, as Linux shows them in /proc; elsewhere nothing is known of them.</summary>
internal static class Limits
{
    private const string File = "/proc/self/limits";

    internal static LimitReport Read() => new(Of("Max open files"), Of("Max locked memory"));

    internal static string Show(LimitReport limits) =>
        $"descriptors {Show(limits.Descriptors, 1)}, locked memory {Show(limits.LockedMemory, 1024)}{(limits.LockedMemory is null ? "" : " (KiB)")}";

    private static string Show(Limit? limit, long unit) => limit is null
        ? "unknown"
        : $"{Show(limit.Soft, unit)}{(limit.Soft == limit.Hard ? "" : $" of {Show(limit.Hard, unit)}")}";

    private static string Show(long? value, long unit) => value is { } number ? (number / unit).ToString(CultureInfo.InvariantCulture) : "unlimited";

    private static Limit? Of(string name)
    {
        string? line = System.IO.File.Exists(File) ? System.IO.File.ReadLines(File).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) : null;
        string[] values = line?[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return values.Length < 2 ? null : new Limit(Number(values[0]), Number(values[1]));
    }

    private static long? Number(string value) => long.TryParse(value, CultureInfo.InvariantCulture, out long number) ? number : null;
}
