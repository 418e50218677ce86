using Eventlet.Groups;

namespace Eventlet;

/// <summary>
/// Several hubs, each on a thread of its own, for programs that want more than one processor. Each greenthread stays on the hub where it was spawned;
/// nothing moves between hubs by itself. All members work from any thread.
/// </summary>
public sealed class HubGroup : IDisposable, IAsyncDisposable
{
    private readonly Hub[] _hubs;
    private int _turn;

    /// <summary>Starts the hubs.</summary>
    /// <param name="options">How many, which; null: the defaults.</param>
    /// <exception cref="HubException">A hub cannot be had; those that were started have ended.</exception>
    /// <exception cref="PlatformNotSupportedException">Threads cannot be pinned on this system.</exception>
    public HubGroup(HubGroupOptions? options = null)
    {
        options ??= new HubGroupOptions();
        if (options.PinThreads && !OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("threads can be bound to processors on Linux only: leave PinThreads off");
        }

        var started = new List<Hub>(options.Count);
        try
        {
            int[] processors = options.PinThreads ? Affinity.Allowed() : [];
            for (int i = 0; i < options.Count; i++)
            {
                started.Add(Hub.Start(options.Hub, OptionsOf(options.Options, i)));
                if (options.PinThreads)
                {
                    Pin(started[i], processors[i % processors.Length]);
                }
            }
        }
        catch
        {
            started.ForEach(static hub => hub.Dispose());
            throw;
        }

        _hubs = [.. started];
    }

    /// <summary>The hubs, in the order of their making.</summary>
    public IReadOnlyList<Hub> Hubs => _hubs;

    /// <summary>The hub with the fewest greenthreads; of equals, one after the other in turn. A glance, not a promise: others may spawn at the same time.</summary>
    public Hub LeastBusy
    {
        get
        {
            uint first = (uint)Interlocked.Increment(ref _turn);
            Hub best = _hubs[first % _hubs.Length];
            int fewest = best.GreenThreadCount;
            for (uint i = 1; i < _hubs.Length && fewest > 0; i++)
            {
                Hub hub = _hubs[(first + i) % _hubs.Length];
                int count = hub.GreenThreadCount;
                if (count < fewest)
                {
                    best = hub;
                    fewest = count;
                }
            }

            return best;
        }
    }

    /// <summary>Spawns on <see cref="LeastBusy"/>.</summary>
    /// <param name="body">The greenthread's code.</param>
    /// <exception cref="HubException">The group was disposed.</exception>
    public GreenThread Spawn(Func<Task> body) => LeastBusy.Spawn(body);

    /// <inheritdoc cref="Spawn(Func{Task})"/>
    /// <typeparam name="T">The type of its result.</typeparam>
    public GreenThread<T> Spawn<T>(Func<Task<T>> body) => LeastBusy.Spawn(body);

    /// <summary>Drops all hubs, as <see cref="Hub.Dispose"/> does. Idempotent.</summary>
    public void Dispose() => Array.ForEach(_hubs, static hub => hub.Dispose());

    /// <summary>Ends the greenthreads of all hubs, side by side, and drops the hubs, as <see cref="Hub.DisposeAsync"/> does. Idempotent.</summary>
    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(_hubs.Select(static hub => hub.DisposeAsync().AsTask())).ConfigureAwait(false);

    private static HubOptions OptionsOf(HubOptions? given, int number)
    {
        given ??= new HubOptions();
        return new HubOptions { Clock = given.Clock, OnUnhandled = given.OnUnhandled, ThreadName = $"{given.ThreadName ?? "hub"} {number}" };
    }

    /// <summary>Binds the hub's thread, which is its own for its life, before anybody has work for it.</summary>
    private static void Pin(Hub hub, int processor)
    {
        Exception? failure = null;
        using var done = new ManualResetEventSlim();
        hub.Post(() =>
        {
            try
            {
                Affinity.Bind(processor);
            }
            catch (HubException error)
            {
                failure = error;
            }

            done.Set();
        });
        done.Wait();
        if (failure is not null)
        {
            throw failure;
        }
    }
}
