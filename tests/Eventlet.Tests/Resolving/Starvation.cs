using System.Net.Sockets;
using System.Runtime.InteropServices;
using Eventlet.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Eventlet.Tests.Resolving;

/// <summary>While it lasts this process gets no descriptor more; those that it has stay within the limit.</summary>
internal sealed unsafe partial class Starvation : IDisposable
{
    private const int RLIMIT_NOFILE = 7;

    private readonly (ulong Soft, ulong Hard) _limit;
    private readonly List<SafeFileHandle> _eaten = [];

    internal Starvation()
    {
        // What will be thrown is loaded now: to load an assembly takes a descriptor.
        _ = new SocketException((int)SocketError.TooManyOpenSockets).Message;
        (ulong Soft, ulong Hard) limit;
        Assert.Equal(0, getrlimit(RLIMIT_NOFILE, &limit));
        _limit = limit;
        limit.Soft = (ulong)Support.Descriptors.List()[^1].Number + 1;
        Assert.Equal(0, setrlimit(RLIMIT_NOFILE, &limit));
        try
        {
            while (true)
            {
                _eaten.Add(File.OpenHandle("/dev/null"));
            }
        }
        catch (IOException)
        {
            // There are no more.
        }
    }

    public void Dispose()
    {
        (ulong Soft, ulong Hard) limit = _limit;
        _eaten.ForEach(static handle => handle.Dispose());
        Assert.Equal(0, setrlimit(RLIMIT_NOFILE, &limit));
    }

    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, (ulong Soft, ulong Hard)* limit);

    [LibraryImport("libc")]
    private static partial int setrlimit(int resource, (ulong Soft, ulong Hard)* limit);
}
