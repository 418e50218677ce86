using System.Runtime.InteropServices;

namespace Eventlet;

/// <summary>What a child process gets as one of its standard streams.</summary>
public sealed class SubprocessRedirect
{
    private SubprocessRedirect()
    {
    }

    /// <summary>A pipe whose other end is a <see cref="GreenPipe"/> of the <see cref="GreenSubprocess"/>.</summary>
    public static SubprocessRedirect Pipe { get; } = new();

    /// <summary>The stream of this process.</summary>
    public static SubprocessRedirect Inherit { get; } = new();

    /// <summary>/dev/null: reads the end at once, forgets what is written.</summary>
    public static SubprocessRedirect Null { get; } = new();

    /// <summary>The child's standard output; for its error stream only.</summary>
    public static SubprocessRedirect StandardOutput { get; } = new();

    internal SafeHandle? Handle { get; private init; }

    /// <summary>An open descriptor: a file, for instance, or the end of a pipe. It stays the caller's, who may close it once the child was started.</summary>
    /// <param name="handle">Blocking mode is shared with the child: most programs want a descriptor that blocks, so not the one of a <see cref="GreenPipe"/>.</param>
    public static SubprocessRedirect To(SafeHandle handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        return new SubprocessRedirect { Handle = handle };
    }
}
