namespace Eventlet.Diagnostics;

/// <summary>A dump of a hub that somebody on another thread has asked for.</summary>
internal sealed class DumpItem : HubItem
{
    private readonly TaskCompletionSource<string> _text = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Task<string> Text => _text.Task;

    internal override void Run(Hub hub) => _text.TrySetResult(hub.Debug.Dump());

    internal override void Abandon(Exception reason) => _text.TrySetException(reason);
}
