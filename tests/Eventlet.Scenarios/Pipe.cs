using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;

namespace Eventlet.Scenarios;

/// <summary>A pipe of the system, whose reading end can be waited for.</summary>
internal sealed class Pipe : IDisposable
{
    private readonly AnonymousPipeServerStream _reader = new(PipeDirection.In);
    private readonly AnonymousPipeClientStream _writer;

    internal Pipe() => _writer = new AnonymousPipeClientStream(PipeDirection.Out, _reader.ClientSafePipeHandle);

    internal SafePipeHandle Reader => _reader.SafePipeHandle;

    internal void Write() => _writer.WriteByte(1);

    public void Dispose()
    {
        _reader.Dispose();
        _writer.Dispose();
    }
}
