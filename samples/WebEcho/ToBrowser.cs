using System.Text.Json;
using System.Text.Json.Serialization;

namespace Samples;

/// <summary>What the server says; a part that is not there has not changed.</summary>
/// <param name="You">The number of the browser that is told.</param>
/// <param name="Browsers">How many browsers are connected.</param>
/// <param name="From">Who has typed.</param>
/// <param name="Text">All that is in that browser's text field.</param>
/// <param name="Left">Who has left.</param>
/// <param name="Pong">The number of the ping.</param>
public sealed record ToBrowser(int? You = null, int? Browsers = null, int? From = null, string? Text = null, int? Left = null, long? Pong = null)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>As one message of a WebSocket.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Json);
}
