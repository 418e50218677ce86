using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;

namespace Eventlet.Tests.RandomOperations;

/// <summary>
/// The life of one hub under random operations. The model says what user code must see next; each thing that it does see is compared there and then, so
/// that a failure stands at the end of the trace. Operations are applied to the model first, then to the hub; what a callback does belongs to it alike.
/// </summary>
internal sealed partial class Episode : IDisposable
{
    private const int Slots = 12;

    /// <summary>A hub that is not woken fails after this long, which is no limit for one that is.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly AsyncLocal<int> s_flow = new();

    private readonly Random _random;
    private readonly Trace _trace;
    private readonly Poster _poster;
    private readonly Channels _channels;
    private readonly ModelHub _model = new(Slots);
    private readonly FakeTimeProvider _clock = new();
    private readonly SteppedFactory _factory;
    private readonly ManualResetEventSlim _quiet = new();
    private readonly int _length;
    private Hub _hub = null!;
    private int _serial;
    private int _left;
    private bool _isOver;
    private bool _mayRest;
    private Worker? _driver;

    internal Episode(HubFactory kind, int seed, int length, Trace trace, Poster poster)
    {
        _random = new Random(seed);
        _length = length;
        _trace = trace;
        _poster = poster;
        _factory = new SteppedFactory(kind, Wait);
        _channels = new Channels(Slots);
        trace.Add("seed", seed);
    }

    /// <summary>What went wrong, if anything.</summary>
    internal string? Failure { get; private set; }

    /// <summary>Operations done.</summary>
    internal int Operations { get; private set; }

    /// <summary>Runs it, on a thread that owns no hub that anybody wants.</summary>
    internal void Play()
    {
        Hubs.UseHub(_factory, new HubOptions { Clock = _clock, OnUnhandled = error => Saw("unhandled", 0, 0, error) });
        _hub = Hubs.GetHub();
        try
        {
            PlayPhases();
        }
        catch (Exception error)
        {
            Fail($"{error}");
        }
        finally
        {
            _isOver = true;
            _hub.Dispose();
        }

        if (Failure is null && _workers.Find(worker => worker.Green is { IsDead: false }) is { } left)
        {
            Fail($"greenthread {left.Number} has outlived its hub");
        }
    }

    public void Dispose()
    {
        _channels.Dispose();
        _quiet.Dispose();
    }

    private void PlayPhases()
    {
        RunInPlace(_length / 3);
        OutsideLoop();
        if (Failure is null && _random.Next(3) == 0)
        {
            Abort(_length / 6);
        }

        if (Failure is null)
        {
            OutsideLoop();
            RunInPlace(_length / 3);
        }

        if (Failure is null)
        {
            RunInBackground(_length / 3);
        }

        Finish(_random.Next(4));
    }

    /// <summary>MAINLOOP under a blocking call of the owner.</summary>
    private void RunInPlace(int operations)
    {
        Worker driver = NewDriver();
        _trace.Add("run in place", driver.Number);
        _model.Spawn(driver.Model, isRemote: true);
        ModelWait call = _model.BeginCall(driver.Model);
        _model.Enter();
        _hub.Run(() => DriveAsync(driver, operations));
        if (Failure is null)
        {
            _model.Leave(call);
        }

        _driver = null;
    }

    /// <summary>A driver that aborts MAINLOOP; its call is interrupted, all the rest goes on when MAINLOOP is run again.</summary>
    private void Abort(int operations)
    {
        Worker driver = NewDriver();
        _trace.Add("run and abort", driver.Number);
        driver.Aborts = true;
        _model.Spawn(driver.Model, isRemote: true);
        ModelWait call = _model.BeginCall(driver.Model);
        _model.Enter();
        Assert.Throws<OperationCanceledException>(() => _hub.Run(() => DriveAsync(driver, operations)));
        _model.GiveUp(call);
        _driver = null;
    }

    /// <summary>MAINLOOP on a thread of its own, with a backend that is made there anew.</summary>
    private void RunInBackground(int operations)
    {
        Worker driver = NewDriver();
        _trace.Add("run in background", driver.Number);
        _model.Spawn(driver.Model, isRemote: true);
        _model.Enter();
        Task ended = _hub.InvokeAsync(() => DriveAsync(driver, operations));
        while (!_quiet.Wait(Patience) && Failure is null)
        {
        }

        Check(ended.IsCompletedSuccessfully || Failure is not null, "the task of InvokeAsync has not ended with its greenthread");
        _driver = null;
    }

    /// <summary>Things done by the owner between two blocking calls.</summary>
    private void OutsideLoop()
    {
        for (int i = _random.Next(6); i > 0 && Failure is null; i--)
        {
            Operate(null, isRemote: true);
        }
    }

    private void Finish(int way)
    {
        _trace.Add("finish", way);
        _isOver = true;
        if (way == 0)
        {
            // Replaces it, with whatever it still holds.
            Hubs.UseHub("poll");
        }
        else if (way == 1 && Failure is null)
        {
            // What ignores its token cannot be interrupted.
            _workers.ForEach(static worker => worker.Foreign?.TrySetResult());
            _hub.DisposeAsync().AsTask().GetAwaiter().GetResult();
            Check(_workers.TrueForAll(static worker => worker.Green is null or { IsDead: true }), "DisposeAsync has left a greenthread");
        }
    }

    private Worker NewDriver()
    {
        _mayRest = false;
        _driver = new Worker(++_serial);
        return _driver;
    }

    private async Task DriveAsync(Worker driver, int operations)
    {
        driver.Green = GreenThread.Current!;
        Saw("begins", driver.Number);
        _left = operations;
        do
        {
            for (int i = _random.Next(12); i > 0 && !IsStopped; i--)
            {
                Operate(driver, isRemote: false);
            }

            if (_random.Next(40) == 0)
            {
                OperateElsewhere();
            }

            if (_random.Next(3) == 0)
            {
                Move(_random.Next(8));
            }

            CheckState();
            await PauseAsync(driver);
            Resumed(driver, 0, null);
        }
        while (_left > 0 && !IsStopped && ReferenceEquals(driver, _driver));

        if (driver.Aborts && ReferenceEquals(driver, _driver) && !IsStopped)
        {
            _hub.Abort();
            await PauseAsync(driver);
            Resumed(driver, 0, null);
        }
        else if (ReferenceEquals(driver, _driver))
        {
            _mayRest = true;
        }

        if (!IsStopped)
        {
            _model.End(driver.Model, null);
        }
    }

    private async Task PauseAsync(Worker driver)
    {
        int way = _random.Next(12);
        if (way == 0)
        {
            _model.Begin(new ModelWait(WaitKind.Sleep, driver.Model) { Deadline = long.MinValue });
            await GreenThread.SleepAsync();
        }
        else if (way == 1)
        {
            int delay = _random.Next(1, 20);
            _model.Begin(new ModelWait(WaitKind.Sleep, driver.Model) { Deadline = _model.Now + delay });
            await GreenThread.SleepAsync(Milliseconds(delay));
        }
        else
        {
            // Once round the loop.
            _model.ScheduleSwitch(driver.Model);
            _model.Begin(new ModelWait(WaitKind.Switch, driver.Model));
            _hub.ScheduleCallGlobal(TimeSpan.Zero, () => driver.Green!.Switch(0));
            await _hub.SwitchAsync();
        }
    }

    /// <summary>One wait of the hub's backend, of whose events the model learns what it cannot know.</summary>
    private int Wait(HubBackend inner, Span<ReadyEvent> ready, TimeSpan timeout)
    {
        int count = WaitAsExpected(inner, ready, timeout);
        if (inner.Capabilities.Trigger == Trigger.OneShot)
        {
            foreach (ReadyEvent happened in ready[..count])
            {
                if (Channels.SlotOf((int)(uint)happened.Token) is var slot && (uint)slot < Slots)
                {
                    ModelHub.Tell(_model.Channels[slot], happened.What);
                }
            }
        }

        return count;
    }

    private int WaitAsExpected(HubBackend inner, Span<ReadyEvent> ready, TimeSpan timeout)
    {
        bool sleeps = timeout != TimeSpan.Zero;
        if (IsStopped)
        {
            return inner.Wait(ready, timeout);
        }

        if (!Saw(sleeps ? "sleeps" : "polls", 0) || !sleeps)
        {
            return inner.Wait(ready, TimeSpan.Zero);
        }

        if (_mayRest)
        {
            // A wake-up of before may be due still; then it goes round once more.
            int late = inner.Wait(ready, TimeSpan.Zero);
            if (late == 0)
            {
                _quiet.Set();
                late = inner.Wait(ready, timeout);
            }

            return late;
        }

        Disturb();
        long begun = Stopwatch.GetTimestamp();
        int count = inner.Wait(ready, Patience);
        if (count == 0 && Stopwatch.GetElapsedTime(begun) >= Patience)
        {
            Fail("nobody has woken the hub");
        }

        return count;
    }

    /// <summary>The hub is about to sleep: now something happens that must wake it.</summary>
    private void Disturb()
    {
        if (_random.Next(4) == 0)
        {
            OperateElsewhere();
        }

        if (_random.Next(3) == 0)
        {
            Feed(_model.Channels[_random.Next(Slots)]);
        }

        if (!_model.MustWake)
        {
            Move(_model.NextDeadline - _model.Now);
        }
    }

    private void Move(long milliseconds)
    {
        _trace.Add("clock moves", 0, milliseconds);
        _model.Now += milliseconds;
        _clock.Advance(Milliseconds(milliseconds));
    }

    /// <summary>Something was seen.</summary>
    /// <returns>Whether it is what had to be seen, and the episode goes on.</returns>
    private bool Saw(string what, int who, long value = 0, Exception? error = null)
    {
        if (IsStopped)
        {
            return false;
        }

        var seen = new Occurrence(what, who, value, error is null ? null : Errors.Canonical(error));
        _trace.Add(what, who, value, seen.Error);
        Occurrence expected = _model.Next();
        if (seen != expected)
        {
            Fail($"expected: {expected}; seen: {seen}{(error is null || error == seen.Error ? "" : $" ({error})")}");
        }

        return Failure is null;
    }

    private bool IsStopped => _isOver || Failure is not null;

    private bool Check(bool condition, string otherwise)
    {
        if (!condition)
        {
            Fail(otherwise);
        }

        return Failure is null;
    }

    private void Fail(string failure)
    {
        if (Failure is null)
        {
            Failure = failure;
            _quiet.Set();
            if (_hub.IsCurrent)
            {
                _hub.Dispose();
            }
        }
    }

    /// <summary>Between two steps the hub holds what the model holds.</summary>
    private void CheckState()
    {
        if (IsStopped)
        {
            return;
        }

        HubStatistics real = _hub.Statistics;
        var expected = (_model.Readers, _model.Writers, _model.Timers, _model.GreenThreads, _model.Ready, _model.WaitsOnLoan);
        var seen = (real.Readers, real.Writers, real.Timers, real.GreenThreads, real.Ready, _hub.PooledInUse);
        if (expected != seen)
        {
            Fail($"readers, writers, timers, greenthreads, ready, waits on loan: expected {expected}; seen {seen}");
        }

        foreach (Worker worker in _workers)
        {
            if (worker.Green is { } green && (green.IsDead != worker.Model.IsDead || green.WasKilled != worker.Model.WasKilled))
            {
                Fail($"greenthread {worker.Number}: dead {green.IsDead}, killed {green.WasKilled}");
            }
        }
    }

    private static TimeSpan Milliseconds(long milliseconds) => TimeSpan.FromTicks(milliseconds * TimeSpan.TicksPerMillisecond);
}
