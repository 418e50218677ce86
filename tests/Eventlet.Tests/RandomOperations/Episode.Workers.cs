using System.Runtime.ExceptionServices;
using Eventlet.Net;

namespace Eventlet.Tests.RandomOperations;

// The greenthreads: each does some operations, waits, does some more, and ends.
internal sealed partial class Episode
{
    private const int MostScopes = 4;

    private readonly List<Worker> _workers = [];

    private sealed class Worker(int number)
    {
        internal readonly int Number = number;
        internal readonly ModelGreen Model = new(number);
        internal readonly List<(ModelLink Model, Action<GreenThread> Call)> Links = [];
        internal GreenThread? Green;
        internal bool Aborts;
        internal GreenTimeout? Scope;
        internal ModelToken? Token;
        internal CancellationTokenSource? Source;
        internal TaskCompletionSource? Foreign;
    }

    private enum Step
    {
        Switch,
        Sleep,
        Join,
        Trampoline,
        Receive,
        Foreign,
        Scope,
        ThrowSelf,
        Leave,
    }

    /// <summary>The body of a worker, and the stretch of it within each time-out scope.</summary>
    private async Task LevelAsync(Worker worker, int depth)
    {
        if (depth == 0)
        {
            s_flow.Value = worker.Number;
            worker.Green ??= GreenThread.Current!;
            Saw("begins", worker.Number);
        }

        while (true)
        {
            Act(worker);
            if (IsStopped)
            {
                // Until the hub goes: nothing of it is to be seen any more.
                await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan);
            }

            Step step = ChooseStep(depth);
            if (step == Step.Leave)
            {
                if (depth == 0)
                {
                    End(worker, null);
                }

                return;
            }

            try
            {
                if (step == Step.Scope)
                {
                    await ScopeAsync(worker, depth);
                }
                else if (await WaitAsync(worker, step) is { } error && LeavesBy(error, worker, depth))
                {
                    ExceptionDispatchInfo.Throw(error);
                }
            }
            catch (Exception error) when (step == Step.Scope && !LeavesBy(error, worker, depth))
            {
                // What has left a scope is caught, or goes on outwards.
            }
        }
    }

    /// <summary>Whether an error ends this stretch of a body.</summary>
    private bool LeavesBy(Exception error, Worker worker, int depth)
    {
        bool leaves = _isOver || _random.Next(3) == 0;
        if (leaves && depth == 0)
        {
            End(worker, error);
        }

        return leaves;
    }

    private Step ChooseStep(int depth)
    {
        int choice = _random.Next(100);
        return choice < 30 ? Step.Switch
            : choice < 48 ? Step.Sleep
            : choice < 56 ? Step.Join
            : choice < 72 ? Step.Trampoline
            : choice < 80 ? Step.Receive
            : choice < 84 ? Step.Foreign
            : choice < 92 && depth < MostScopes ? Step.Scope
            : choice < 94 ? Step.ThrowSelf
            : Step.Leave;
    }

    private async Task ScopeAsync(Worker worker, int depth)
    {
        int delay = _random.Next(8) == 0 ? -1 : _random.Next(30);
        ModelScope? outer = worker.Model.Scope;
        GreenTimeout? outerReal = worker.Scope;
        var scope = new ModelScope(++_serial, delay < 0 ? long.MaxValue : _model.Now + delay, outer);
        _trace.Add("opens scope", worker.Number, delay);
        using var real = new GreenTimeout(delay < 0 ? null : Milliseconds(delay), () => scope.Error);
        worker.Model.Scope = scope;
        worker.Scope = real;
        try
        {
            await LevelAsync(worker, depth + 1);
        }
        catch (Exception error)
        {
            Check(real.Caught(error) == (error == scope.Error), $"scope {scope.Number} mistakes what it has caught");
            throw;
        }
        finally
        {
            scope.IsCancelled = true;
            worker.Model.Scope = outer;
            worker.Scope = outerReal;
        }
    }

    /// <summary>One wait: begun in the model and on the hub, ended where both agree.</summary>
    /// <returns>What it has raised.</returns>
    private async Task<Exception?> WaitAsync(Worker worker, Step step)
    {
        Operations++;
        _left--;
        long value = 0;
        try
        {
            switch (step)
            {
                case Step.Switch:
                    _trace.Add("waits for a switch", worker.Number);
                    _model.Begin(new ModelWait(WaitKind.Switch, worker.Model));
                    value = (int)(await _hub.SwitchAsync())!;
                    break;
                case Step.Sleep:
                    await BeginSleep(worker);
                    break;
                case Step.Join:
                    value = await JoinAsync(worker);
                    break;
                case Step.Trampoline:
                    await BeginTrampoline(worker);
                    break;
                case Step.Receive:
                    value = await BeginReceive(worker);
                    break;
                case Step.Foreign:
                    _trace.Add("awaits something foreign", worker.Number);
                    worker.Foreign = new TaskCompletionSource();
                    await worker.Foreign.Task;
                    break;
                default:
                    ThrowSelf(worker);
                    break;
            }
        }
        catch (Exception error)
        {
            Resumed(worker, 0, error);
            return error;
        }

        Resumed(worker, value, null);
        return null;
    }

    /// <summary>A greenthread goes on: with what it must, as the current one, and in its own contexts.</summary>
    private void Resumed(Worker worker, long value, Exception? error)
    {
        if (Saw("resumes", worker.Number, value, error))
        {
            bool isOwn = ReferenceEquals(worker, _driver) || worker.Aborts || s_flow.Value == worker.Number;
            if (!ReferenceEquals(GreenThread.Current, worker.Green) || !ReferenceEquals(SynchronizationContext.Current, worker.Green!.Context) || !isOwn)
            {
                Fail($"greenthread {worker.Number} is not the current one, or goes on in another's context, with the flow of {s_flow.Value}");
            }
        }
    }

    private ValueTask BeginSleep(Worker worker)
    {
        int delay = _random.Next(4) == 0 ? 0 : _random.Next(1, 25);
        bool isForever = _random.Next(12) == 0;
        ModelToken? token = NewToken(worker);
        _trace.Add("sleeps", worker.Number, isForever ? -1 : delay);
        _model.Begin(new ModelWait(WaitKind.Sleep, worker.Model)
        {
            Deadline = isForever ? long.MaxValue : delay == 0 ? long.MinValue : _model.Now + delay,
            Token = token,
        });
        return GreenThread.SleepAsync(isForever ? Timeout.InfiniteTimeSpan : Milliseconds(delay), worker.Source?.Token ?? default);
    }

    private ModelToken? NewToken(Worker worker)
    {
        worker.Token = null;
        worker.Source = null;
        if (_random.Next(3) == 0)
        {
            worker.Token = new ModelToken();
            worker.Source = new CancellationTokenSource();
            if (_random.Next(8) == 0)
            {
                worker.Token.IsCancelled = true;
                worker.Source.Cancel();
            }
        }

        return worker.Token;
    }

    private async Task<long> JoinAsync(Worker worker)
    {
        Worker target = Pick() ?? worker;
        _trace.Add("joins", worker.Number, target.Number);
        _model.Begin(new ModelWait(WaitKind.Join, worker.Model) { Target = target.Model });
        if (target.Green is GreenThread<int> valued)
        {
            return await valued;
        }

        await target.Green!;
        return 0;
    }

    private ValueTask BeginTrampoline(Worker worker)
    {
        ModelChannel channel = UsableChannel();
        bool isRead = channel.Kind == ChannelKind.PipeReader || (channel.Kind == ChannelKind.Socket && _random.Next(2) == 0);
        int timeout = _random.Next(3) == 0 ? -1 : _random.Next(20);
        bool marks = _random.Next(3) == 0;
        var late = new MarkedException(++_serial);
        _trace.Add(isRead ? "waits to read" : "waits to write", worker.Number, channel.Slot);
        ModelToken? token = NewToken(worker);
        _model.Begin(new ModelWait(WaitKind.Descriptor, worker.Model)
        {
            Channel = channel,
            Direction = isRead ? FdEvent.Read : FdEvent.Write,
            Deadline = timeout < 0 ? long.MaxValue : _model.Now + timeout,
            TimeoutError = late,
            MarksClosed = marks,
            Token = token,
        });
        return Hubs.TrampolineAsync(Channels.NumberOf(channel.Slot), isRead, !isRead, timeout < 0 ? null : Milliseconds(timeout), () => late,
            marks ? () => Saw("marked closed", worker.Number) : null, worker.Source?.Token ?? default);
    }

    private ValueTask<int> BeginReceive(Worker worker)
    {
        ModelChannel? channel = Array.Find(_model.Channels, static channel => channel is { IsOpen: true, Kind: ChannelKind.GreenSocket });
        if (channel is null)
        {
            _model.Begin(new ModelWait(WaitKind.Sleep, worker.Model) { Deadline = long.MinValue });
            return SleepForReceive();
        }

        int timeout = _random.Next(3) == 0 ? -1 : _random.Next(20);
        int room = _random.Next(1, 5);
        ModelToken? token = NewToken(worker);
        _trace.Add("receives", worker.Number, channel.Slot);
        GreenSocket socket = _channels.Socket(channel.Slot);
        socket.Timeout = timeout < 0 ? null : Milliseconds(timeout);
        int ready = _hub.Ready.Count;
        ValueTask<int> received = socket.ReceiveAsync(new byte[room], worker.Source?.Token ?? default);
        var wait = new ModelWait(WaitKind.Receive, worker.Model)
        {
            Channel = channel,
            Room = room,
            Deadline = timeout < 0 ? long.MaxValue : _model.Now + timeout,
            TimeoutError = Errors.TimedOut,
            Token = token,
        };
        Check(_model.BeginReceive(wait, received.IsCompleted, _hub.Ready.Count > ready), "this receive had to end at once");
        return received;
    }

    private static async ValueTask<int> SleepForReceive()
    {
        await GreenThread.SleepAsync();
        return 0;
    }

    private void ThrowSelf(Worker worker)
    {
        Exception error = NewError();
        bool isKill = _random.Next(2) == 0;
        _trace.Add(isKill ? "kills itself" : "throws into itself", worker.Number, 0, error);
        _model.ThrowSelf(worker.Model, error, isKill);
        if (isKill)
        {
            worker.Green!.Kill(error);
        }
        else
        {
            worker.Green!.Throw(error);
        }
    }

    private void End(Worker worker, Exception? error)
    {
        if (!IsStopped)
        {
            _trace.Add("ends", worker.Number);
            _model.End(worker.Model, error is null ? null : Errors.Canonical(error));
        }
    }

    private Exception NewError() => _random.Next(2) == 0 ? new MarkedException(++_serial) : new MarkedExit(++_serial);
}
