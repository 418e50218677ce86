using System.Text.RegularExpressions;

namespace Eventlet.Bench.Report;

/// <summary>A page whose tables stand between <c>&lt;!-- table NAME --&gt;</c> and <c>&lt;!-- end --&gt;</c>.</summary>
internal static partial class MarkedPage
{
    internal static string Fill(string page, Func<string, string> table) =>
        Marked().Replace(page, part => $"<!-- table {part.Groups["name"].Value} -->\n\n{table(part.Groups["name"].Value).Trim()}\n\n<!-- end -->");

    [GeneratedRegex("<!-- table (?<name>[a-z0-9-]+) -->.*?<!-- end -->", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Marked();
}
