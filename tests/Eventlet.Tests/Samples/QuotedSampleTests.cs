using System.Text.RegularExpressions;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Samples;

/// <summary>The documents quote regions of the samples, which are built and run: a quotation is what stands there.</summary>
public partial class QuotedSampleTests
{
    [GeneratedRegex(@"<!-- from (?<file>\S+): (?<region>[^>]+?) -->\n```csharp\n(?<text>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Quotation();

    [Fact]
    public void Documents_QuoteTheSamplesAsTheyAre_AndShowNoOtherCode()
    {
        string root = Repository();
        int quotations = 0;
        foreach (string document in Directory.GetFiles(Path.Combine(root, "docs"), "*.md").Append(Path.Combine(root, "README.md")))
        {
            // A block with a name behind the language is of docs/write-a-hub.md: see WriteAHubTests.
            string text = File.ReadAllText(document);
            Assert.Equal(Regex.Count(text, "^```csharp$", RegexOptions.Multiline, TimeSpan.FromSeconds(5)), Quotation().Count(text));
            foreach (Match quotation in Quotation().Matches(text))
            {
                quotations++;
                string file = quotation.Groups["file"].Value;
                string region = quotation.Groups["region"].Value;
                string sample = File.ReadAllText(Path.Combine(root, file));
                Match source = Regex.Match(sample, $"#region {Regex.Escape(region)}\n(?<text>.*?) *#endregion", RegexOptions.Singleline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5));
                Assert.True(source.Success, $"{file} has no region '{region}', which {document} quotes");
                Assert.Equal(Unindented(source.Groups["text"].Value), quotation.Groups["text"].Value);
            }
        }

        Assert.True(quotations >= 6, $"only {quotations} quotations were found");
    }

    /// <summary>A region within a method stands further right than its quotation.</summary>
    private static string Unindented(string text)
    {
        int indent = text.TakeWhile(static c => c == ' ').Count();
        return indent == 0 ? text : text.Replace('\n' + new string(' ', indent), "\n", StringComparison.Ordinal)[indent..];
    }

    private static string Repository()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Eventlet.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new DirectoryNotFoundException("the tests do not run inside the repository");
    }
}
