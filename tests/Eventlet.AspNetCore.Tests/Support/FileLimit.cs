using System.Runtime.InteropServices;

namespace Eventlet.Tests.Support;

/// <summary>How many descriptors this process may have: getrlimit(2), RLIMIT_NOFILE.</summary>
internal readonly partial record struct FileLimit(nuint Current, nuint Most)
{
    private const int NumberOfFiles = 7;

    internal static FileLimit Now
    {
        get
        {
            nuint[] both = new nuint[2];
            Assert.Equal(0, getrlimit(NumberOfFiles, both));
            return new FileLimit(both[0], both[1]);
        }
    }

    internal void Set() => Assert.Equal(0, setrlimit(NumberOfFiles, [Current, Most]));

    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, [In, Out] nuint[] limit);

    [LibraryImport("libc")]
    private static partial int setrlimit(int resource, nuint[] limit);
}
