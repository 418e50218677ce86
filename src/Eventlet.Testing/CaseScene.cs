using System.Globalization;

namespace Eventlet.Testing;

/// <summary>What a case works with, on the case's own thread: descriptors, one backend or a hub, and expectations.</summary>
internal sealed class CaseScene(HubCase running, HubFactory factory) : IDisposable
{
    private readonly TracedFactory _factory = new(factory);
    private readonly List<HubBackend> _backends = [];
    private HubBackend? _backend;
    private BackendCapabilities? _asked;
    private volatile bool _stopped;

    /// <summary>Descriptors, closed with the scene.</summary>
    internal TestDescriptors Fds { get; } = new();

    /// <summary>The factory under test.</summary>
    internal TracedFactory Factory => _factory;

    /// <summary>The backend under test, made when it is first asked for.</summary>
    internal HubBackend Backend => _backend ??= NewBackend();

    internal BackendCapabilities Capabilities => Backend.Capabilities;

    /// <summary>The capabilities of a backend that was made to be asked, and plays no other part.</summary>
    private BackendCapabilities Asked
    {
        get
        {
            if (_asked is null)
            {
                using HubBackend asked = factory.Create(new HubOptions());
                _asked = asked.Capabilities;
            }

            return _asked.Value;
        }
    }

    /// <summary>What the backend is doing. Any thread.</summary>
    internal string Doing => _factory.Doing;

    public void Dispose()
    {
        _backends.ForEach(static backend => backend.Dispose());
        Fds.Dispose();
    }

    /// <summary>A further backend, disposed with the scene at the latest.</summary>
    internal HubBackend NewBackend()
    {
        HubBackend made = _factory.Create(new HubOptions());
        _backends.Add(made);
        return made;
    }

    /// <summary>Moves a descriptor to a number that nobody else takes, within the backend's limit.</summary>
    internal int High(int fd) => Fds.MoveHigh(fd, TestDescriptors.NextHigh(Asked.MaxDescriptor));

    /// <summary>Why the case does not apply, from the capabilities of a backend.</summary>
    internal string? WhyNot()
    {
        if (!running.HasNeeds)
        {
            return null;
        }

        return running.WhyNot(Asked);
    }

    /// <summary>Makes the case end soon, if it can. Any thread.</summary>
    internal void Stop()
    {
        _stopped = true;
        _factory.WakeAll();
    }

    /// <summary>Fails the case.</summary>
    internal HubConformanceException Failure(string seen) => new(running, factory.Name, seen);

    /// <summary>Fails the case unless <paramref name="holds"/>.</summary>
    internal void Hold(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw Failure(otherwise);
        }
    }

    /// <summary>What is ready now.</summary>
    internal List<ReadyEvent> Now(int room = 64) => Collect(TimeSpan.Zero, room);

    /// <summary>What becomes ready; blocks until then. An interrupted wait may return nothing.</summary>
    internal List<ReadyEvent> Soon(int room = 64)
    {
        for (; ; )
        {
            List<ReadyEvent> events = Collect(Timeout.InfiniteTimeSpan, room);
            if (events.Count > 0)
            {
                return events;
            }

            if (_stopped)
            {
                throw Failure("no event came");
            }
        }
    }

    internal List<ReadyEvent> Collect(TimeSpan timeout, int room = 64)
    {
        var ready = new ReadyEvent[room];
        int count = Backend.Wait(ready, timeout);
        Hold(count >= 0 && count <= room, $"Wait returned {count}, with room for {room}");
        return [.. ready.AsSpan(0, count)];
    }

    /// <summary>Nothing is ready now.</summary>
    internal void ExpectNothing(string when)
    {
        List<ReadyEvent> seen = Now();
        Hold(seen.Count == 0, $"{Show(seen)} came {when}");
    }

    /// <summary>Exactly this comes of one descriptor, in one event or several.</summary>
    internal void Expect(ulong token, Readiness what, string when)
    {
        Readiness seen = Gather(token, what, when);
        Hold(seen == what, $"{seen} came {when}, instead of {what}");
    }

    /// <summary>Waits until each of these was reported, and returns all that was.</summary>
    internal Readiness Gather(ulong token, Readiness all, string when) => Gather(token, seen => (seen & all) == all, when);

    /// <summary>Waits until enough was reported of a descriptor, and of no other.</summary>
    internal Readiness Gather(ulong token, Func<Readiness, bool> isEnough, string when)
    {
        Readiness seen = Readiness.None;
        while (!isEnough(seen))
        {
            foreach (ReadyEvent ready in Soon())
            {
                Hold(ready.Token == token, $"the event {Show([ready])} came {when}, where only token {token} is watched");
                seen |= ready.What;
            }
        }

        return seen;
    }

    /// <summary>This exception, or one derived from it, comes.</summary>
    internal TException Throws<TException>(Action action, string when) where TException : Exception
    {
        try
        {
            action();
        }
        catch (TException expected)
        {
            return expected;
        }
        catch (Exception other)
        {
            throw new HubConformanceException(running, factory.Name, $"{other.GetType().Name} came {when}, instead of {typeof(TException).Name}: {other.Message}", other);
        }

        throw Failure($"no {typeof(TException).Name} came {when}");
    }

    /// <summary>Runs greenthreads on a hub of the kind under test, which this thread owns.</summary>
    internal void OnHub(Func<Hub, Task> body) => OnOwner(hub => hub.Run(() => body(hub)));

    /// <summary>Runs plain code on this thread, which owns a hub of the kind under test. Afterwards every backend that was made must be gone.</summary>
    internal void OnOwner(Action<Hub> body)
    {
        Hubs.UseHub(_factory);
        using (Hub hub = Hubs.GetHub())
        {
            body(hub);
        }

        Hold(_factory.Alive == 0, $"{_factory.Alive} of {_factory.Made} backends were not disposed with their hub");
    }

    internal static string Show(IReadOnlyList<ReadyEvent> events) => events.Count == 0
        ? "nothing"
        : string.Join(", ", events.Take(8).Select(ready => string.Create(CultureInfo.InvariantCulture, $"({ready.Token}: {ready.What})"))) + (events.Count > 8 ? $" and {events.Count - 8} more" : "");
}
