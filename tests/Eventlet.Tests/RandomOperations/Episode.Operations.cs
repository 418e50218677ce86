namespace Eventlet.Tests.RandomOperations;

// The operations, by whomever.
internal sealed partial class Episode
{
    private const int MostWorkers = 24;
    private const int MostCalls = 24;

    private readonly List<(ModelCall Model, HubTimer Real)> _calls = [];
    private readonly List<(ModelListener Model, FdListener Real)> _listeners = [];

    /// <summary>A stretch of user code: now and then it does something.</summary>
    private void Act(Worker? actor)
    {
        for (int i = _random.Next(3) - 1; i > 0 && !IsStopped; i--)
        {
            Operate(actor, isRemote: false);
        }
    }

    /// <summary>Several operations on another thread, while the hub's waits.</summary>
    private void OperateElsewhere()
    {
        _trace.Add("elsewhere");
        _poster.Do(() =>
        {
            for (int i = _random.Next(1, 5); i > 0 && !IsStopped; i--)
            {
                Operate(null, isRemote: true);
            }
        });
    }

    private void Operate(Worker? actor, bool isRemote)
    {
        Operations++;
        _left--;
        int choice = _random.Next(100);
        if (choice < 16 || _workers.Count == 0)
        {
            Spawn(isRemote);
        }
        else if (choice < 52)
        {
            OperateOn(Pick(), actor, choice, isRemote);
        }
        else if (choice < 62)
        {
            Links(isRemote);
        }
        else if (choice < 68)
        {
            // Now and then more than one turn takes.
            for (int count = _random.Next(60) == 0 ? 150 : 1; count > 0; count--)
            {
                Post(isRemote);
            }
        }
        else if (choice < 76)
        {
            Timers(actor, isRemote);
        }
        else if (choice < 88)
        {
            Feed(_model.Channels[_random.Next(Slots)]);
        }
        else if (choice < 94)
        {
            Listeners(isRemote);
        }
        else
        {
            CloseOrOpen(_model.Channels[_random.Next(Slots)], isRemote);
        }
    }

    private Worker? Pick()
    {
        for (int attempt = 0; attempt < 4; attempt++)
        {
            if (_workers.Count > 0 && _workers[_random.Next(_workers.Count)] is { Green: not null } worker)
            {
                return worker;
            }
        }

        return null;
    }

    private void Spawn(bool isRemote)
    {
        _workers.RemoveAll(worker => worker.Model.IsDead && _random.Next(2) == 0);
        if (_workers.Count >= MostWorkers)
        {
            return;
        }

        var worker = new Worker(++_serial);
        _workers.Add(worker);
        int way = _random.Next(10);
        int delay = _random.Next(15);
        _trace.Add(isRemote ? "is spawned from elsewhere" : "is spawned", worker.Number, way);
        if (way < 2)
        {
            SpawnLater(worker, delay, isLocal: way == 0 && !isRemote && GreenThread.Current is not null, isRemote);
            return;
        }

        worker.Model.IsDetached = way == 2 && !isRemote;
        worker.Model.HasValue = way is 3 or 4;
        _model.Spawn(worker.Model, isRemote);
        if (worker.Model.IsDetached)
        {
            GreenThread.SpawnN(() => LevelAsync(worker, 0));
            return;
        }

        worker.Green = worker.Model.HasValue
            ? _hub.Spawn(async () =>
            {
                await LevelAsync(worker, 0);
                return worker.Number;
            })
            : _hub.Spawn(() => LevelAsync(worker, 0));
        Link(worker, null);
    }

    private void SpawnLater(Worker worker, int delay, bool isLocal, bool isRemote)
    {
        if (isRemote)
        {
            // SpawnAfter means the calling thread's hub, which is another here.
            _model.Spawn(worker.Model, isRemote);
            worker.Green = _hub.Spawn(() => LevelAsync(worker, 0));
        }
        else if (isLocal)
        {
            ModelGreen spawner = _workers.Find(static other => ReferenceEquals(other.Green, GreenThread.Current))?.Model ?? _driver!.Model;
            var link = new ModelLink(0) { Cancels = worker.Model };
            spawner.Links.Add(link);
            _model.SpawnAfter(worker.Model, delay, isRemote);
            worker.Green = GreenThread.SpawnAfterLocal(Milliseconds(delay), () =>
            {
                spawner.Links.Remove(link);
                return LevelAsync(worker, 0);
            });
        }
        else
        {
            _model.SpawnAfter(worker.Model, delay, isRemote);
            worker.Green = GreenThread.SpawnAfter(Milliseconds(delay), () => LevelAsync(worker, 0));
        }

        Link(worker, null);
    }

    /// <summary>Kill, Throw, Switch, Cancel, and the other ways to end somebody's wait.</summary>
    private void OperateOn(Worker? target, Worker? actor, int choice, bool isRemote)
    {
        if (target is null || ReferenceEquals(target.Green, GreenThread.Current))
        {
            return;
        }

        Exception error = NewError();
        if (choice < 21)
        {
            _trace.Add(isRemote ? "kill from elsewhere" : "kill", target.Number, actor?.Number ?? 0, error);
            _model.Kill(target.Model, error, isRemote);
            target.Green!.Kill(error);
        }
        else if (choice < 26)
        {
            _trace.Add(isRemote ? "throw from elsewhere" : "throw", target.Number, actor?.Number ?? 0, error);
            _model.Throw(target.Model, error, isRemote);
            target.Green!.Throw(error);
        }
        else if (choice < 42)
        {
            Switch(target, isRemote);
        }
        else if (choice < 43)
        {
            _trace.Add(isRemote ? "cancel from elsewhere" : "cancel", target.Number);
            _model.Cancel(target.Model, error, isRemote);
            target.Green!.Cancel(error);
        }
        else if (choice < 47 && target.Token is { } token)
        {
            CancelToken(target, token, isRemote);
            if (!isRemote && choice == 46)
            {
                // By the time that the hub hears of the token, the wait has ended otherwise, and its object may be in use again.
                OperateOn(target, actor, 21, isRemote);
            }
        }
        else if (choice < 49 && target.Model.Scope is { } scope && target.Scope is { } real)
        {
            _trace.Add("scope is cancelled", target.Number, scope.Number);
            scope.IsCancelled = true;
            real.Cancel();
        }
        else if (target.Foreign is { } foreign)
        {
            _trace.Add(isRemote ? "foreign task ends elsewhere" : "foreign task ends", target.Number);
            target.Foreign = null;
            _model.EndForeign(target.Model, isRemote);
            foreign.SetResult();
        }
    }

    private void CancelToken(Worker target, ModelToken token, bool isRemote)
    {
        bool isElsewhere = isRemote || _random.Next(2) == 0;
        _trace.Add(isElsewhere ? "token from elsewhere" : "token", target.Number);
        _model.CancelToken(token, isElsewhere);
        if (isElsewhere && !isRemote)
        {
            _poster.Do(target.Source!.Cancel);
        }
        else
        {
            target.Source!.Cancel();
        }
    }

    private void Switch(Worker target, bool isRemote)
    {
        int value = ++_serial;
        _trace.Add(isRemote ? "switch from elsewhere" : "switch", target.Number, value);
        bool expected = _model.Switch(target.Model, value, isRemote);
        bool done = true;
        try
        {
            target.Green!.Switch(value);
        }
        catch (InvalidOperationException)
        {
            done = false;
        }

        Check(done == expected, $"Switch of greenthread {target.Number}: {(done ? "taken" : "refused")}");
    }

    private void Links(bool isRemote)
    {
        if (Pick() is not { } target)
        {
            return;
        }

        if (target.Links.Count > 1 && _random.Next(2) == 0)
        {
            (ModelLink link, Action<GreenThread> call) = target.Links[_random.Next(target.Links.Count)];
            _trace.Add("unlink", link.Number);
            bool expected = ModelHub.Unlink(target.Model, link);
            Check(target.Green!.Unlink(call) == expected, $"Unlink of link {link.Number}: not {expected}");
        }
        else if (!isRemote || !target.Model.IsDead)
        {
            Link(target, target.Model.IsDead || _random.Next(8) != 0 ? null : new MarkedException(++_serial));
        }
    }

    private void Link(Worker target, Exception? throws)
    {
        var link = new ModelLink(++_serial) { Throws = throws };
        _trace.Add("link", link.Number, target.Number);
        void Call(GreenThread ended)
        {
            Saw("link", link.Number, ReferenceEquals(ended, target.Green) ? target.Number : -1, ended.Failure);
            if (throws is not null)
            {
                throw throws;
            }
        }

        target.Links.Add((link, Call));
        _model.Link(target.Model, link);
        target.Green!.Link(Call);
    }

    private void Post(bool isRemote)
    {
        int number = ++_serial;
        _trace.Add(isRemote ? "post from elsewhere" : "post", number);
        _model.Post(number, isRemote);
        _hub.Post(() => InCallback("post", number, null));
    }

    /// <summary>What every callback of ours does: it looks at its contexts, does something, leaves something in its context, and now and then it throws.</summary>
    private void InCallback(string what, int number, ModelListener? listener)
    {
        if (!Saw(what, number))
        {
            return;
        }

        if (GreenThread.Current is not null || s_flow.Value != 0)
        {
            Fail($"{what} {number} runs in a greenthread, or in the ExecutionContext of {s_flow.Value}");
        }

        s_flow.Value = number;
        Act(null);
        if (_random.Next(16) == 0 && !IsStopped)
        {
            var error = new MarkedException(++_serial);
            _model.Fail(error, listener);
            throw error;
        }
    }

    private void Timers(Worker? actor, bool isRemote)
    {
        _calls.RemoveAll(static call => call.Model.IsOver);
        if (_calls.Count > 0 && (_random.Next(2) == 0 || _calls.Count >= MostCalls))
        {
            (ModelCall model, HubTimer real) = _calls[_random.Next(_calls.Count)];
            _trace.Add("timer is cancelled", model.Number);
            Check(real.IsPending == model.Scheduler is not { IsDead: true }, $"timer {model.Number}: pending is {real.IsPending}");
            // The owner of a hub that is not running takes it out himself.
            _model.CancelCall(model, isRemote && _hub.IsRunning);
            real.Cancel();
        }
        else if (!isRemote)
        {
            bool isLocal = _random.Next(3) == 0;
            int delay = _random.Next(20);
            var call = new ModelCall(++_serial) { Scheduler = isLocal && GreenThread.Current is not null ? actor?.Model : null };
            _trace.Add(isLocal ? "local timer" : "timer is added", call.Number, delay);
            _model.Schedule(call, delay);
            void Callback() => InCallback("timer", call.Number, null);
            _calls.Add((call, isLocal ? _hub.ScheduleCallLocal(Milliseconds(delay), Callback) : _hub.ScheduleCallGlobal(Milliseconds(delay), Callback)));
        }
    }

    private void Listeners(bool isRemote)
    {
        _listeners.RemoveAll(static listener => !listener.Model.IsActive);
        if (isRemote)
        {
            return;
        }

        if (_listeners.Count > 0 && _random.Next(2) == 0)
        {
            (ModelListener old, FdListener real) = _listeners[_random.Next(_listeners.Count)];
            _trace.Add("listener is removed", old.Number);
            ModelHub.RemoveListener(old);
            _hub.Remove(real);
            return;
        }

        ModelChannel channel = UsableChannel();
        if (!channel.IsOpen)
        {
            return;
        }

        FdEvent direction = channel.Kind == ChannelKind.PipeWriter ? FdEvent.Write : FdEvent.Read;
        var listener = new ModelListener(++_serial, channel, direction) { MarksClosed = _random.Next(2) == 0, ThrowsBack = _random.Next(2) == 0 };
        _trace.Add("listener is added", listener.Number, channel.Slot);
        bool expected = ModelHub.AddListener(listener);
        bool done = true;
        try
        {
            FdListener real = _hub.Add(direction, Channels.NumberOf(channel.Slot), _ => InCallback("listener", listener.Number, listener),
                listener.ThrowsBack ? _ => Saw("thrown back", listener.Number) : null,
                listener.MarksClosed ? () => Saw("marked closed", listener.Number) : null);
            _listeners.Add((listener, real));
        }
        catch (InvalidOperationException)
        {
            done = false;
        }

        Check(done == expected, $"listener {listener.Number}: {(done ? "taken" : "refused")}");
    }
}
