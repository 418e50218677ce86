using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Eventlet.Tool.Output;

/// <summary>One object on a line of standard output.</summary>
internal static class Json
{
    internal static void Write<T>(T value, JsonTypeInfo<T> shape) => Console.WriteLine(JsonSerializer.Serialize(value, shape));
}
