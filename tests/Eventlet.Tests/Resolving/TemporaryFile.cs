namespace Eventlet.Tests.Resolving;

/// <summary>A file of a test.</summary>
internal sealed class TemporaryFile : IDisposable
{
    internal TemporaryFile(string text) => Write(text);

    internal string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"eventlet-{Guid.NewGuid():N}");

    internal void Write(string text) => File.WriteAllText(Path, text);

    public void Dispose() => File.Delete(Path);
}
