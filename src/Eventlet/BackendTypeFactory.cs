namespace Eventlet;

/// <summary>A hub that was chosen by the type of its backend.</summary>
internal sealed class BackendTypeFactory(string typeName, Func<HubBackend> create) : HubFactory
{
    private string? _name;

    /// <summary>The backend's own name, once one was made.</summary>
    public override string Name => _name ?? typeName;

    public override bool IsAvailable(out string? whyNot)
    {
        try
        {
            using HubBackend backend = create();
            _name = backend.Name;
            whyNot = null;
            return true;
        }
        catch (Exception error)
        {
            // Whatever a stranger's constructor throws is the reason why it cannot be had.
            whyNot = (error.InnerException ?? error).Message;
            return false;
        }
    }

    public override HubBackend Create(HubOptions options) => create();
}
