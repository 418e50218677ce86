using System.Net.WebSockets;

namespace Samples;

/// <summary>What is behind the gateway: a server that tells its name.</summary>
internal static class Backend
{
    internal static WebApplication Create(string name, string[] args)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
        builder.WebHost.UseHubs();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        WebApplication app = builder.Build();
        app.UseWebSockets();
        app.MapGet("/alive", static () => "yes");
        app.MapGet("/who", () => name);
        app.MapGet("/ticks", TickAsync);
        app.MapPost("/echo", EchoBodyAsync);
        app.Map("/socket", EchoAsync);
        return app;
    }

    /// <summary>What was sent, when all of it is there: an HTTP/1.1 client reads no answer before that.</summary>
    private static async Task EchoBodyAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        await context.Response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length), context.RequestAborted);
    }

    /// <summary>A line ten times a second, for as long as somebody listens.</summary>
    private static async Task TickAsync(HttpContext context)
    {
        context.Response.ContentType = "text/plain";
        try
        {
            for (int i = 0; ; i++)
            {
                await context.Response.WriteAsync($"{i}\n", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(100, context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("nobody listens any more");
        }
    }

    private static async Task EchoAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return;
        }

        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[16 * 1024];
        ValueWebSocketReceiveResult part;
        while ((part = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted)).MessageType != WebSocketMessageType.Close)
        {
            await socket.SendAsync(buffer.AsMemory(0, part.Count), part.MessageType, part.EndOfMessage, context.RequestAborted);
        }

        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
    }
}
