using System.Collections.Concurrent;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Threads;

/// <summary>
/// An owner and some strangers, each a thread, that use one hub at random, round after round, until one of them has dropped it. What a round is made of follows from the
/// seed and the number of the round.
/// </summary>
internal sealed class DisposeRace : IDisposable
{
    private const int Strangers = 4;

    private readonly string _name;
    private readonly int _seed;
    private readonly int _rounds;
    private readonly Barrier _barrier = new(Strangers + 1);
    private readonly string[] _doing = new string[Strangers + 1];
    private readonly ConcurrentQueue<Task> _pending = new();
    private readonly Dictionary<string, int>[] _outcomes = [.. Enumerable.Range(0, Strangers + 1).Select(_ => new Dictionary<string, int>())];
    private int _reader;
    private Hub _hub = null!;
    private GreenThread _forever = null!;
    private GreenThread<int> _short = null!;
    private HubTimer? _timer;
    private Exception? _failure;

    internal DisposeRace(string name, int seed, int rounds)
    {
        (_name, _seed, _rounds) = (name, seed, rounds);
    }

    /// <summary>Runs it; fails with what each thread was doing if one of them hangs or gets an error that tells nothing.</summary>
    internal void Run(TimeSpan limit)
    {
        using var pipes = new Backends.Descriptors();
        _reader = pipes.Pipe().Reader;
        PlainThread.Started<bool>[] threads = [.. Enumerable.Range(0, Strangers + 1).Select(who => PlainThread.Start(() => Live(who)))];
        foreach (PlainThread.Started<bool> thread in threads)
        {
            try
            {
                thread.Join(limit);
            }
            catch (TimeoutException hang)
            {
                Assert.Fail($"EVENTLET_TEST_SEED={_seed}, round {_barrier.CurrentPhaseNumber / 2}: a call hangs: {string.Join(", ", _doing)}; {hang.Message}");
            }
        }

        Assert.True(_failure is null, $"EVENTLET_TEST_SEED={_seed}: {_failure}");
        string outcomes = string.Join(", ", _outcomes.SelectMany(o => o).GroupBy(o => o.Key).OrderBy(g => g.Key).Select(g => $"{g.Key} {g.Sum(o => o.Value)}"));
        TestContext.Current.TestOutputHelper?.WriteLine(outcomes);
    }

    public void Dispose() => _barrier.Dispose();

    private bool Live(int who)
    {
        // The last is the owner; one stranger per round drops the hub, if the owner does not.
        bool isOwner = who == Strangers;
        Hubs.UseHub(_name);
        for (int round = 0; round < _rounds && _failure is null; round++)
        {
            var random = new Random(HashCode.Combine(_seed, round, who));
            if (isOwner)
            {
                MakeHub(random);
            }

            _barrier.SignalAndWait();
            int calls = random.Next(1, 4);
            for (int call = 0; call < calls; call++)
            {
                Thread.SpinWait(random.Next(600));
                Do(who, isOwner ? OwnersCall(random) : StrangersCall(random));
            }

            if (who == round % Strangers)
            {
                Do(who, Drop(random));
            }

            _doing[who] = "waiting for the others";
            _barrier.SignalAndWait();
            if (isOwner)
            {
                EndRound();
            }
        }

        Hubs.GetHub().Dispose();
        return true;
    }

    private void MakeHub(Random random)
    {
        int kind = random.Next(4);
        if (kind == 0)
        {
            _hub = Hub.Start(_name);
        }
        else
        {
            _hub = Hubs.GetHub();
            if (kind == 1)
            {
                // MAINLOOP moves to the background.
                _pending.Enqueue(GreenThread.SleepAsync(Timeout.InfiniteTimeSpan).AsTask());
            }
        }

        _forever = _hub.Spawn(async () =>
        {
            try
            {
                await _hub.SwitchAsync();
            }
            finally
            {
                // Clean-up that takes a turn, where a turn is left.
                await GreenThread.SleepAsync();
            }
        });
        _short = _hub.Spawn(async () =>
        {
            await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(0.05));
            return 42;
        });
        _timer = kind is 0 or 1 ? null : _hub.ScheduleCallGlobal(TimeSpan.FromMilliseconds(0.05), () => { });
    }

    private void EndRound()
    {
        _doing[Strangers] = "ending the round";
        _hub.Dispose();
        if (!ReferenceEquals(Hubs.GetHub(), _hub))
        {
            Hubs.UseHub(_name);
        }

        while (_pending.TryDequeue(out Task? task))
        {
            _doing[Strangers] = "waiting for a task of a hub that is gone";
            Do(Strangers, ("task", () => task.GetAwaiter().GetResult()));
        }

        if (!_forever.IsDead || !_hub.IsDisposed)
        {
            _failure ??= new InvalidOperationException("a dropped hub lives on");
        }
    }

    private void Do(int who, (string Name, Action Call) action)
    {
        _doing[who] = action.Name;
        string outcome = "returned";
        try
        {
            action.Call();
        }
        catch (Exception error) when (IsClear(error))
        {
            outcome = error.GetType().Name;
        }
        catch (Exception error)
        {
            _failure ??= new InvalidOperationException($"{action.Name} failed: {error.Message}", error);
        }

        string key = $"{action.Name}: {outcome}";
        _outcomes[who][key] = _outcomes[who].GetValueOrDefault(key) + 1;
    }

    private static bool IsClear(Exception error) => error switch
    {
        HubException => error.Message == "hub disposed",
        OperationCanceledException => true,
        IOClosedException or GreenTimeoutException or GreenletExit => true,
        InvalidOperationException => error.Message.StartsWith("Hub.", StringComparison.Ordinal)
            || error.Message.StartsWith("this hub belongs to another thread", StringComparison.Ordinal)
            || error.Message.StartsWith("second simultaneous read", StringComparison.Ordinal),
        _ => false,
    };

    private (string Name, Action Call) StrangersCall(Random random) => random.Next(16) switch
    {
        0 => ("Post", () => _hub.Post(() => { })),
        1 => ("Spawn", () => _hub.Spawn(() => Task.CompletedTask)),
        2 => ("Spawn and Wait", () => _hub.Spawn(() => Task.CompletedTask).Wait()),
        3 => ("InvokeAsync", () => _hub.InvokeAsync(async () => await GreenThread.SleepAsync()).GetAwaiter().GetResult()),
        4 => ("InvokeAsync without end", () => _pending.Enqueue(_hub.InvokeAsync(() => GreenThread.SleepAsync(Timeout.InfiniteTimeSpan).AsTask()))),
        5 => ("Wait for one that ends", () => _short.Wait()),
        6 => ("Wait for a time", () => _forever.Wait(TimeSpan.FromMilliseconds(0.2))),
        7 => ("AsTask", () => _pending.Enqueue(_forever.AsTask())),
        8 => ("Kill", () => _forever.Kill()),
        9 => ("trampoline within", () => _pending.Enqueue(_hub.InvokeAsync(async () => await Hubs.TrampolineAsync(_reader, read: true)))),
        10 => ("NotifyClose", () => Hubs.NotifyClose(_reader)),
        11 => ("Abort", () => _hub.Abort(random.Next(2) == 0)),
        12 => ("join from another hub", () => Hubs.GetHub().Run(async () => await _short)),
        13 => ("await from outside", () => _pending.Enqueue(AwaitAsync(_forever))),
        14 => ("ScheduleCallGlobal", () => _hub.ScheduleCallGlobal(TimeSpan.Zero, () => { })),
        _ => ("Cancel of a timer", () => _timer?.Cancel()),
    };

    private (string Name, Action Call) OwnersCall(Random random) => random.Next(10) switch
    {
        0 => ("owner's Sleep(0)", () => GreenThread.Sleep()),
        1 => ("owner's Sleep", () => GreenThread.Sleep(TimeSpan.FromMilliseconds(0.2))),
        2 => ("owner's Trampoline", () => Hubs.Trampoline(_reader, read: true, timeout: TimeSpan.FromMilliseconds(0.2))),
        3 => ("owner's TrampolineAsync", () => _pending.Enqueue(Hubs.TrampolineAsync(_reader, read: true).AsTask())),
        4 => ("owner's Run", () => _hub.Run(async () => await GreenThread.SleepAsync())),
        5 => ("owner's Run without end", () => _hub.Run(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan))),
        6 => ("owner's Wait without end", () => _forever.Wait()),
        7 => ("owner's SleepAsync", () => _pending.Enqueue(GreenThread.SleepAsync(Timeout.InfiniteTimeSpan).AsTask())),
        8 => ("UseHub", () => Hubs.UseHub(_name)),
        _ => ("owner's timer", () => Hubs.GetHub().ScheduleCallGlobal(TimeSpan.Zero, () => { })),
    };

    private (string Name, Action Call) Drop(Random random) => random.Next(3) switch
    {
        0 => ("DisposeAsync", () => _hub.DisposeAsync().AsTask().GetAwaiter().GetResult()),
        1 => ("Dispose by a greenthread", () => _hub.Post(_hub.Dispose)),
        _ => ("Dispose", _hub.Dispose),
    };

    private static async Task AwaitAsync(GreenThread green) => await green;
}
