using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using Eventlet.Backends;
using Eventlet.Interop;
using Eventlet.Tests.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Rows;

/// <summary>H8: libevent, also by the original's name pyevent: off by default, taken when named, and on as many threads as want it.</summary>
public sealed partial class H08_LibeventTests : BackendRowTests<LibeventHub>
{
    [Fact]
    public void Names_OfTheHub_AreLibeventAndTheOriginalsPyevent()
    {
        HubFactory libevent = Hubs.Builtin.Single(factory => factory.Name == "libevent");
        Assert.Equal("pyevent", Assert.Single(libevent.Aliases));
        Assert.True(libevent.IsAvailable(out _));
        Assert.Matches(@"\blibevent 2\.\d+\.\d+\S* on its method \w+$", libevent.Describe());
    }

    [Theory]
    [InlineData("libevent")]
    [InlineData("pyevent")]
    [InlineData("PyEvent,epoll")]
    public async Task Variable_NamingIt_ChoosesIt(string variable) => Assert.Equal("libevent", await Chosen.ByAsync("choose", variable));

    [Fact]
    public void Hubs_OnSeveralThreadsAtOnce_EachHaveOne()
    {
        using Barrier barrier = new(4);
        (Hub, int)[] ended = [.. Enumerable.Range(0, 4).Select(_ => PlainThread.Start(() =>
        {
            Hubs.UseHub("libevent");
            using Hub hub = Hubs.GetHub();
            int received = 0;
            hub.Run(async () =>
            {
                using Pair pair = await Pair.MakeAsync();
                barrier.SignalAndWait(TimeSpan.FromSeconds(30));
                for (int i = 0; i < 200; i++)
                {
                    ValueTask<int> receiving = pair.Server.ReceiveAsync(new byte[8]);
                    await pair.Client.SendAllAsync(new byte[] { 1 });
                    received += await receiving;
                }
            });
            return (hub, received);
        })).ToArray().Select(thread => thread.Join())];
        Assert.All(ended, each => Assert.Equal(200, each.Item2));
        Assert.Equal(4, ended.Select(each => each.Item1).Distinct().Count());
    }

    [Fact]
    public async Task Dispose_OfManyHubs_GivesAllMemoryBack()
    {
        string said = (await ChildProcess.RunAsync($"libevent-memory {LibraryFile()}")).Expect().Output;
        Match match = Sentence().Match(said);
        Assert.True(match.Success, said);
        Assert.Equal(0, Number(1));
        Assert.InRange(Number(2), 200 * 10, int.MaxValue);

        // A hub has watches for a hundred descriptors, of more than 100 bytes each: in every lot of 100 hubs that kept them there would be 1,000 KiB
        // more. The runtime's own C heap (it compiles beside) grows in some of them only.
        Assert.InRange(Number(3), int.MinValue, 500);

        int Number(int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Warning_OfTheLibrary_LeavesStandardErrorAlone()
    {
        ChildResult child = (await ChildProcess.RunAsync("libevent-warning")).Expect();
        Assert.Equal(("libevent", ""), (child.Output.Trim(), child.Error));
    }

    [Fact]
    public void Warning_OfTheLibrary_IsAnEvent()
    {
        using HubEvents events = new();
        using var open = new Backends.Descriptors();
        using LibeventBackend backend = new();
        Assert.SkipUnless(backend.Method == "epoll", "only epoll refuses files");
        backend.Register(open.Open("/dev/null"), Interest.Read, 1);
        Assert.Contains("Epoll ADD", Assert.Single(events.Of("BackendWarning", System.Diagnostics.Tracing.EventLevel.Warning)), StringComparison.Ordinal);
    }

    [Fact]
    public void IsAvailable_WithoutTheLibrary_NamesThePackage()
    {
        string whyNot = WhyNotWith((name, _, _) => name == Libevent.Library ? throw new DllNotFoundException("gone") : 0);
        Assert.StartsWith("libevent 2.1 is not installed", whyNot, StringComparison.Ordinal);
        Assert.Contains("libevent-core-2.1-7", whyNot, StringComparison.Ordinal);
    }

    [Fact]
    public void IsAvailable_WithAnOldLibrary_NamesTheVersions()
    {
        string folder = Directory.CreateTempSubdirectory("eventlet-").FullName;
        try
        {
            string file = Path.Combine(folder, "old.so");
            File.WriteAllText(file + ".c", "unsigned event_get_version_number(void) { return 0x02001600; }\nconst char *event_get_version(void) { return \"2.0.22-stable\"; }\n");
            using Process gcc = Process.Start("gcc", ["-shared", "-fPIC", "-o", file, file + ".c"]);
            gcc.WaitForExit();
            Assert.Equal(0, gcc.ExitCode);
            Assert.Equal("libevent 2.0.22-stable is too old: 2.1 is needed", WhyNotWith((name, _, _) => name == Libevent.Library ? NativeLibrary.Load(file) : 0));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Its other methods, which it takes on systems without epoll.</summary>
    [Theory]
    [InlineData("poll", "epoll")]
    [InlineData("select", "epoll", "poll")]
    public void Backend_OnAnotherMethod_WaitsAndWakes(string method, params string[] avoid)
    {
        using var open = new Backends.Descriptors();
        using LibeventBackend backend = new(avoid);
        Assert.Equal(method, backend.Method);
        ReadyEvent[] ready = new ReadyEvent[4];
        (int a, int b) = open.SocketPair();
        backend.Register(a, Interest.Read, 1);
        Assert.Equal(0, backend.Wait(ready, TimeSpan.FromMilliseconds(1)));
        Backends.Descriptors.Write(b);
        Assert.Equal(1, backend.Wait(ready, Timeout.InfiniteTimeSpan));
        Assert.Equal(new ReadyEvent(1, Readiness.Read), ready[0]);
        backend.Modify(a, Interest.Write, 2);
        Assert.Equal(1, backend.Wait(ready, Timeout.InfiniteTimeSpan));
        Assert.Equal(new ReadyEvent(2, Readiness.Write), ready[0]);
        backend.Unregister(a);
        backend.Wake();
        Assert.Equal(0, backend.Wait(ready, Timeout.InfiniteTimeSpan));
    }

    /// <summary>epoll goes on telling of a file that lives on under another number, and says the old one.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Number_ThatMeansAnotherFileNow_TellsNothingOfTheOldOne(bool isModified)
    {
        using var open = new Backends.Descriptors();
        using LibeventBackend backend = new();
        ReadyEvent[] ready = new ReadyEvent[4];
        (int old, int oldPeer) = open.Pipe();
        old = open.MoveHigh(old, 900);
        int bystander = open.Eventfd();
        backend.Register(bystander, Interest.Read, 3);
        backend.Register(old, Interest.Read, 1);
        open.Duplicate(old);
        open.Close(old);
        (int fresh, int freshPeer) = open.Pipe();
        Assert.Equal(old, open.MoveHigh(fresh, old));
        if (isModified)
        {
            Assert.ThrowsAny<IOException>(() => backend.Modify(old, Interest.Read, 2));
        }
        else
        {
            backend.Unregister(old);
        }

        Backends.Descriptors.Write(oldPeer);
        Assert.Equal(0, backend.Wait(ready, TimeSpan.Zero));
        backend.Register(old, Interest.Read, 2);
        Assert.Equal(0, backend.Wait(ready, TimeSpan.Zero));
        Backends.Descriptors.Write(freshPeer);
        Assert.Equal(1, backend.Wait(ready, TimeSpan.Zero));
        Assert.Equal(2ul, ready[0].Token);
        Backends.Descriptors.Drain(old);
        Backends.Descriptors.Write(bystander);
        Assert.Equal(1, backend.Wait(ready, TimeSpan.Zero));
        Assert.Equal(3ul, ready[0].Token);
        backend.Wake();
        Assert.Equal(1, backend.Wait(ready, Timeout.InfiniteTimeSpan));
    }

    /// <summary>select(2) fails as a whole then, and names nobody.</summary>
    [Fact]
    public void Wait_OnSelectWithAClosedDescriptor_ReportsThatOneAndGoesOn()
    {
        using var open = new Backends.Descriptors();
        using LibeventBackend backend = new("epoll", "poll");
        ReadyEvent[] ready = new ReadyEvent[4];
        int closed = open.MoveHigh(open.Eventfd(), 900);
        int kept = open.Eventfd(1);
        backend.Register(closed, Interest.Read, 1);
        backend.Register(kept, Interest.Read, 2);
        open.Close(closed);
        Assert.Equal(1, backend.Wait(ready, Timeout.InfiniteTimeSpan));
        Assert.Equal(new ReadyEvent(1, Readiness.Invalid), ready[0]);
        backend.Unregister(closed);
        Assert.Equal(1, backend.Wait(ready, Timeout.InfiniteTimeSpan));
        Assert.Equal(new ReadyEvent(2, Readiness.Read), ready[0]);
    }

    private static string LibraryFile() => Libevent.FileNames.First(file =>
    {
        bool found = NativeLibrary.TryLoad(file, out nint handle);
        if (found)
        {
            NativeLibrary.Free(handle);
        }

        return found;
    });

    /// <summary>What a copy of the assembly says that finds its native libraries in another way.</summary>
    private static string WhyNotWith(DllImportResolver resolver)
    {
        AssemblyLoadContext context = new("another libevent", isCollectible: true);
        try
        {
            Assembly copy = context.LoadFromAssemblyPath(typeof(HubFactory).Assembly.Location);
            NativeLibrary.SetDllImportResolver(copy, resolver);
            Type type = copy.GetType(typeof(LibeventHubFactory).FullName!, throwOnError: true)!;
            object?[] arguments = [null];
            Assert.Equal(false, type.GetMethod(nameof(HubFactory.IsAvailable))!.Invoke(Activator.CreateInstance(type), arguments));
            return Assert.IsType<string>(arguments[0]);
        }
        finally
        {
            context.Unload();
        }
    }

    [GeneratedRegex(@"(-?\d+) of (\d+) blocks left, (-?\d+) KiB more")]
    private static partial Regex Sentence();
}
