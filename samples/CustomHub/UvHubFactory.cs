using Eventlet;

namespace Samples;

/// <summary>What <c>Hubs.UseHub</c> and <c>Hubs.Register</c> take.</summary>
public sealed class UvHubFactory : HubFactory
{
    public override string Name => "libuv";

    public override IReadOnlyList<string> Aliases => ["uv"];

    public override bool IsAvailable(out string? whyNot)
    {
        try
        {
            new UvBackend().Dispose();
            whyNot = null;
            return true;
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException or IOException)
        {
            whyNot = $"it needs libuv 1.x: on Debian, apt-get install libuv1 ({error.Message})";
            return false;
        }
    }

    public override HubBackend Create(HubOptions options) => new UvBackend();
}
