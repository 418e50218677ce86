using System.Runtime.InteropServices;
using Eventlet.Interop;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Rows;

/// <summary>H4: epoll, on Linux; the layouts of the kernel's struct on x86-64 and arm64.</summary>
public sealed class H04_EpollTests : BackendRowTests<EpollHub>
{
    [Theory]
    [InlineData(Architecture.X64, 12, 4)]
    [InlineData(Architecture.Arm64, 16, 8)]
    public void Layout_OfTheKernelsStruct_IsThatOfTheArchitecture(Architecture architecture, int size, int dataOffset)
    {
        Assert.Equal(size, EpollEvent.SizeOn(architecture));
        Assert.Equal(dataOffset, EpollEvent.DataOffsetOn(architecture));
    }

    [Fact]
    public void Names_OfTheHub_AreEpollAndTheOriginalsEpolls()
    {
        HubFactory epoll = Hubs.Builtin[0];
        Assert.Equal(("epoll", "epolls"), (epoll.Name, Assert.Single(epoll.Aliases)));
        Assert.True(epoll.IsAvailable(out _));
    }
}
