using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Xml.Linq;

namespace Eventlet.Tests.Packages;

/// <summary>What is shipped: the packages, and a program outside the repository that is built with them.</summary>
[Trait("Category", "Packages")]
public sealed class PackageTests
{
    private const int Limit = 600_000;

    [Theory(Explicit = true, Timeout = Limit)]
    [InlineData("Eventlet", "lib/net10.0/Eventlet.dll", "lib/net10.0/Eventlet.xml", "lib/net10.0/Eventlet.pdb")]
    [InlineData("Eventlet.AspNetCore", "lib/net10.0/Eventlet.AspNetCore.dll", "lib/net10.0/Eventlet.AspNetCore.xml", "lib/net10.0/Eventlet.AspNetCore.pdb")]
    [InlineData("Eventlet.Testing", "lib/net10.0/Eventlet.Testing.dll", "lib/net10.0/Eventlet.Testing.xml", "lib/net10.0/Eventlet.Testing.pdb")]
    [InlineData("Eventlet.Tool", "tools/net10.0/any/Eventlet.Tool.dll", "tools/net10.0/any/DotnetToolSettings.xml", "tools/net10.0/any/Eventlet.Tool.pdb")]
    public async Task Package_HasItsMetadataItsTextsAndItsSymbols(string id, string program, string companion, string symbols)
    {
        using var consumer = new Consumer();
        CancellationToken cancel = TestContext.Current.CancellationToken;
        await consumer.PackAsync(id, cancel);
        using ZipArchive package = await ZipFile.OpenReadAsync(consumer.PackageOf(id), cancel);
        foreach (string name in (string[])[program, companion, "README.md", "LICENSE", "CHANGELOG.md"])
        {
            Assert.True(package.GetEntry(name) is { Length: > 0 }, $"{name} is not in the package");
        }

        using Stream nuspec = package.GetEntry($"{id}.nuspec")!.Open();
        XElement metadata = XDocument.Load(nuspec).Root!.Elements().First();
        Assert.Equal("MIT", Value(metadata, "license"));
        Assert.Equal("README.md", Value(metadata, "readme"));
        foreach (string name in (string[])["title", "authors", "description", "copyright", "tags"])
        {
            Assert.False(string.IsNullOrWhiteSpace(Value(metadata, name)), $"no {name}");
        }

        Assert.DoesNotContain("Package Description", Value(metadata, "description"), StringComparison.Ordinal);
        using ZipArchive symbolPackage = await ZipFile.OpenReadAsync(consumer.PackageOf(id, "snupkg"), cancel);
        Assert.True(symbolPackage.GetEntry(symbols) is { Length: > 0 });
    }

    [Fact(Explicit = true, Timeout = Limit)]
    public async Task Consumer_OutsideTheRepository_RestoresBuildsAndRuns() => await RunConsumerAsync("dynamic code True", [], TestContext.Current.CancellationToken);

    [Fact(Explicit = true, Timeout = Limit)]
    public async Task Consumer_AsNativeAot_BuildsWithoutWarningsAndRuns()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("PATH")!.Split(':').All(folder => !File.Exists(Path.Combine(folder, "clang")) && !File.Exists(Path.Combine(folder, "gcc"))),
            "NativeAOT needs clang or gcc as its linker");
        await RunConsumerAsync("dynamic code False", ["-r", RuntimeInformation.RuntimeIdentifier, "-p:PublishAot=true"], TestContext.Current.CancellationToken);
    }

    private static async Task RunConsumerAsync(string first, string[] options, CancellationToken cancel)
    {
        string[] hubs = [.. Hubs.Builtin.Where(hub => hub.IsAvailable(out _)).Select(hub => hub.Name)];
        using var consumer = new Consumer();
        await consumer.PackAsync("Eventlet", cancel);
        consumer.Write();
        string program = await consumer.PublishAsync(options, cancel);
        string output = await Consumer.RunAsync(program, hubs);
        Assert.Equal($"{first}\n{string.Concat(hubs.Select(hub => $"{hub}: hello\n"))}", output);
    }

    private static string Value(XElement metadata, string name) => metadata.Element(metadata.Name.Namespace + name)?.Value ?? "";
}
