using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Eventlet.AspNetCore;

/// <summary>
/// With <see cref="ApplicationScheduling.Hub"/>, what Kestrel begins on the thread pool all the same, the requests of HTTP/2, runs as a greenthread of its connection's
/// hub. A request of HTTP/1.1 is there already.
/// </summary>
internal sealed class HubApplicationFilter(HubTransport transport) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => application =>
    {
        if (transport.Settings.RunsOnHub)
        {
            application.Use(BringToHub);
        }

        next(application);
    };

    private RequestDelegate BringToHub(RequestDelegate next) => context =>
    {
        if (GreenThread.Current is not null || context.Features.Get<IHubFeature>() is not { ApplicationScheduling: ApplicationScheduling.Hub } feature)
        {
            return next(context);
        }

        transport.Metrics.OffHubHop();
        return OnHub(feature.Hub, next, context);
    };

    private static Task OnHub(Hub hub, RequestDelegate next, HttpContext context) => hub.InvokeAsync(() => next(context));
}
