namespace Eventlet.Descriptors;

/// <summary>An operation that the backend does from its beginning to its end, and that waits for no direction of a descriptor.</summary>
internal interface IWholeOperation
{
    /// <summary>A backend is there, or there again: what is left of the operation is handed to it. Never throws.</summary>
    void Submit(ICompletions completions);

    /// <summary>The backend goes: the operation is taken back.</summary>
    void OnDetached();
}
