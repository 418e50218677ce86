using System.Buffers;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;

namespace Eventlet.AspNetCore.Connections;

// What Kestrel and middleware find under a connection.
internal sealed partial class HubConnection : IConnectionIdFeature, IConnectionTransportFeature, IConnectionItemsFeature, IMemoryPoolFeature, IConnectionLifetimeFeature,
    IConnectionEndPointFeature, IConnectionSocketFeature, IHubFeature
{
    private Socket? _view;

    MemoryPool<byte> IMemoryPoolFeature.MemoryPool => _pool;

    Hub IHubFeature.Hub => Hub;

    ApplicationScheduling IHubFeature.ApplicationScheduling => _settings.RunsOnHub ? ApplicationScheduling.Hub : ApplicationScheduling.ThreadPool;

    /// <summary>A view for options and addresses: the descriptor stays the connection's.</summary>
    Socket IConnectionSocketFeature.Socket
    {
        get
        {
            if (_view is null)
            {
                var view = new Socket(new SafeSocketHandle(_socket.SafeHandle.DangerousGetHandle(), ownsHandle: false));
                Interlocked.CompareExchange(ref _view, view, null);
            }

            return _view;
        }
    }
}
