namespace Eventlet.Bench.Micro;

/// <summary>That what was measured was also done.</summary>
internal static class Check
{
    internal static void That(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new InvalidOperationException(otherwise);
        }
    }
}
