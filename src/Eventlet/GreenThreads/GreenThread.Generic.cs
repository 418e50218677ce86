using System.Runtime.CompilerServices;
using Eventlet.Waits;

namespace Eventlet;

/// <summary>A greenthread that ends with a value.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
public class GreenThread<T> : GreenThread
{
    internal GreenThread(Hub hub, Func<Task<T>> body) : base(hub, body, isDetached: false)
    {
    }

    private protected override bool HasValue => true;

    /// <summary>The value of one that has ended well.</summary>
    internal T Value => ((Task<T>)Body!).Result;

    /// <summary>Blocks until it has ended. Outside MAINLOOP only.</summary>
    /// <returns>Its value; what ended it otherwise is thrown, a <see cref="GreenletExit"/> too.</returns>
    public new T Wait()
    {
        Join(Timeout.InfiniteTimeSpan);
        return Value;
    }

    /// <summary>A task that ends as the greenthread does.</summary>
    public new Task<T> AsTask() => GreenThreadTask.Of(this, static green => ((GreenThread<T>)green).Value);

    /// <summary>Makes it awaitable.</summary>
    public new ValueTaskAwaiter<T> GetAwaiter() => ValueAsync().GetAwaiter();

    private ValueTask<T> ValueAsync()
    {
        MarkObserved();
        Hub? hub = Hub.Running;
        if (hub?.CurrentGreen is { } waiter)
        {
            if (waiter.Interruption(hub, default, out GreenTimeout? scope) is { } interruption)
            {
                return ValueTask.FromException<T>(interruption);
            }

            JoinWait<T> join = hub.Rent<JoinWait<T>>();
            join.Target = this;
            Joining.Begin(join, hub, waiter, scope);
            return new ValueTask<T>(join, join.Version);
        }

        GreenTimeout? outer = GreenTimeout.CurrentFor(null);
        if (outer?.Due(Hub) is { } due)
        {
            return ValueTask.FromException<T>(due.Raise());
        }

        if (IsSettled)
        {
            return Failure is { } error ? ValueTask.FromException<T>(error) : new ValueTask<T>(Value);
        }

        var outside = new JoinWait<T> { Target = this };
        outside.Prepare(long.MaxValue, outer, default);
        return Hub.BeginOutside<T>(outside).AsValueTask();
    }
}
