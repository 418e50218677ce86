using Eventlet.Backends;
using Eventlet.Interop;

namespace Eventlet.Tests.Backends;

/// <summary>A backend that the conformance suite runs on, as a type parameter.</summary>
public interface IBackendFixture
{
    /// <summary>Makes it; where it is not available, its cases are skipped, or fail if EVENTLET_REQUIRE_HUBS lists it.</summary>
    static abstract HubFactory Factory { get; }
}

/// <summary>Counts descriptors and closes numbers: nothing else may run beside it.</summary>
[CollectionDefinition(nameof(DescriptorTests), DisableParallelization = true)]
public sealed class DescriptorTests;

/// <summary>A built-in backend with other parts than this system would give it.</summary>
internal sealed class MadeFactory(string name, Func<HubBackend> make) : HubFactory
{
    public override string Name => name;

    public override bool IsAvailable(out string? whyNot)
    {
        make().Dispose();
        whyNot = null;
        return true;
    }

    public override HubBackend Create(HubOptions options) => make();
}

public sealed class EpollFixture : IBackendFixture
{
    public static HubFactory Factory => new EpollHubFactory();
}

/// <summary>As on an old kernel: a pipe for a wake-up, and time-outs in milliseconds.</summary>
public sealed class OldEpollFixture : IBackendFixture
{
    public static HubFactory Factory => new MadeFactory("epoll", static () =>
        new EpollBackend<ScriptedEpollCalls>(new ScriptedEpollCalls(new EpollScript { HasPwait2 = false }), PipeWakeup.Open()));
}

public sealed class IoUringFixture : IBackendFixture
{
    public static HubFactory Factory => new IoUringHubFactory();
}

public sealed class PollFixture : IBackendFixture
{
    public static HubFactory Factory => new PollHubFactory();
}

/// <summary>As on macOS: no ppoll, no eventfd.</summary>
public sealed class OldPollFixture : IBackendFixture
{
    public static HubFactory Factory => new MadeFactory("poll", static () => new PollBackend<PosixPollCalls>(wakeup: new LoopbackWakeup()));
}

public sealed class SelectFixture : IBackendFixture
{
    public static HubFactory Factory => new SelectHubFactory();
}

public sealed class PipeSelectFixture : IBackendFixture
{
    public static HubFactory Factory => new MadeFactory("select", static () => new SelectBackend<UnixSelectCalls>(wakeup: PipeWakeup.Open()));
}

public sealed class LibeventFixture : IBackendFixture
{
    public static HubFactory Factory => new LibeventHubFactory();
}

/// <summary>As on macOS.</summary>
public sealed class DarwinKqueueFixture : IBackendFixture
{
    public static HubFactory Factory => new MadeFactory("fake-kqueue", FakeKqueueBackend.Create<Darwin>);
}

/// <summary>As on FreeBSD: entries of twice the size.</summary>
public sealed class FreeBsdKqueueFixture : IBackendFixture
{
    public static HubFactory Factory => new MadeFactory("fake-kqueue", FakeKqueueBackend.Create<FreeBsd>);
}

/// <summary>As where FD_SETSIZE binds the kernel too.</summary>
public sealed class LimitedSelectFixture : IBackendFixture
{
    public static HubFactory Factory => new MadeFactory("select", static () => new SelectBackend<UnixSelectCalls>(maxDescriptor: 1023));
}

/// <summary>The hub of samples/CustomHub, from outside the library.</summary>
public sealed class CustomFixture : IBackendFixture
{
    public static HubFactory Factory => new global::Samples.UvHubFactory();
}

/// <summary>What a test makes the system answer.</summary>
internal sealed class EpollScript
{
    internal bool HasPwait2 = true;
    internal int CreateError;

    /// <summary>Errors for the calls to come, as positive numbers; then the real calls.</summary>
    internal Queue<int> WaitErrors { get; } = [];

    internal Queue<int> ControlErrors { get; } = [];

    /// <summary>The time-out of the last wait without nanoseconds.</summary>
    internal int LastMilliseconds { get; set; }
}

internal readonly unsafe struct ScriptedEpollCalls(EpollScript script) : IEpollCalls
{
    private static LinuxEpollCalls Real => default;

    public int Create() => script.CreateError != 0 ? -script.CreateError : Real.Create();

    public int Control(int epoll, int operation, int fd, byte* @event) =>
        script.ControlErrors.TryDequeue(out int error) && error != 0 ? -error : Real.Control(epoll, operation, fd, @event);

    public int Wait(int epoll, byte* events, int capacity, int milliseconds)
    {
        script.LastMilliseconds = milliseconds;
        return script.WaitErrors.TryDequeue(out int error) ? -error : Real.Wait(epoll, events, capacity, milliseconds);
    }

    public int Wait(int epoll, byte* events, int capacity, in Timespec timeout) =>
        !script.HasPwait2 ? -Errno.ENOSYS
        : script.WaitErrors.TryDequeue(out int error) ? -error
        : Real.Wait(epoll, events, capacity, timeout);
}
