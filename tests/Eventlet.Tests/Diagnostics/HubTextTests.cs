using System.Diagnostics.Metrics;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Diagnostics;

/// <summary>What a hub holds, as text: listeners, timers, greenthreads and what each waits for; and as metrics.</summary>
public abstract class HubTextTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Fact]
    public void GreenThreads_TellWhatTheyWaitFor_AndInWhichMethod() => OnHub(async () =>
    {
        Hub hub = Hubs.GetHub();
        (GreenPipe reader, GreenPipe writer) = GreenPipe.CreatePair();
        GreenThread sleeping = GreenThread.Spawn(SleepLongAsync);
        GreenThread reading = GreenThread.Spawn(async () => await reader.ReadAsync(new byte[1]));
        GreenThread joining = GreenThread.Spawn(async () => await sleeping);
        GreenThread switching = GreenThread.Spawn(async () => await hub.SwitchAsync());
        GreenThread trampoline = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(writer.SafeHandle, read: true, timeout: TimeSpan.FromDays(1)));
        var foreign = new TaskCompletionSource();
        GreenThread awaiting = GreenThread.Spawn(() => foreign.Task);
        GreenThread unbegun = GreenThread.SpawnAfter(TimeSpan.FromDays(1), SleepLongAsync);
        await Turns.PassAsync();
        string text = hub.Debug.FormatGreenThreads();
        Assert.StartsWith("GREENTHREADS: 8\n", text, StringComparison.Ordinal);
        Assert.Contains($"{sleeping}\n    sleeps, at most 86400 s longer, in {typeof(THub).Namespace!.Replace("Support", "Diagnostics", StringComparison.Ordinal)}.", Rounded(text), StringComparison.Ordinal);
        Assert.Contains($"{nameof(SleepInnerAsync)}\n", text, StringComparison.Ordinal);
        Assert.Contains(nameof(SleepLongAsync), sleeping.ToString(), StringComparison.Ordinal);
        Assert.Contains($"{reading}\n    waits to read pipe (descriptor {reader.SafeHandle.DangerousGetHandle()})", text, StringComparison.Ordinal);
        Assert.Contains($"{joining}\n    waits for the end of {sleeping}", text, StringComparison.Ordinal);
        Assert.Contains($"{switching}\n    is in SwitchAsync", text, StringComparison.Ordinal);
        Assert.Contains($"{trampoline}\n    waits to read descriptor {writer.SafeHandle.DangerousGetHandle()}, at most", text, StringComparison.Ordinal);
        Assert.Contains($"{awaiting}: ready, or awaits something that is no wait of a hub\n", text, StringComparison.Ordinal);
        Assert.Contains($"{unbegun}\n", text, StringComparison.Ordinal);
        Assert.EndsWith(", not begun", unbegun.ToString(), StringComparison.Ordinal);
        Assert.Contains(": running\n", text, StringComparison.Ordinal);
        foreach (GreenThread green in new[] { sleeping, reading, joining, switching, trampoline, unbegun })
        {
            green.Kill();
        }

        foreach (GreenThread green in new[] { sleeping, reading, switching, trampoline })
        {
            await green;
        }

        foreign.SetResult();
        await awaiting;
        Assert.EndsWith(", ended", sleeping.ToString(), StringComparison.Ordinal);
        reader.Dispose();
        writer.Dispose();
    });

    [Fact]
    public void ListenersAndTimers_AreListed_WithTheirMakersIfAsked() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        (GreenPipe reader, GreenPipe writer) = GreenPipe.CreatePair();
        int fd = (int)reader.SafeHandle.DangerousGetHandle();
        foreach (bool on in new[] { false, true })
        {
            hub.Debug.ListenerTracebacks = hub.Debug.TimerTracebacks = on;
            FdListener listener = hub.Add(FdEvent.Read, fd, _ => { });
            HubTimer late = hub.ScheduleCallGlobal(TimeSpan.FromDays(2), () => { });
            HubTimer soon = hub.ScheduleCallGlobal(TimeSpan.FromDays(1), () => { });
            string listeners = hub.Debug.FormatListeners();
            string timers = hub.Debug.FormatTimers();
            Assert.StartsWith($"READERS: 1\n  descriptor {fd}: listener for read on descriptor {fd}", listeners, StringComparison.Ordinal);
            Assert.Contains("\nWRITERS: 0\n", listeners, StringComparison.Ordinal);
            Assert.StartsWith("TIMERS: 2\n  in ", timers, StringComparison.Ordinal);
            Assert.Contains("in 172", timers, StringComparison.Ordinal);
            Assert.True(timers.IndexOf("in 86", StringComparison.Ordinal) < timers.IndexOf("in 172", StringComparison.Ordinal), timers);
            Assert.Equal(on, listeners.Contains(nameof(ListenersAndTimers_AreListed_WithTheirMakersIfAsked), StringComparison.Ordinal));
            Assert.Equal(on, timers.Contains(nameof(ListenersAndTimers_AreListed_WithTheirMakersIfAsked), StringComparison.Ordinal));
            hub.Remove(listener);
            late.Cancel();
            soon.Cancel();
        }

        Assert.Equal("READERS: 0\nWRITERS: 0\n", hub.Debug.FormatListeners());
        Assert.Equal("TIMERS: 0\n", hub.Debug.FormatTimers());
        reader.Dispose();
        writer.Dispose();
    });

    [Fact]
    public void GreenThread_HasItsMethodsName_BeforeItsFirstWaitToo() => OnHub(async () =>
    {
        var names = new List<string>();
        async Task NameOneselfAsync()
        {
            names.Add(GreenThread.Current!.ToString());
            await GreenThread.SleepAsync();
            names.Add(GreenThread.Current!.ToString());
        }

        GreenThread green = GreenThread.Spawn(NameOneselfAsync);
        names.Add(green.ToString().Replace(", not begun", "", StringComparison.Ordinal));
        await green;
        Assert.EndsWith(nameof(NameOneselfAsync), names[0], StringComparison.Ordinal);
        Assert.Equal([names[0], names[0], names[0]], names);
    });

    [Fact]
    public void SpawnPlaces_AreTold_IfAsked() => OnHub(async () =>
    {
        Hub hub = Hubs.GetHub();
        hub.Debug.GreenThreadTracebacks = true;
        GreenThread told = GreenThread.Spawn(SleepLongAsync);
        hub.Debug.GreenThreadTracebacks = false;
        await Turns.PassAsync();
        Assert.Contains(nameof(SpawnPlaces_AreTold_IfAsked), hub.Debug.FormatGreenThreads().Split("    spawned\n")[1], StringComparison.Ordinal);
        told.Kill();
        await told;
    });

    [Fact]
    public async Task Dump_FromAnotherThread_HasAll_AndTheOthersRefuse()
    {
        Hub hub = Hub.Start(THub.HubName);
        GreenThread sleeping = hub.Spawn(SleepLongAsync);
        string text = await hub.Debug.DumpAsync();
        Assert.Contains($"{sleeping}\n    sleeps", text, StringComparison.Ordinal);
        Assert.Contains("READERS: 0", text, StringComparison.Ordinal);
        Assert.Contains("TIMERS: 1\n", text, StringComparison.Ordinal);
        Assert.Contains($"{sleeping} sleeps", text, StringComparison.Ordinal);
        Assert.Contains("Post", Assert.Throws<InvalidOperationException>(hub.Debug.FormatGreenThreads).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(hub.Debug.FormatListeners);
        Assert.Throws<InvalidOperationException>(hub.Debug.FormatTimers);
        hub.Post(() => hub.Dispose());
        while (true)
        {
            try
            {
                await hub.Debug.DumpAsync();
            }
            catch (HubException)
            {
                break;
            }
        }
    }

    [Theory]
    [InlineData("first")]
    [InlineData("resumed")]
    [InlineData("after a task")]
    [InlineData("callback")]
    public void BlockingDetection_NamesTheMethod_AndWhereItWasSpawned(string where) => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        using var reported = new ManualResetEventSlim();
        BlockedHub? report = null;
        hub.Debug.Blocked += blocked =>
        {
            report ??= blocked;
            reported.Set();
        };

        // Longer than a busy machine keeps a short step from its end.
        hub.Debug.BlockingResolution = TimeSpan.FromMilliseconds(250);
        hub.Debug.BlockingDetection = true;
        hub.Debug.GreenThreadTracebacks = true;
        if (where == "callback")
        {
            hub.ScheduleCallGlobal(TimeSpan.Zero, reported.Wait);
            while (report is null)
            {
                GreenThread.Sleep();
            }

            Assert.Equal("System.Threading.ManualResetEventSlim.Wait", report.Method);
            Assert.Null(report.SpawnPlace ?? (object?)report.GreenThread);
        }
        else
        {
            GreenThread.Spawn(() => OuterAsync(where, reported)).Wait();
            Assert.EndsWith("." + (where == "first" ? nameof(BlockingDetection_NamesTheMethod_AndWhereItWasSpawned) : nameof(BlockAsync)), report!.Method, StringComparison.Ordinal);
            Assert.Contains(nameof(BlockingDetection_NamesTheMethod_AndWhereItWasSpawned), report.SpawnPlace, StringComparison.Ordinal);
        }

        hub.Debug.BlockingDetection = false;
    });

    [Fact]
    public void Meter_TellsWhatEachHubHolds() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        var seen = new Dictionary<string, long>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Eventlet")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            Assert.NotNull(instrument.Unit);
            foreach ((string name, object? tag) in tags)
            {
                if (name == "eventlet.hub.id" && Equals(tag, hub.Number))
                {
                    seen[instrument.Name] = seen.GetValueOrDefault(instrument.Name) + value;
                }
            }
        });
        listener.Start();
        HubTimer timer = hub.ScheduleCallGlobal(TimeSpan.FromDays(1), () => { });
        hub.UnhandledException += _ => { };
        hub.Post(() => throw new FormatException());
        GreenThread.Sleep();
        listener.RecordObservableInstruments();
        Assert.Equal((1L, 0L, 1L), (seen["eventlet.hub.timers"], seen["eventlet.hub.greenthreads"], seen["eventlet.hub.unhandled_errors"]));
        Assert.True(seen["eventlet.hub.turns"] > 0 && seen["eventlet.hub.polls"] > 0 && seen.ContainsKey("eventlet.hub.events") && seen.ContainsKey("eventlet.hub.listeners") && seen.ContainsKey("eventlet.hub.ready"));
        timer.Cancel();
    });

    private static async Task SleepLongAsync() => await SleepInnerAsync();

    private static async Task SleepInnerAsync() => await GreenThread.SleepAsync(TimeSpan.FromDays(1));

    private static async Task OuterAsync(string where, ManualResetEventSlim until) => await BlockAsync(where, until);

    private static async Task BlockAsync(string where, ManualResetEventSlim until)
    {
        if (where == "resumed")
        {
            await GreenThread.SleepAsync();
        }
        else if (where != "first")
        {
            await Task.Delay(1);
        }

        until.Wait();
    }

    // A day is a moment shorter by the time that it is looked at.
    private static string Rounded(string text) => System.Text.RegularExpressions.Regex.Replace(text, @"8639\d\.?\d*", "86400", default, TimeSpan.FromSeconds(10));
}

/// <inheritdoc/>
public sealed class HubTextOnEpoll : HubTextTests<EpollHub>;

/// <inheritdoc/>
public sealed class HubTextOnPoll : HubTextTests<PollHub>;

/// <inheritdoc/>
public sealed class HubTextOnSelect : HubTextTests<SelectHub>;
