namespace Eventlet;

/// <summary>A callback that somebody posted to the hub.</summary>
internal sealed class CallbackItem(Action callback) : HubItem
{
    internal override void Run(Hub hub)
    {
        hub.NoteStep(callback);
        hub.EnterCallback();
        callback();
    }
}
