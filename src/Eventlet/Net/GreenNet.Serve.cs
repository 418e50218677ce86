namespace Eventlet.Net;

// Servers.
public static partial class GreenNet
{
    /// <summary>
    /// Serves: each connection gets a greenthread of this thread's hub, and is closed when its handler ends. At the limit it stops accepting until a handler
    /// ends. For want of descriptors or memory it pauses, reports that once and tries again. Any thread.
    /// </summary>
    /// <param name="listener">A listening socket; it stays open.</param>
    /// <param name="handler">Gets the connection. <see cref="StopServe"/> ends the server normally, <see cref="GreenletExit"/> nothing but the handler, any other exception the server.</param>
    /// <param name="concurrency">How many handlers may run at once; at least 1.</param>
    /// <param name="cancellationToken">Ends the server; handlers go on.</param>
    /// <returns>A task that ends with the server.</returns>
    public static Task ServeAsync(GreenSocket listener, Func<GreenSocket, Task> handler, int concurrency = 1000, CancellationToken cancellationToken = default) =>
        ServeAsync(listener, handler, new ServeOptions { Concurrency = concurrency }, cancellationToken);

    /// <inheritdoc cref="ServeAsync(GreenSocket, Func{GreenSocket, Task}, int, CancellationToken)"/>
    /// <param name="options">The limit, and what happens to handlers at the end.</param>
    /// <param name="cancellationToken">Ends the server, which waits for handlers as <see cref="ServeOptions.Drain"/> says.</param>
    public static Task ServeAsync(GreenSocket listener, Func<GreenSocket, Task> handler, ServeOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(listener);
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(options);
        return RunAsync(new ConnectionServer(Hubs.GetHub(), listener, handler, options), cancellationToken);
    }

    /// <summary>As <see cref="ServeAsync(GreenSocket, Func{GreenSocket, Task}, int, CancellationToken)"/>, blocking, for code outside MAINLOOP.</summary>
    /// <param name="listener">A listening socket; it stays open.</param>
    /// <param name="handler">Gets the connection.</param>
    /// <param name="concurrency">How many handlers may run at once; at least 1.</param>
    public static void Serve(GreenSocket listener, Func<GreenSocket, Task> handler, int concurrency = 1000) =>
        Serve(listener, handler, new ServeOptions { Concurrency = concurrency });

    /// <inheritdoc cref="Serve(GreenSocket, Func{GreenSocket, Task}, int)"/>
    /// <param name="options">The limit, and what happens to handlers at the end.</param>
    public static void Serve(GreenSocket listener, Func<GreenSocket, Task> handler, ServeOptions options)
    {
        Blocking.RefuseInMainloop("GreenNet.Serve", "GreenNet.ServeAsync");
        GreenThread server = Hubs.GetHub().Spawn(() => ServeAsync(listener, handler, options));
        try
        {
            server.Wait();
        }
        finally
        {
            server.Kill();
        }
    }

    internal static async Task RunAsync(ConnectionServer server, CancellationToken cancellationToken)
    {
        GreenThread loop = server.Start();
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((GreenThread)state!).Kill(new OperationCanceledException(token)), loop);
        try
        {
            await loop;
        }
        finally
        {
            // A caller that is killed or timed out takes the server with it.
            if (!loop.IsDead)
            {
                loop.Kill();
            }
        }
    }
}
