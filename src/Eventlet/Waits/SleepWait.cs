namespace Eventlet.Waits;

/// <summary>A wait that nothing but time ends; without a delay it goes once round the ready queue.</summary>
internal sealed class SleepWait : Wait
{
    /// <summary>Whether only the others' turn is waited for.</summary>
    internal bool IsYield { get; set; }

    private protected override void Arm()
    {
        // On a hub that has failed nobody goes on who has swallowed that so often: it is suspended, and the hub ends.
        if (IsYield && Hub.FaultError is null)
        {
            Complete();
        }
    }

    internal override string Describe() => IsYield ? "lets the others run" : "sleeps";

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<SleepWait>().Return(this);
}
