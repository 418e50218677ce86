using System.Runtime.ExceptionServices;
using Eventlet.Waits;

namespace Eventlet;

// How exceptions reach a greenthread. Its pending waits form a list, oldest first; at most one exception waits to be delivered: at its next
// wait, or in waits that have failed with it and stand in the ready queue.
public partial class GreenThread
{
    private Wait? _oldestWait;
    private GreenThreadTrouble? _trouble;
    private bool _watchesDelivery;
    private bool _mustEnd;

    /// <summary>Whether the hub has asked it to end, once: see <see cref="AskToEnd"/>.</summary>
    internal bool WasAskedToEnd { get; private set; }

    /// <summary>The first of its pending waits; they are linked, oldest first.</summary>
    internal Wait? OldestWait => _oldestWait;

    /// <summary>Made when it is needed first. Any thread.</summary>
    private GreenThreadTrouble Trouble =>
        Volatile.Read(ref _trouble) ?? Interlocked.CompareExchange(ref _trouble, new GreenThreadTrouble(), null) ?? _trouble;

    internal void AddWait(Wait wait)
    {
        if (_oldestWait is not { } oldest)
        {
            _oldestWait = wait;
            return;
        }

        Wait newest = oldest.OlderWait ?? oldest;
        newest.NewerWait = wait;
        wait.OlderWait = newest;
        oldest.OlderWait = wait;
    }

    internal void RemoveWait(Wait wait)
    {
        Wait oldest = _oldestWait!;
        Wait? newer = wait.NewerWait;
        if (ReferenceEquals(wait, oldest))
        {
            _oldestWait = newer;
            if (newer is not null)
            {
                // With the last of them it is alone.
                newer.OlderWait = newer.NewerWait is null ? null : wait.OlderWait;
            }
        }
        else
        {
            Wait older = wait.OlderWait!;
            older.NewerWait = newer;
            if (newer is not null)
            {
                newer.OlderWait = older;
            }
            else
            {
                oldest.OlderWait = ReferenceEquals(older, oldest) ? null : older;
            }
        }

        wait.OlderWait = wait.NewerWait = null;
    }

    /// <summary>
    /// What a wait that is about to begin raises instead: an exception that is due to this greenthread, the hub's fault, a time-out scope that is
    /// over, a token that is cancelled. Every wait of the hub begins with this, also one that could end at once.
    /// </summary>
    internal Exception? Interruption(Hub hub, CancellationToken cancellationToken, out GreenTimeout? scope)
    {
        scope = GreenTimeout.CurrentFor(this);
        if (_trouble is { Pending: { } pending } trouble && scope is not { IsShielded: true })
        {
            trouble.Pending = null;
            UnwatchDelivery();
            return pending;
        }

        // One that goes on all the same is suspended at last, for its hub to end.
        if (hub.FaultError is { } fault && hub.MayGoOn())
        {
            return fault;
        }

        if (scope?.Due(hub) is { } due)
        {
            return due.Raise();
        }

        return cancellationToken.IsCancellationRequested ? new OperationCanceledException(cancellationToken) : null;
    }

    /// <summary>Fails every wait that it is in, oldest first.</summary>
    internal bool FailWaits(Func<Exception> error)
    {
        bool any = false;
        while (_oldestWait is { } wait)
        {
            any |= wait.Complete(error());
        }

        return any;
    }

    /// <summary>Fails the waits that are inside a scope whose time is over. Any thread.</summary>
    internal void FailWaitsInside(GreenTimeout scope)
    {
        if (!Hub.IsCurrent)
        {
            FailWaitsInsideLater(scope);
            return;
        }

        for (Wait? wait = _oldestWait, next; wait is not null; wait = next)
        {
            next = wait.NewerWait;
            if (!scope.IsCancelled && wait.IsInside(scope))
            {
                wait.CompleteBy(scope);
            }
        }
    }

    private void FailWaitsInsideLater(GreenTimeout scope) => OnHub(() => FailWaitsInside(scope));

    /// <summary>Fails what a Kill or Throw reaches, oldest first: the waits that no shield keeps from it.</summary>
    private bool FailExposedWaits(Exception error)
    {
        bool any = false;
        for (Wait? wait = _oldestWait, next; wait is not null; wait = next)
        {
            next = wait.NewerWait;
            any |= !wait.IsShielded && wait.Complete(error);
        }

        return any;
    }

    /// <summary>Its hub was dropped, and its waits with it.</summary>
    private void AbandonWaits(Exception reason)
    {
        for (Wait? wait = _oldestWait; wait is not null; wait = wait.NewerWait)
        {
            wait.Abandon(reason);
        }
    }

    /// <summary>Delivers an exception now, or leaves it for the next wait. Hub thread only.</summary>
    private bool Interrupt(Exception error, bool isKill)
    {
        if (IsDead || _trouble is { Pending: not null } or { OnItsWay: not null })
        {
            return false;
        }

        GreenThreadTrouble trouble = Trouble;

        bool delivered = FailExposedWaits(error);
        trouble.OnItsWay = delivered ? error : null;
        if (isKill)
        {
            NoteKill(error);
        }

        if (!delivered)
        {
            trouble.Pending = error;
            if (isKill && trouble.TokenSource is not null)
            {
                // It awaits something foreign, perhaps with this token: a cancellation that carries it is the delivery.
                _watchesDelivery = true;
                KillDelivery.Watch();
            }
        }

        if (isKill)
        {
            CancelToken();
        }

        return true;
    }

    /// <summary>Kills it for a hub that ends. If another exception is on its way already, the Kill follows when that has been delivered.</summary>
    internal void AskToEnd()
    {
        WasAskedToEnd = true;
        var exit = new GreenletExit();
        _mustEnd = !EndUnbegun(exit) && !IsDead && !Interrupt(exit, isKill: true);
    }

    /// <summary>Kills the running greenthread at its next wait, instead of from this call.</summary>
    internal void KillLater() => Interrupt(new GreenletExit(), isKill: true);

    /// <summary>Told that a wait which has failed is about to resume it.</summary>
    internal void Arrived(Exception error)
    {
        if (_trouble is { } trouble && ReferenceEquals(error, trouble.OnItsWay))
        {
            trouble.OnItsWay = null;
        }
    }

    /// <summary>Told of each exception that is thrown in this greenthread while a Kill is on its way to it.</summary>
    internal void SawThrown(Exception thrown)
    {
        if (_watchesDelivery && thrown is OperationCanceledException canceled && IsFromKill(canceled))
        {
            _trouble!.Pending = null;
            UnwatchDelivery();
        }
    }

    private void UnwatchDelivery()
    {
        if (_watchesDelivery)
        {
            _watchesDelivery = false;
            KillDelivery.Unwatch();
        }
    }

    private void NoteKill(Exception error) => Volatile.Write(ref Trouble.KillError, error);

    private bool IsFromKill(OperationCanceledException canceled) =>
        _trouble is { KillError: not null, TokenSource: { } source } && canceled.CancellationToken == source.Token;

    private CancellationToken TokenForBody()
    {
        if (IsDead)
        {
            return new CancellationToken(canceled: WasKilled);
        }

        GreenThreadTrouble trouble = Trouble;
        CancellationTokenSource? source = Volatile.Read(ref trouble.TokenSource);
        if (source is null)
        {
            source = Interlocked.CompareExchange(ref trouble.TokenSource, new CancellationTokenSource(), null) ?? trouble.TokenSource;
        }
        else if (source.IsCancellationRequested && trouble.Pending is null && ReferenceEquals(Current, this))
        {
            // The Kill was delivered, and caught: what follows is not to be cancelled by it.
            source = trouble.TokenSource = new CancellationTokenSource();
        }

        return source.Token;
    }

    private void CancelToken()
    {
        if (_trouble?.TokenSource is { IsCancellationRequested: false } source)
        {
            Hub.CancelInCallback(source);
        }
    }

    private void CompleteSwitch(object? value)
    {
        if (!TrySwitch(value))
        {
            throw new InvalidOperationException("Switch resumes a greenthread that is in SwitchAsync, and this one is not");
        }
    }

    /// <summary>Resumes its SwitchAsync, if it is in one. Hub thread only.</summary>
    internal bool TrySwitch(object? value = null)
    {
        for (Wait? wait = _oldestWait; wait is not null; wait = wait.NewerWait)
        {
            if (wait is SwitchWait switching)
            {
                switching.Resume(value);
                return true;
            }
        }

        return false;
    }

    private void OnHub(Action action)
    {
        if (Hub.IsCurrent)
        {
            action();
        }
        else if (!IsDead)
        {
            Hub.Enqueue(new CallbackItem(action));
        }
    }
}
