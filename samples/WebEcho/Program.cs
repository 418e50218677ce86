// A page for several browsers: what one types, all see; a graph shows how long each round trip takes.
//
//   dotnet run [--urls http://127.0.0.1:5080] [--HubTransport:Hub io_uring] [--HubTransport:ApplicationScheduling Hub]
//
// The page comes over HTTP, what is typed goes over a WebSocket, and both are served on hubs.
using Samples;

#region on hubs
WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.WebHost.UseHubs();
#endregion
builder.Configuration["urls"] ??= "http://127.0.0.1:5080";
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddSingleton<Room>();

WebApplication app = builder.Build();
app.Use((context, next) =>
{
    // Nothing comes from elsewhere, and the browser makes sure of it.
    context.Response.Headers.ContentSecurityPolicy = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'";
    context.Response.Headers.XContentTypeOptions = "nosniff";
    return next(context);
});
app.UseDefaultFiles();
app.UseStaticFiles();
app.UseWebSockets();
app.MapGet("/ping", () => "pong");
app.Map("/echo", async (HttpContext context, Room room) =>
{
    if (!context.WebSockets.IsWebSocketRequest)
    {
        context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
        return;
    }

    using var socket = await context.WebSockets.AcceptWebSocketAsync();
    await room.WelcomeAsync(socket, app.Lifetime.ApplicationStopping);
});

await app.StartAsync();
Console.WriteLine($"listening on {app.Urls.First()}");
await app.WaitForShutdownAsync();
Console.WriteLine("closed");
