using System.IO.Pipelines;

namespace Eventlet.AspNetCore.Connections;

/// <summary>The application's side of a connection.</summary>
internal sealed class HubDuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
{
    public PipeReader Input => input;

    public PipeWriter Output => output;
}
