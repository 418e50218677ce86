using System.Net.Sockets;

namespace Eventlet.Backends;

/// <summary>A hub of this library: available if one can be made, and waits.</summary>
internal abstract class BuiltinHubFactory : HubFactory
{
    /// <inheritdoc/>
    public sealed override bool IsAvailable(out string? whyNot)
    {
        try
        {
            using HubBackend backend = Create();
            ReadyEvent none = default;
            _ = backend.Wait(new Span<ReadyEvent>(ref none), TimeSpan.Zero);
            whyNot = null;
            return true;
        }
        catch (HubException e)
        {
            whyNot = e.Message;
        }
        catch (DllNotFoundException e)
        {
            whyNot = Explain(e);
        }
        catch (EntryPointNotFoundException e)
        {
            whyNot = $"this system lacks a call that {Name} needs ({e.Message})";
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            whyNot = $"this system refuses a call that {Name} needs: {e.Message}";
        }

        return false;
    }

    /// <inheritdoc/>
    public sealed override string? Describe()
    {
        if (!IsAvailable(out _))
        {
            return null;
        }

        using HubBackend backend = Create();
        return (backend as BuiltinBackend)?.Details;
    }

    /// <inheritdoc/>
    public sealed override HubBackend Create(HubOptions options) => Create();

    /// <summary>Makes a backend.</summary>
    /// <exception cref="HubException">This system can never have it; the message is the reason.</exception>
    private protected abstract HubBackend Create();

    /// <summary>Why a native library is missing, and the remedy if there is one.</summary>
    private protected virtual string Explain(DllNotFoundException error) => $"this system lacks a call that {Name} needs ({error.Message})";
}
