using System.Net;

namespace Eventlet.Tool.Measuring;

/// <summary>What a client does.</summary>
/// <param name="Target">The echo server.</param>
/// <param name="Connections">How many, each with one message under way.</param>
/// <param name="Size">Of a message, in bytes.</param>
/// <param name="Window">How long is measured, after a short warm-up of the same load.</param>
internal sealed record LoadSettings(IPEndPoint Target, int Connections, int Size, TimeSpan Window);
