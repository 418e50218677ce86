namespace Eventlet;

/// <summary>What a hub holds and has done, at one moment.</summary>
public sealed record HubStatistics
{
    /// <summary>Who waits to read a descriptor.</summary>
    public int Readers { get; init; }

    /// <summary>Who waits to write a descriptor.</summary>
    public int Writers { get; init; }

    /// <summary>Armed timers, those of sleeps and time-outs included.</summary>
    public int Timers { get; init; }

    /// <summary>Greenthreads that have not ended.</summary>
    public int GreenThreads { get; init; }

    /// <summary>What is ready to run.</summary>
    public int Ready { get; init; }

    /// <summary>Turns of MAINLOOP so far.</summary>
    public long Turns { get; init; }

    /// <summary>How often the backend was asked so far.</summary>
    public long Polls { get; init; }

    /// <summary>Events that the backend has reported so far.</summary>
    public long Events { get; init; }
}
