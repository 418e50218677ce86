using Orleans.Placement;
using Orleans.Runtime;

namespace Samples;

/// <summary>Anywhere in the cluster.</summary>
[RandomPlacement]
public sealed class Place(ILocalSiloDetails silo) : Grain, IPlace
{
    /// <inheritdoc/>
    public Task<string> Where() => Task.FromResult(silo.Name);

    /// <inheritdoc/>
    public async Task<string[]> Visit(int[] rest) => rest is [var next, .. var others] ? [silo.Name, .. await GrainFactory.GetGrain<IPlace>(next).Visit(others)] : [silo.Name];
}
