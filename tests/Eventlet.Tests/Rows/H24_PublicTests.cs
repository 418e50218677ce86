using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Eventlet.Tests.Rows;

/// <summary>Row H24: trampoline, internal in the original, is public here, in these very shapes.</summary>
public class H24_PublicTests
{
    [Theory]
    [InlineData(typeof(int))]
    [InlineData(typeof(SafeHandle))]
    [InlineData(typeof(Socket))]
    public void Trampoline_IsPublic_InBothForms_ForEachKindOfDescriptor(Type of)
    {
        Type[] blocking = [of, typeof(bool), typeof(bool), typeof(TimeSpan?), typeof(Func<Exception>), typeof(Action)];
        Assert.Equal(typeof(void), typeof(Hubs).GetMethod("Trampoline", blocking)?.ReturnType);
        Assert.Equal(typeof(ValueTask), typeof(Hubs).GetMethod("TrampolineAsync", [.. blocking, typeof(CancellationToken)])?.ReturnType);
        Assert.True(typeof(Hubs).IsPublic);
    }

    [Theory]
    [InlineData("NotifyClose")]
    [InlineData("NotifyOpened")]
    public void Notifications_ArePublic(string name) => Assert.NotNull(typeof(Hubs).GetMethod(name, [typeof(int)]));
}
