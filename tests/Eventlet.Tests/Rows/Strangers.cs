namespace Eventlet.Tests.Rows;

/// <summary>A hub from outside the library: poll under another name.</summary>
public class StrangersBackend : HubBackend
{
    private readonly HubBackend _inner = Hubs.Builtin.Single(factory => factory.Name == "poll").Create(new HubOptions());

    public override string Name => "strangers";

    public override BackendCapabilities Capabilities => _inner.Capabilities;

    public override void Register(int fd, Interest interest, ulong token) => _inner.Register(fd, interest, token);

    public override void Modify(int fd, Interest interest, ulong token) => _inner.Modify(fd, interest, token);

    public override void Unregister(int fd) => _inner.Unregister(fd);

    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout) => _inner.Wait(ready, timeout);

    public override void Wake() => _inner.Wake();

    public override void Dispose()
    {
        _inner.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>Cannot be made here.</summary>
public sealed class ImpossibleBackend : StrangersBackend
{
    public ImpossibleBackend()
    {
        Dispose();
        throw new PlatformNotSupportedException("no such multiplexer here");
    }
}

/// <summary>Makes <see cref="StrangersBackend"/>s, and counts them.</summary>
public class StrangersFactory : HubFactory
{
    public int Made { get; private set; }

    public Thread? MadeOn { get; private set; }

    public override string Name => "Strangers-Factory";

    public override IReadOnlyList<string> Aliases => ["sf"];

    public override bool IsAvailable(out string? whyNot)
    {
        whyNot = null;
        return true;
    }

    public override HubBackend Create(HubOptions options)
    {
        Made++;
        MadeOn = Thread.CurrentThread;
        return new StrangersBackend();
    }
}

/// <summary>Says that it cannot be had.</summary>
public sealed class UnavailableFactory : StrangersFactory
{
    public override string Name => "unavailable";

    public override IReadOnlyList<string> Aliases => [];

    public override bool IsAvailable(out string? whyNot)
    {
        whyNot = "install libunavailable";
        return false;
    }
}

/// <summary>Cannot be made by its type alone.</summary>
public sealed class BackendWithAnArgument(string argument) : StrangersBackend
{
    public override string Name => argument;
}

/// <summary>Cannot be made at all.</summary>
public abstract class BackendOfNoKind : StrangersBackend;

/// <summary>Cannot be made by its type alone.</summary>
public sealed class FactoryWithAnArgument(string argument) : StrangersFactory
{
    public override string Name => argument;
}

/// <summary>Does not say whether it can be had.</summary>
public sealed class FactoryWhoseProbeFails : StrangersFactory
{
    public override bool IsAvailable(out string? whyNot) => throw new InvalidOperationException("no idea");
}
