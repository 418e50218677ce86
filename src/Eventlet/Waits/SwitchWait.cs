namespace Eventlet.Waits;

/// <summary>A greenthread that has handed control to MAINLOOP and is resumed by name.</summary>
internal sealed class SwitchWait : Wait<object?>
{
    internal static ValueTask<object?> Start(Hub hub, GreenThread green)
    {
        if (green.Interruption(hub, default, out GreenTimeout? scope) is { } interruption)
        {
            return ValueTask.FromException<object?>(interruption);
        }

        SwitchWait wait = hub.Rent<SwitchWait>();
        wait.Begin(hub, green, long.MaxValue, scope, default);
        return new ValueTask<object?>(wait, wait.Version);
    }

    internal void Resume(object? value)
    {
        Result = value;
        Complete();
    }

    internal override string Describe() => "is in SwitchAsync";

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<SwitchWait>().Return(this);
}
