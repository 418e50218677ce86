using System.Runtime.InteropServices;
using Eventlet.Piping;

namespace Eventlet.Processes;

/// <summary>Streams of a child that are no descriptor of ours.</summary>
internal enum ChildStream
{
    /// <summary>This process's.</summary>
    Inherit = -1,

    /// <summary>/dev/null.</summary>
    Null = -2,
}

/// <summary>The descriptors of a child's three streams until it is started, and our ends of those that are pipes.</summary>
internal sealed class ChildStreams : IDisposable
{
    private readonly List<SafeHandle> _childEnds = [];
    private readonly int[] _numbers = new int[3];

    internal ChildStreams(SubprocessOptions options)
    {
        try
        {
            Input = Prepare(0, options.StandardInput);
            Output = Prepare(1, options.StandardOutput);
            Error = Prepare(2, options.StandardError);
        }
        catch
        {
            Dispose();
            DisposePipes();
            throw;
        }
    }

    internal GreenPipe? Input { get; }

    internal GreenPipe? Output { get; }

    internal GreenPipe? Error { get; }

    internal ReadOnlySpan<int> Numbers => _numbers;

    /// <summary>Closes the child's ends: it has its own by now, or was not started.</summary>
    public void Dispose() => _childEnds.ForEach(static end => end.Dispose());

    internal void DisposePipes()
    {
        Input?.Dispose();
        Output?.Dispose();
        Error?.Dispose();
    }

    private GreenPipe? Prepare(int stream, SubprocessRedirect what)
    {
        ArgumentNullException.ThrowIfNull(what);
        if (what == SubprocessRedirect.Pipe)
        {
            // The child's end is a file description of its own, and blocks as programs expect.
            (SafeHandle reader, SafeHandle writer) = PipeCalls.Pair(readerBlocks: stream == 0, writerBlocks: stream != 0);
            (SafeHandle childs, SafeHandle ours) = stream == 0 ? (reader, writer) : (writer, reader);
            Own(stream, childs);
            return new GreenPipe(ours, stream == 0 ? FileAccess.Write : FileAccess.Read, PipeKind.NonBlocking);
        }

        if (what.Handle is { } handle)
        {
            Own(stream, PipeCalls.Duplicate(handle));
        }
        else if (what == SubprocessRedirect.StandardOutput)
        {
            if (stream != 2)
            {
                throw new ArgumentException("only the error stream can be the standard output", nameof(what));
            }

            // Stream 1 is in its place by then.
            _numbers[stream] = 1;
        }
        else
        {
            _numbers[stream] = (int)(what == SubprocessRedirect.Null ? ChildStream.Null : ChildStream.Inherit);
        }

        return null;
    }

    private void Own(int stream, SafeHandle handle)
    {
        _childEnds.Add(handle);
        _numbers[stream] = (int)handle.DangerousGetHandle();
    }
}
