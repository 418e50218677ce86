using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Eventlet.Net;

namespace Eventlet.Tool.Measuring;

/// <summary>
/// A client with many connections in ping-pong, each a greenthread, all on one hub. Every byte of every reply is compared with what
/// was sent, and messages differ from connection to connection and from round trip to round trip.
/// </summary>
internal sealed class Load(LoadSettings settings)
{
    /// <summary>How long a reply that is outstanding at the end may take.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_longestWarmUp = TimeSpan.FromSeconds(0.5);

    private readonly Histogram _times = new();
    private readonly Stopwatch _clock = new();
    private bool _isOver;
    private int _errors;
    private string? _firstError;

    /// <summary>Round trips since the window began. Any thread.</summary>
    internal long RoundTrips => _times.Count;

    /// <summary>How long it has been measuring. Any thread.</summary>
    internal TimeSpan Elapsed => _clock.Elapsed;

    /// <summary>How long it will have measured.</summary>
    internal TimeSpan Window => settings.Window;

    /// <summary>Connections that have failed. Any thread.</summary>
    internal int Errors => Volatile.Read(ref _errors);

    /// <summary>The body of a greenthread of the client's hub.</summary>
    internal async Task<LoadFigures> RunAsync()
    {
        var sockets = new List<GreenSocket>(settings.Connections);
        try
        {
            // One after the other: a server's queue need not hold them all.
            while (sockets.Count < settings.Connections)
            {
                sockets.Add(await ConnectAsync());
            }

            GreenThread[] talks = [.. sockets.Select((socket, index) => GreenThread.Spawn(() => TalkAsync(socket, (ulong)index)))];
            Task all = Task.WhenAll(talks.Select(talk => talk.AsTask()));
            await UntilAsync(all, settings.Window / 5 < s_longestWarmUp ? settings.Window / 5 : s_longestWarmUp);
            LoadFigures figures = await MeasureAsync(all);
            _isOver = true;
            await EndAsync(talks, all);
            return figures with { Errors = _errors, FirstError = _firstError };
        }
        finally
        {
            sockets.ForEach(socket => socket.Close());
        }
    }

    private async Task<LoadFigures> MeasureAsync(Task all)
    {
        _times.Clear();
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        _clock.Start();
        await UntilAsync(all, settings.Window);
        _clock.Stop();
        return new LoadFigures(_clock.Elapsed, _times.Count, Stopwatch.GetElapsedTime(0, _times.Percentile(0.5)),
            Stopwatch.GetElapsedTime(0, _times.Percentile(0.99)), Environment.CpuUsage.TotalTime - cpu, 0, null);
    }

    private async Task<GreenSocket> ConnectAsync()
    {
        try
        {
            GreenSocket socket = await GreenNet.ConnectAsync(settings.Target);
            socket.NoDelay = true;
            return socket;
        }
        catch (SocketException error)
        {
            throw new IOException($"cannot connect to {settings.Target}: {error.Message}", error);
        }
    }

    /// <summary>Waits, but not longer than there is anybody talking.</summary>
    private static async Task UntilAsync(Task all, TimeSpan delay)
    {
        using var ended = new CancellationTokenSource();
        Task sleep = GreenThread.SleepAsync(delay, ended.Token).AsTask();
        await Task.WhenAny(sleep, all);
        await ended.CancelAsync();
    }

    private async Task EndAsync(GreenThread[] talks, Task all)
    {
        await UntilAsync(all, s_patience);
        foreach (GreenThread talk in talks.Where(talk => !talk.IsDead))
        {
            Fail("a reply has not come");
            talk.Kill();
        }
    }

    private async Task TalkAsync(GreenSocket socket, ulong connection)
    {
        byte[] sent = new byte[settings.Size];
        byte[] received = new byte[settings.Size];
        try
        {
            for (ulong trip = 0; !_isOver; trip++)
            {
                Fill(sent, connection, trip);
                long start = Stopwatch.GetTimestamp();

                // A message that exceeds all buffers is sent while its reply is received.
                ValueTask sending = socket.SendAllAsync(sent);
                for (int count = 0; count < received.Length;)
                {
                    int more = await socket.ReceiveAsync(received.AsMemory(count));
                    if (more == 0)
                    {
                        Fail("the server has closed a connection within a reply");
                        return;
                    }

                    count += more;
                }

                await sending;
                _times.Record(Stopwatch.GetTimestamp() - start);
                if (!received.AsSpan().SequenceEqual(sent))
                {
                    Fail("a reply differs from what was sent");
                    return;
                }
            }

            socket.Shutdown(SocketShutdown.Send);
            if (await socket.ReceiveAsync(received) != 0)
            {
                Fail("the server has sent more than it got");
            }
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            Fail(error.Message);
        }
    }

    private void Fail(string error)
    {
        _errors++;
        _firstError ??= error;
    }

    /// <summary>Bytes that no other message has in that place: a step of splitmix64 for each eight.</summary>
    internal static void Fill(Span<byte> message, ulong connection, ulong trip)
    {
        ulong state = (connection << 40) ^ trip;
        Span<ulong> words = MemoryMarshal.Cast<byte, ulong>(message);
        foreach (ref ulong word in words)
        {
            word = Next(ref state);
        }

        foreach (ref byte rest in message[(words.Length * sizeof(ulong))..])
        {
            rest = (byte)Next(ref state);
        }
    }

    private static ulong Next(ref ulong state)
    {
        ulong mixed = state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
