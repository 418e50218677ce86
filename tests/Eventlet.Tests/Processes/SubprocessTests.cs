using System.Text;
using Eventlet.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Eventlet.Tests.Processes;

/// <summary>Child processes: how they are started, what they are given, how they end, and what is left of them.</summary>
public abstract class SubprocessTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private const int SIGKILL = 9;
    private const int SIGTERM = 15;

    [Theory]
    [InlineData("exit 0", 0, null)]
    [InlineData("exit 3", 3, null)]
    [InlineData("exit 137", 137, null)]
    [InlineData("kill -KILL $$", null, SIGKILL)]
    [InlineData("kill -TERM $$", null, SIGTERM)]
    public void Exit_TellsCodesAndSignalsApart(string script, int? code, int? signal) => OnHub(async () =>
    {
        await using GreenSubprocess child = Shell(script);
        SubprocessExit exit = await child.WaitAsync();
        Assert.Equal((code, signal), (exit.ExitCode, exit.Signal));
        Assert.Equal(code ?? 128 + signal, exit.ShellCode);
        Assert.Equal(code == 0, exit.IsSuccess);
        Assert.Equal(exit, child.Exit);
        Assert.Equal(exit, await child.WaitAsync(TimeSpan.Zero));
        child.Signal(SIGKILL);
    });

    [Fact]
    public void Start_OfWhatCannotBeStarted_ThrowsAtOnce_AndLeavesNothing() => OnHub(() =>
    {
        string folder = Directory.CreateTempSubdirectory("eventlet-test-").FullName;
        try
        {
            string text = Path.Combine(folder, "text");
            string script = Path.Combine(folder, "script");
            File.WriteAllText(text, "no program");
            File.WriteAllText(script, "#!/no/such/interpreter\n");
            MakeExecutable(script);
            Assert.Throws<FileNotFoundException>(() => GreenSubprocess.Start("/no/such/program"));
            Assert.Throws<FileNotFoundException>(() => GreenSubprocess.Start("no-such-program-anywhere"));
            Assert.Throws<FileNotFoundException>(() => GreenSubprocess.Start(script));
            Assert.Throws<UnauthorizedAccessException>(() => GreenSubprocess.Start(text));
            Assert.Throws<UnauthorizedAccessException>(() => GreenSubprocess.Start(folder));
            Assert.Throws<UnauthorizedAccessException>(() => GreenSubprocess.Start(new SubprocessOptions { FileName = "text", Environment = new Dictionary<string, string> { ["PATH"] = folder } }));
            MakeExecutable(text);
            const int ENOEXEC = 8;
            Assert.Equal(ENOEXEC, Assert.Throws<IOException>(() => GreenSubprocess.Start(text)).HResult);
            Assert.Throws<DirectoryNotFoundException>(() => GreenSubprocess.Start(new SubprocessOptions { FileName = "true", WorkingDirectory = "/no/such" }));
            Assert.Throws<ArgumentException>(() => GreenSubprocess.Start("true", "a\0b"));
            Assert.Throws<ArgumentException>(() => GreenSubprocess.Start(new SubprocessOptions { FileName = "true", Environment = new Dictionary<string, string> { ["A=B"] = "" } }));
            Assert.Throws<ArgumentException>(() => GreenSubprocess.Start(new SubprocessOptions { FileName = "true", StandardInput = SubprocessRedirect.StandardOutput }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return Task.CompletedTask;
    });

    [Fact]
    public void Child_GetsItsArgumentsEnvironmentAndDirectory_AsTheyAre() => OnHub(async () =>
    {
        string folder = Directory.CreateTempSubdirectory("eventlet-test-").FullName;
        try
        {
            string[] arguments = ["", " a  b ", "$HOME", "\"'\\", "äöü€"];
            await using (GreenSubprocess child = GreenSubprocess.Start("printf", ["%s|", .. arguments]))
            {
                Assert.Equal(string.Join('|', arguments) + "|", await TextAsync(child));
            }

            await using (GreenSubprocess child = GreenSubprocess.Start(new SubprocessOptions
            {
                FileName = "/usr/bin/env",
                Environment = new Dictionary<string, string> { ["ONLY"] = "this=one", ["EMPTY"] = "" },
            }))
            {
                Assert.Equal(["EMPTY=", "ONLY=this=one"], (await TextAsync(child)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
            }

            await using (GreenSubprocess child = GreenSubprocess.Start(new SubprocessOptions { FileName = "sh", Arguments = ["-c", "pwd -P"], WorkingDirectory = folder }))
            {
                Assert.Equal(folder, (await TextAsync(child)).TrimEnd());
            }

            string tool = Path.Combine(folder, "tool");
            File.WriteAllText(tool, "#!/bin/sh\necho found\n");
            MakeExecutable(tool);
            foreach ((string name, string path, string? directory) in new[] { ("tool", "/no/such:" + folder, null), ("tool", ".", folder), ("./tool", "", folder) })
            {
                await using GreenSubprocess child = GreenSubprocess.Start(new SubprocessOptions
                {
                    FileName = name,
                    WorkingDirectory = directory,
                    Environment = new Dictionary<string, string> { ["PATH"] = path },
                });
                Assert.Equal("found\n", await TextAsync(child));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    });

    [Fact]
    public void Redirects_PutFilesAndNothing_InTheStreamsPlace() => OnHub(async () =>
    {
        string path = Path.GetTempFileName();
        try
        {
            using (SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite))
            {
                await using GreenSubprocess child = GreenSubprocess.Start(new SubprocessOptions
                {
                    FileName = "sh",
                    Arguments = ["-c", "cat; echo out; echo err >&2"],
                    StandardInput = SubprocessRedirect.Null,
                    StandardOutput = SubprocessRedirect.To(file),
                    StandardError = SubprocessRedirect.StandardOutput,
                });
                Assert.Null(child.StandardInput ?? child.StandardOutput ?? child.StandardError);
                Assert.True((await child.WaitAsync()).IsSuccess);
                await Assert.ThrowsAsync<InvalidOperationException>(async () => await child.CommunicateAsync(new byte[1]));
                Assert.False(file.IsClosed);
            }

            Assert.Equal("out\nerr\n", await File.ReadAllTextAsync(path));
            using SafeFileHandle input = File.OpenHandle(path);
            await using GreenSubprocess merged = GreenSubprocess.Start(new SubprocessOptions
            {
                FileName = "sh",
                Arguments = ["-c", "cat; echo more >&2"],
                StandardInput = SubprocessRedirect.To(input),
                StandardError = SubprocessRedirect.StandardOutput,
            });
            Assert.Equal("out\nerr\nmore\n", await TextAsync(merged));
        }
        finally
        {
            File.Delete(path);
        }
    });

    [Fact]
    public void Communicate_HundredsOfMegabytes_ThroughAllThreePipes_NeverStops() => OnHub(async () =>
    {
        const long Size = 100_000_000;
        await using GreenSubprocess child = Shell("exec tee /dev/stderr");
        using var output = new Sink();
        using var error = new Sink();
        SubprocessExit exit = await child.CommunicateAsync(new Source(Size), output, error);
        Assert.True(exit.IsSuccess);
        Assert.Equal((Size, Size), (output.Count, error.Count));
        Assert.Equal(output.Sum, error.Sum);
        Assert.Equal(Source.SumOf(Size), output.Sum);
    });

    [Fact]
    public void Communicate_GivesTheOutputs_AndMindsNoInputThatIsNotWanted() => OnHub(async () =>
    {
        await using (GreenSubprocess child = Shell("head -c 5; echo err >&2; exit 4"))
        {
            SubprocessOutput result = await child.CommunicateAsync(new byte[10_000_000]);
            Assert.Equal(4, result.Exit.ExitCode);
            Assert.Equal(new byte[5], result.Output.ToArray());
            Assert.Equal("err\n", Encoding.ASCII.GetString(result.Error.Span));
        }

        // The source of the input never ends, the child does.
        (GreenPipe never, GreenPipe open) = GreenPipe.CreatePair();
        await using (GreenSubprocess child = Shell("echo done"))
        {
            Assert.True((await child.CommunicateAsync(never, null, null)).IsSuccess);
        }

        never.Dispose();
        open.Dispose();
    });

    [Fact]
    public void Communicate_ThatFailsOrIsCancelled_StopsItsOtherParts() => OnHub(async () =>
    {
        await using (GreenSubprocess child = Shell("yes & yes >&2"))
        {
            await Assert.ThrowsAsync<FormatException>(async () => await child.CommunicateAsync(null, new Sink { Limit = 1_000_000 }, null));
        }

        await using (GreenSubprocess child = Shell("sleep 1000"))
        {
            using var cancel = new CancellationTokenSource();
            Task<SubprocessOutput> talking = child.CommunicateAsync(new byte[1_000_000], cancel.Token);
            await Turns.PassAsync();
            await cancel.CancelAsync();
            Assert.Equal(cancel.Token, (await Assert.ThrowsAsync<OperationCanceledException>(async () => await talking)).CancellationToken);
        }

        await using (GreenSubprocess child = Shell("sleep 1000"))
        {
            using (new GreenTimeout(TimeSpan.FromMilliseconds(1)))
            {
                await Assert.ThrowsAsync<GreenTimeoutException>(async () => await child.CommunicateAsync());
            }

            Assert.Null(child.Exit);
        }
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Wait_TimesOut_AndTheChildRunsOn_UntilItIsAskedToEnd(bool pidfd) => OnHub(async () =>
    {
        await using GreenSubprocess child = GreenSubprocess.Start(new SubprocessOptions { FileName = "sleep", Arguments = ["1000"], WithoutPidfd = !pidfd });
        await Assert.ThrowsAsync<GreenTimeoutException>(async () => await child.WaitAsync(TimeSpan.Zero));
        await Assert.ThrowsAsync<GreenTimeoutException>(async () => await child.WaitAsync(TimeSpan.FromMilliseconds(15)));
        using var cancel = new CancellationTokenSource();
        GreenThread cancelled = GreenThread.Spawn(async () => await child.WaitAsync(cancellationToken: cancel.Token));
        GreenThread killed = GreenThread.Spawn(async () => await child.WaitAsync());
        await Turns.PassAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await cancelled);
        killed.Kill();
        await killed;
        Assert.Null(child.Exit);
        child.Terminate();
        Assert.Equal(SIGTERM, (await child.WaitAsync()).Signal);
        child.Terminate();
    });

    [Fact]
    public void Wait_ByMany_OnSeveralHubs_ReachesAll() => OnHub(async () =>
    {
        await using GreenSubprocess child = Shell("read line; exit 7");
        await using Hub other = Hub.Start(THub.HubName);
        GreenThread<SubprocessExit>[] waiting = [.. Enumerable.Range(0, 10).Select(i => (i % 2 == 0 ? Hubs.GetHub() : other).Spawn(async () => await child.WaitAsync()))];
        PlainThread.Started<SubprocessExit> outside = PlainThread.Start(() =>
        {
            using Hub own = Hubs.GetHub();
            return child.WaitAsync().AsTask().GetAwaiter().GetResult();
        });
        await Turns.PassAsync();
        await child.StandardInput!.WriteAsync("go\n"u8.ToArray());
        foreach (GreenThread<SubprocessExit> each in waiting)
        {
            Assert.Equal(7, (await each).ExitCode);
        }

        Assert.Equal(7, outside.Join().ExitCode);
    });

    [Fact]
    public void BlockingForms_Work_AndAreRefusedInMainloop() => OnOwner(() =>
    {
        using (GreenSubprocess child = Shell("exit 2"))
        {
            Assert.Equal(2, child.Wait().ExitCode);
        }

        using (GreenSubprocess child = GreenSubprocess.Start("cat"))
        {
            Assert.Throws<GreenTimeoutException>(() => child.Wait(TimeSpan.FromMilliseconds(1)));
            Assert.Equal(3_000_000, child.Communicate(new byte[3_000_000]).Output.Length);
            GreenThread.Spawn(() =>
            {
                Assert.Throws<InvalidOperationException>(() => child.Wait());
                Assert.Throws<InvalidOperationException>(() => child.Communicate());
                return Task.CompletedTask;
            }).Wait();
        }
    });

    private static void MakeExecutable(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserExecute | UnixFileMode.UserRead);
        }
    }

    private static GreenSubprocess Shell(string script) => GreenSubprocess.Start("sh", "-c", script);

    private static async Task<string> TextAsync(GreenSubprocess child)
    {
        SubprocessOutput result = await child.CommunicateAsync();
        Assert.True(result.Exit.IsSuccess, $"{result.Exit}: {Encoding.UTF8.GetString(result.Error.Span)}");
        return Encoding.UTF8.GetString(result.Output.Span);
    }
}

/// <inheritdoc/>
public sealed class SubprocessOnEpoll : SubprocessTests<EpollHub>;

/// <inheritdoc/>
public sealed class SubprocessOnPoll : SubprocessTests<PollHub>;

/// <inheritdoc/>
public sealed class SubprocessOnSelect : SubprocessTests<SelectHub>;
