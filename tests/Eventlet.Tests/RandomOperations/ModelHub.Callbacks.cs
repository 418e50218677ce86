namespace Eventlet.Tests.RandomOperations;

// Timers, posts, listeners, closes.
internal sealed partial class ModelHub
{
    internal void Schedule(ModelCall call, long delay)
    {
        call.Timer = new ModelTimer(Now + delay, () => _ready.Enqueue(() =>
        {
            if (!call.IsOver)
            {
                call.IsOver = true;
                if (call.Scheduler is not { IsDead: true })
                {
                    See("timer", call.Number);
                }
            }
        }));
        AddTimer(call.Timer);
    }

    internal void CancelCall(ModelCall call, bool isRemote)
    {
        if (call.IsOver)
        {
            return;
        }

        call.IsOver = true;
        if (isRemote)
        {
            _inbox.Enqueue(() => _timers.Remove(call.Timer!));
        }
        else
        {
            _timers.Remove(call.Timer!);
        }
    }

    internal void Post(int number, bool isRemote) => Submit(isRemote, () => See("post", number));

    /// <summary>The driver's own timer, which resumes it.</summary>
    internal void ScheduleSwitch(ModelGreen green) => AddTimer(new ModelTimer(Now, () => _ready.Enqueue(() => Switch(green, 0, isRemote: false))));

    /// <summary>The running callback throws.</summary>
    internal void Fail(Exception error, ModelListener? listener)
    {
        if (listener is not null)
        {
            RemoveListener(listener);
        }

        See("unhandled", 0, 0, error);
    }

    /// <summary>Adds a listener.</summary>
    /// <returns>False: refused, since somebody waits for that direction.</returns>
    internal static bool AddListener(ModelListener listener)
    {
        if (listener.Channel.Waiter(listener.Direction) is not null)
        {
            return false;
        }

        listener.Channel.SetWaiter(listener.Direction, listener);
        return true;
    }

    internal static void RemoveListener(ModelListener listener)
    {
        if (listener.IsActive)
        {
            listener.IsActive = false;
            listener.Channel.Waiter(listener.Direction) = null;
        }
    }

    /// <summary>A close is announced: everybody who waits for the number is told.</summary>
    internal void AnnounceClose(ModelChannel channel, bool isRemote)
    {
        if (isRemote)
        {
            channel.IsClosing = true;
            _inbox.Enqueue(() =>
            {
                channel.IsClosing = false;
                EndWaiters(channel);
            });
        }
        else
        {
            EndWaiters(channel);
        }
    }

    private void EndWaiters(ModelChannel channel)
    {
        object? reader = channel.Reader, writer = channel.Writer;
        channel.Reader = channel.Writer = null;
        foreach (object? waiter in (object?[])[reader, writer])
        {
            if (waiter is ModelWait wait)
            {
                Complete(wait, Errors.Closed);
                if (wait.MarksClosed)
                {
                    See("marked closed", wait.Green!.Number);
                }
            }
            else if (waiter is ModelListener listener)
            {
                listener.IsActive = false;
                if (listener.MarksClosed)
                {
                    See("marked closed", listener.Number);
                }

                if (listener.ThrowsBack)
                {
                    _ready.Enqueue(() => See("thrown back", listener.Number));
                }
            }
        }
    }
}
