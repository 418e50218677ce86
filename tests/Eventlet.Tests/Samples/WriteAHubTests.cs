using System.Text.RegularExpressions;

namespace Eventlet.Tests.Samples;

/// <summary>docs/write-a-hub.md shows the code of samples/CustomHub, all of it and as it is.</summary>
public partial class WriteAHubTests
{
    private static readonly string s_root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", ".."));

    private static readonly string[] s_files = ["Uv.cs", "UvBackend.cs", "UvHubFactory.cs"];

    [Fact]
    public void Document_ShowsTheCodeOfTheSample()
    {
        string document = File.ReadAllText(Path.Combine(s_root, "docs", "write-a-hub.md"));
        foreach (string file in s_files)
        {
            IEnumerable<string> shown = Blocks().Matches(document).Where(block => block.Groups["file"].Value == file).SelectMany(block => Lines(block.Groups["code"].Value));
            Assert.Equal(Lines(Source(file)), shown);
        }
    }

    [Fact]
    public void Hub_OfTheSample_HasLessThan150LinesOfCode()
    {
        int lines = s_files.Sum(file => Lines(Source(file)).Count(line => !NoCode().IsMatch(line)));
        Assert.InRange(lines, 100, 149);
    }

    private static string Source(string file) => File.ReadAllText(Path.Combine(s_root, "samples", "CustomHub", file));

    private static string[] Lines(string text) => [.. text.Split('\n').Where(line => line.Trim().Length > 0)];

    [GeneratedRegex(@"^```csharp (?<file>\S+)\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();

    /// <summary>Comments, usings and braces alone.</summary>
    [GeneratedRegex(@"^\s*(//.*|using .*;|[{}]+)$")]
    private static partial Regex NoCode();
}
