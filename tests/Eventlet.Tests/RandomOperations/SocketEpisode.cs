using Eventlet.Net;
using Eventlet.Tests.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.RandomOperations;

/// <summary>
/// Some connections and a listener, on which one greenthread begins operations at random and interrupts them at random. Every byte tells its place in its stream, so one
/// that is lost, doubled or out of order is seen; every buffer is filled anew at once when its operation has ended, and looked at later, so a late byte is seen; an
/// operation ends by what was done to it and by nothing else; every connection that was made is accepted.
/// </summary>
internal sealed partial class SocketEpisode(int seed, int length)
{
    private const int MostConnections = 8;

    private readonly Random _random = new(seed);
    private readonly List<SocketEnd> _ends = [];
    private readonly List<SocketOperation> _running = [];
    private readonly Dictionary<int, GreenSocket> _clients = [];
    private readonly List<(byte[] Buffer, int From)> _left = [];
    private TestListener _listener = null!;
    private SocketOperation? _accepting;
    private int _greeting;
    private int _serial;

    /// <summary>What went wrong first.</summary>
    internal Exception? Failure { get; private set; }

    /// <summary>What was begun.</summary>
    internal int Operations { get; private set; }

    /// <summary>What ended otherwise than it would have.</summary>
    internal int Interrupted { get; private set; }

    internal async Task PlayAsync()
    {
        _listener = TestListener.Make(_random.Next(2) == 0 ? Transport.IPv4 : Transport.Unix);
        while (Operations < length && Failure is null)
        {
            Step();
            if (_random.Next(3) == 0)
            {
                await GreenThread.SleepAsync();
            }

            if (_random.Next(50) == 0)
            {
                await Turns.PassAsync();
                LookAtOldBuffers();
            }
        }

        await FinishAsync();
        if (Failure is not null)
        {
            throw Failure;
        }
    }

    private void Step()
    {
        int choice = _random.Next(100);
        if (choice < 6)
        {
            Connect();
        }
        else if (choice < 12 || _ends.Count == 0)
        {
            Accept();
        }
        else if (choice < 40)
        {
            Receive(_ends[_random.Next(_ends.Count)]);
        }
        else if (choice < 68)
        {
            Send(_ends[_random.Next(_ends.Count)], isWhole: _random.Next(8) == 0);
        }
        else if (choice < 96)
        {
            Interrupt();
        }
        else if (choice < 98)
        {
            EndStream(_ends[_random.Next(_ends.Count)]);
        }
        else
        {
            Close(_ends[_random.Next(_ends.Count)]);
        }
    }

    private void Interrupt()
    {
        if (_running.Count == 0)
        {
            return;
        }

        SocketOperation one = _running[_random.Next(_running.Count)];
        if (one.Green is { } green && _random.Next(2) == 0)
        {
            one.IsKilled = true;
            green.Kill();
        }
        else
        {
            one.IsCancelled = true;
            one.Source.Cancel();
        }
    }

    private void Close(SocketEnd end)
    {
        end.IsClosed = true;
        _ends.Remove(end);
        end.Socket.Close();
    }

    /// <summary>No more is sent: the other end gets the rest, and then the end of the stream.</summary>
    private static void EndStream(SocketEnd end)
    {
        if (!end.IsWriting && !end.Out.IsEnded && !end.Peer.IsClosed)
        {
            end.Out.IsEnded = true;
            end.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        }
    }

    /// <summary>Two sockets that have found each other.</summary>
    private void Pair(GreenSocket client, GreenSocket accepted)
    {
        var there = new SocketStream(++_serial);
        var back = new SocketStream(++_serial);
        var one = new SocketEnd(client, there, back);
        var other = new SocketEnd(accepted, back, there) { Peer = one };
        one.Peer = other;
        _ends.Add(one);
        _ends.Add(other);
    }

    private void LookAtOldBuffers()
    {
        foreach ((byte[] buffer, int from) in _left)
        {
            Check(buffer.AsSpan(from).IndexOfAnyExcept(SocketOperation.Guard) < 0, "a buffer was written to after its operation had ended");
        }

        _left.Clear();
    }

    private async Task FinishAsync()
    {
        foreach (SocketOperation one in _running.ToArray())
        {
            one.IsKilled = one.Green is not null;
            one.IsCancelled = true;
            one.Source.Cancel();
            one.Green?.Kill();
        }

        await UntilAsync(() => _running.Count == 0 && _greeting == 0);

        // Whoever was connected is in the queue still, or was accepted; an accept that was interrupted has taken none away.
        while (_clients.Count > 0 && Failure is null)
        {
            Accept(forGood: true);
            await UntilAsync(() => _accepting is null && _greeting == 0);
        }

        await Turns.PassAsync();
        LookAtOldBuffers();
        _ends.ForEach(static end => end.Socket.Close());
        foreach (GreenSocket client in _clients.Values)
        {
            client.Close();
        }

        _listener.Dispose();
        Check(Hubs.GetHub().Statistics is { Readers: 0, Writers: 0 }, "somebody still waits");
    }

    private async Task UntilAsync(Func<bool> condition)
    {
        while (!condition() && Failure is null)
        {
            await GreenThread.SleepAsync();
        }
    }

    private void Check(bool condition, string otherwise)
    {
        if (!condition)
        {
            Failure ??= new InvalidOperationException(otherwise);
        }
    }
}
