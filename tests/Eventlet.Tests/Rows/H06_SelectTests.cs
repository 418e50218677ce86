using Eventlet.Tests.Support;
using Fds = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Rows;

/// <summary>H6: select, the lowest common denominator, available everywhere; on Linux without a limit of 1024 descriptors.</summary>
public sealed class H06_SelectTests : BackendRowTests<SelectHub>
{
    [Fact]
    public void Trampoline_OfADescriptorBeyondFdSetSize_Works()
    {
        using var open = new Fds();
        int reader = 0;
        int writer = 0;
        while (reader <= 1100)
        {
            (reader, writer) = open.Pipe();
        }

        OnHub(async () =>
        {
            ValueTask waiting = Hubs.TrampolineAsync(reader, read: true);
            await Hubs.TrampolineAsync(writer, write: true);
            Fds.Write(writer);
            await waiting;
        });
        Assert.Equal(8, Fds.Read(reader));
    }

    [Fact]
    public void Names_OfTheHub_AreSelectAndTheOriginalsSelects()
    {
        HubFactory select = Hubs.Builtin.Single(factory => factory.Name == "select");
        Assert.Equal("selects", Assert.Single(select.Aliases));
        Assert.True(select.IsAvailable(out _));
    }
}
