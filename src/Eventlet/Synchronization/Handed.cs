namespace Eventlet.Synchronization;

/// <summary>A wait that was decided behind a gate, and is to be told so after the gate was left: on its own hub here, on any other through that hub's inbox.</summary>
internal readonly struct Handed<T>(LineWait<T>? wait, short version)
{
    internal void Deliver()
    {
        if (wait is null)
        {
            return;
        }

        if (wait.Hub.IsCurrent)
        {
            wait.Arrive(version);
        }
        else
        {
            wait.Hub.Enqueue(new Arrival(wait, version));
        }
    }

    private sealed class Arrival(LineWait<T> wait, short version) : HubItem
    {
        internal override void Run(Hub hub) => wait.Arrive(version);

        internal override void Abandon(Exception reason) => wait.AbandonIf(version, reason);
    }
}
