using System.Net.Security;
using System.Security.Authentication;

namespace Eventlet.Net;

// TLS: the platform's SslStream on a green socket.
public static partial class GreenNet
{
    private static readonly TimeSpan s_handshakeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Makes a connection a TLS client's: an <see cref="SslStream"/> on the socket, the handshake done. Reads, writes and the handshake wait on the hub.
    /// <see cref="SslStream.ShutdownAsync"/> ends the own half (close_notify); the other half can still be read. Any thread.
    /// </summary>
    /// <param name="socket">A connected socket. From here on it is the stream's, which closes it, also if the handshake fails.</param>
    /// <param name="options">The name of the server, certificates, protocols (ALPN) and checks.</param>
    /// <param name="handshakeTimeout">The limit of the handshake, so that a silent peer holds nothing for ever; null: 10 s; <see cref="Timeout.InfiniteTimeSpan"/>: none.</param>
    /// <param name="cancellationToken">Gives the handshake up.</param>
    /// <exception cref="AuthenticationException">The peers do not agree, or do not trust each other.</exception>
    /// <exception cref="IOException">The connection ended or broke.</exception>
    /// <exception cref="GreenTimeoutException">The handshake took too long.</exception>
    public static ValueTask<SslStream> WrapSslAsync(
        GreenSocket socket, SslClientAuthenticationOptions options, TimeSpan? handshakeTimeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(options);
        return HandshakeAsync(socket, stream => stream.AuthenticateAsClientAsync(options, cancellationToken), handshakeTimeout ?? s_handshakeTimeout);
    }

    /// <summary>Makes a connection a TLS server's, else as <see cref="WrapSslAsync(GreenSocket, SslClientAuthenticationOptions, TimeSpan?, CancellationToken)"/>. Any thread.</summary>
    /// <param name="socket">A connected socket, as a listener has accepted it. From here on it is the stream's, which closes it, also if the handshake fails.</param>
    /// <param name="options">The server's certificate, protocols (ALPN), whether clients must have a certificate.</param>
    /// <param name="handshakeTimeout">The limit of the handshake; null: 10 s; <see cref="Timeout.InfiniteTimeSpan"/>: none.</param>
    /// <param name="cancellationToken">Gives the handshake up.</param>
    /// <exception cref="AuthenticationException">The peers do not agree, or do not trust each other.</exception>
    /// <exception cref="IOException">The connection ended or broke.</exception>
    /// <exception cref="GreenTimeoutException">The handshake took too long.</exception>
    public static ValueTask<SslStream> WrapSslAsync(
        GreenSocket socket, SslServerAuthenticationOptions options, TimeSpan? handshakeTimeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(options);
        return HandshakeAsync(socket, stream => stream.AuthenticateAsServerAsync(options, cancellationToken), handshakeTimeout ?? s_handshakeTimeout);
    }

    private static async ValueTask<SslStream> HandshakeAsync(GreenSocket socket, Func<SslStream, Task> handshake, TimeSpan limit)
    {
        var stream = new SslStream(socket.GetStream(), leaveInnerStreamOpen: false);
        using var scope = new GreenTimeout(limit == Timeout.InfiniteTimeSpan ? null : limit,
            () => new GreenTimeoutException($"the TLS handshake was not done within {limit.TotalSeconds:0.###} s"));
        try
        {
            await handshake(stream).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            // Not DisposeAsync, which might wait for the peer.
            socket.Close();
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
