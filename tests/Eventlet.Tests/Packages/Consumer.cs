using Eventlet.Tests.Support;

namespace Eventlet.Tests.Packages;

/// <summary>A local feed with this build's packages, and a program outside the repository that uses them. In a folder of its own, which it deletes.</summary>
internal sealed class Consumer : IDisposable
{
    private const string Project = """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <Nullable>enable</Nullable>
            <ImplicitUsings>enable</ImplicitUsings>
            <InvariantGlobalization>true</InvariantGlobalization>
            <TrimmerSingleWarn>false</TrimmerSingleWarn>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="Eventlet" Version="[VERSION]" />
          </ItemGroup>
        </Project>
        """;

    private const string Program = """
        using System.Net;
        using System.Net.Sockets;
        using System.Runtime.CompilerServices;
        using Eventlet;
        using Eventlet.Net;

        Console.WriteLine($"dynamic code {RuntimeFeature.IsDynamicCodeSupported}");
        foreach (string name in args)
        {
            Hubs.UseHub(name);
            using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
            GreenThread server = GreenThread.Spawn(async () =>
            {
                using GreenSocket connection = await listener.AcceptAsync();
                byte[] buffer = new byte[64];
                for (int n; (n = await connection.ReceiveAsync(buffer)) > 0;)
                {
                    await connection.SendAllAsync(buffer.AsMemory(0, n));
                }
            });
            using GreenSocket client = GreenNet.Connect(listener.LocalEndPoint!);
            client.SendAll("hello"u8);
            client.Shutdown(SocketShutdown.Send);
            using var reader = new StreamReader(client.GetStream());
            string reply = Hubs.GetHub().Run(() => reader.ReadToEndAsync());
            server.Wait();
            Console.WriteLine($"{Hubs.GetHub().Name}: {reply}");
        }
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private static readonly Dictionary<string, string?> Environment = new()
    {
        // A variable of the caller would move packages and outputs elsewhere.
        ["NUGET_PACKAGES"] = null,
        ["MSBUILDDISABLENODEREUSE"] = "1",
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
        ["EVENTLET_HUB"] = null,
    };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("eventlet-consumer-");

    // A version of its own: nothing that some cache holds can stand in for it.
    private readonly string _version = $"0.0.1-test.{Guid.NewGuid():N}";

    /// <summary>Where the packages are.</summary>
    internal string Feed => Path.Combine(_folder.FullName, "feed");

    /// <summary>Packs what is built, warnings as errors.</summary>
    internal async Task PackAsync(string project, CancellationToken cancel)
    {
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        string source = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "src", project));
        await DotnetAsync(["pack", source, "-c", configuration == "debug" ? "Debug" : "Release", "--no-build", "-warnaserror", $"-p:PackageVersion={_version}", "-o", Feed], cancel);
    }

    /// <summary>Where the package is, or its symbols.</summary>
    internal string PackageOf(string id, string extension = "nupkg") => Path.Combine(Feed, $"{id}.{_version}.{extension}");

    /// <summary>Writes the program, with the feed and nuget.org for its packages, and a cache of its own.</summary>
    internal void Write()
    {
        string cache = Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        string fallback = Directory.Exists(cache) ? $"<fallbackPackageFolders><add key=\"user\" value=\"{cache}\" /></fallbackPackageFolders>" : "";
        File.WriteAllText(Path.Combine(_folder.FullName, "nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              {fallback}
              <packageSources>
                <clear />
                <add key="feed" value="{Feed}" />
                <add key="nuget.org" value="https://api.nuget.org/v3/index.json" />
              </packageSources>
            </configuration>
            """);
        File.WriteAllText(Path.Combine(_folder.FullName, "Consumer.csproj"), Project.Replace("[VERSION]", $"[{_version}]", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(_folder.FullName, "Program.cs"), Program);
    }

    /// <summary>Builds it, all warnings as errors, those of trimming and of NativeAOT included.</summary>
    internal async Task<string> PublishAsync(string[] options, CancellationToken cancel)
    {
        string output = Path.Combine(_folder.FullName, "out");
        await DotnetAsync(["publish", Path.Combine(_folder.FullName, "Consumer.csproj"), "-c", "Release", "-warnaserror", "-o", output, .. options], cancel);
        return Path.Combine(output, "Consumer");
    }

    /// <summary>Runs it with these hubs; its output.</summary>
    internal static async Task<string> RunAsync(string program, IEnumerable<string> hubs)
    {
        using ChildProcess child = ChildProcess.StartProgram(program, hubs, Environment);
        return (await child.EndAsync()).Expect().Output;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static async Task DotnetAsync(string[] args, CancellationToken cancel)
    {
        using ChildProcess dotnet = ChildProcess.StartProgram("dotnet", [.. args, "-v", "q", "--tl:off", "-nodeReuse:false", "-p:UseSharedCompilation=false"], Environment, Limit);
        ChildResult result = (await dotnet.EndAsync().WaitAsync(cancel)).Expect();
        Assert.DoesNotContain("warning", result.Output, StringComparison.Ordinal);
    }
}
