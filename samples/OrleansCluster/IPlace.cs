namespace Samples;

/// <summary>A grain that knows where it is.</summary>
public interface IPlace : IGrainWithIntegerKey
{
    /// <summary>The name of the silo that it is on.</summary>
    Task<string> Where();

    /// <summary>Calls the grains of <paramref name="rest"/>, each of which calls the next.</summary>
    /// <returns>The silo of each, its own first.</returns>
    Task<string[]> Visit(int[] rest);
}
