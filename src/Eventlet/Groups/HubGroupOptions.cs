namespace Eventlet;

/// <summary>How a <see cref="HubGroup"/> is made.</summary>
public sealed class HubGroupOptions
{
    /// <summary>How many hubs, each with a thread of its own; at least 1. Default: as many as the process may use processors.</summary>
    public int Count
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = Environment.ProcessorCount;

    /// <summary>Which hub, as in <see cref="Hubs.UseHub(string?)"/>. Default: EVENTLET_HUB, else the system's best.</summary>
    public string? Hub { get; init; }

    /// <summary>
    /// Whether each hub's thread is bound to one processor, the first hub to the first that the process may use, and so on round. Linux only. Default: false; the
    /// system's scheduler is the better judge unless the machine is this program's alone.
    /// </summary>
    public bool PinThreads { get; init; }

    /// <summary>The clock and the taker of unhandled errors of each hub. Default: those of <see cref="HubOptions"/>. Threads are named by their number if it names none.</summary>
    public HubOptions? Options { get; init; }
}
