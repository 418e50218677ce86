using System.Text.Json;

namespace Samples;

/// <summary>What a browser says.</summary>
/// <param name="Text">All that is in its text field now.</param>
/// <param name="Ping">A number that it wants back, to measure the round trip.</param>
public sealed record FromBrowser(string? Text = null, long? Ping = null)
{
    /// <summary>Reads one message of a WebSocket.</summary>
    /// <exception cref="JsonException">It is no such message.</exception>
    public static FromBrowser Read(ReadOnlySpan<byte> message) => JsonSerializer.Deserialize<FromBrowser>(message, JsonSerializerOptions.Web) ?? new FromBrowser();
}
