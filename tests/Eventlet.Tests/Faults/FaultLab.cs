using Eventlet.Net;
using Eventlet.Tests.Net;
using Eventlet.Tests.Support;
using Fds = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Faults;

/// <summary>A hub whose system can be made to fail, and witnesses on other descriptors and timers of it, who must notice nothing.</summary>
internal sealed class FaultLab(string hubName) : IDisposable
{
    private const int CrowdSize = 8;
    private const int Always = 1_000;

    private readonly int[] _progress = new int[3];
    private readonly List<GreenThread> _witnesses = [];
    private readonly List<Exception> _errors = [];
    private Pair? _pair;
    private int _pipe;

    internal string HubName => hubName;

    internal MischiefFactory Factory { get; } = new(hubName);

    internal FaultScript Script { get; } = new();

    internal Fds Open { get; } = new();

    /// <summary>How often something was made to go wrong; drivers that do it by other means count themselves.</summary>
    internal int Fired => Script.Fired + Factory.Invented + Factory.Shuffled + Factory.FailedWaits + Counted;

    internal int Counted { get; set; }

    /// <summary>What the witnesses got.</summary>
    internal IReadOnlyList<Exception> WitnessErrors => _errors;

    /// <summary>Starts one that trampolines, one that receives and one that sleeps.</summary>
    internal async Task StartWitnessesAsync()
    {
        (int reader, _pipe) = Open.Pipe();
        _pair = await Pair.MakeAsync();
        Witness(async () =>
        {
            await Hubs.TrampolineAsync(reader, read: true);
            return Fds.Read(reader, 1) == 1 ? 1 : 0;
        }, 0);
        byte[] buffer = new byte[8];
        Witness(async () => await _pair.Server.ReceiveAsync(buffer), 1);
        Witness(async () =>
        {
            await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
            return 1;
        }, 2);
        await Turns.PassAsync();
    }

    /// <summary>Returns when each witness has got on, and fails if one got an error.</summary>
    internal async Task WitnessesGoOnAsync()
    {
        int[] before = [.. _progress];
        Fds.Write(_pipe, 1);
        await _pair!.Client.SendAllAsync(new byte[] { 1 });
        while (_errors.Count == 0 && _progress.Zip(before).Any(p => p.First <= p.Second))
        {
            await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
        }

        Assert.Empty(_errors);
    }

    internal async Task StopWitnessesAsync()
    {
        foreach (GreenThread witness in _witnesses)
        {
            witness.Kill();
            await witness;
        }
    }

    /// <summary>Makes a crowd of others ready in one batch, together with what <paramref name="ready"/> makes ready; each must be resumed once.</summary>
    internal async Task CrowdAsync(Func<Task> ready)
    {
        int[] fds = [.. Enumerable.Range(0, CrowdSize).Select(_ => Open.Eventfd())];
        int resumed = 0;
        GreenThread[] crowd = [.. fds.Select(fd => GreenThread.Spawn(async () =>
        {
            await Hubs.TrampolineAsync(fd, read: true);
            resumed++;
        }))];
        await Turns.PassAsync();
        Factory.Shuffler = new Random(hubName.Length);
        Array.ForEach(fds, fd => Fds.Write(fd));
        await ready();
        foreach (GreenThread one in crowd)
        {
            await one;
        }

        Factory.Shuffler = null;
        Assert.Equal(CrowdSize, resumed);
        Assert.True(Factory.Shuffled > 0, "no wait had several events");
    }

    /// <summary>The call by which a hub learns at the registration whether a descriptor can be watched.</summary>
    internal static SystemCall Registration(string hub) => hub switch
    {
        "epoll" => SystemCall.EpollAdd,
        "io_uring" => SystemCall.GetFileFlags,
        _ => SystemCall.GetDescriptorFlags,
    };

    /// <summary>
    /// Has the hub's own wait fail. libevent makes its system calls itself: there what comes of it fails. io_uring makes the same call to take something back, where a
    /// failure is told by the next wait: if no number is told it fails for good.
    /// </summary>
    internal void FailWait(int errno, int? times = null)
    {
        if (hubName != "libevent")
        {
            Script.Fail(SystemCall.Wait, errno, times: times ?? (hubName == "io_uring" ? Always : 1));
            return;
        }

        for (int i = 0; i < (times ?? 1); i++)
        {
            Factory.WaitErrors.Enqueue(errno);
        }
    }

    internal static int Fd(GreenSocket socket) => (int)socket.Handle.DangerousGetHandle();

    public void Dispose()
    {
        Script.Dispose();
        _pair?.Dispose();
        Open.Dispose();
    }

    private void Witness(Func<Task<int>> step, int index) => _witnesses.Add(GreenThread.Spawn(async () =>
    {
        try
        {
            while (true)
            {
                _progress[index] += await step();
            }
        }
        catch (Exception error) when (error is not GreenletExit)
        {
            _errors.Add(error);
        }
    }));
}
