using System.Buffers.Binary;
using System.Net.Sockets;
using Eventlet.Interop;
using Eventlet.Net;

namespace Eventlet.Tests.RandomOperations;

// The operations, and what each must have come to.
internal sealed partial class SocketEpisode
{
    private void Connect()
    {
        if (_ends.Count / 2 + _clients.Count >= MostConnections)
        {
            return;
        }

        int number = ++_serial;
        Begin(new SocketOperation(), null, async one =>
        {
            GreenSocket client = await GreenNet.ConnectAsync(_listener.Address, one.Source.Token);
            _clients.Add(number, client);
            byte[] name = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(name, number);
            try
            {
                await client.SendAllAsync(name);
            }
            catch
            {
                // Interrupted before its name was sent: nobody will know it.
                _clients.Remove(number);
                client.Close();
                throw;
            }
        }, mayBeOutside: false);
    }

    private void Accept(bool forGood = false)
    {
        if (_accepting is not null)
        {
            return;
        }

        var accepting = new SocketOperation { OnOver = () => _accepting = null };
        _accepting = accepting;
        accepting.Limit = forGood ? null : NewLimit();
        Begin(accepting, null, async one =>
        {
            _listener.Socket.Timeout = one.Limit;
            GreenSocket accepted = await _listener.Socket.AcceptAsync(one.Source.Token);
            _greeting++;
            GreenThread.SpawnN(() => GreetAsync(accepted));
        }, mayBeOutside: !forGood);
    }

    /// <summary>Learns who was accepted; one whose connect was interrupted says nothing.</summary>
    private async Task GreetAsync(GreenSocket accepted)
    {
        try
        {
            byte[] name = new byte[4];
            int count = 0;
            while (count < name.Length && await accepted.ReceiveAsync(name.AsMemory(count)) is > 0 and var more)
            {
                count += more;
            }

            if (count == name.Length && _clients.Remove(BinaryPrimitives.ReadInt32LittleEndian(name), out GreenSocket? client))
            {
                Pair(client, accepted);
            }
            else
            {
                accepted.Close();
            }
        }
        catch (SocketException)
        {
            accepted.Close();
        }
        finally
        {
            _greeting--;
        }
    }

    private void Receive(SocketEnd end)
    {
        if (end.IsReading)
        {
            return;
        }

        end.IsReading = true;
        var receiving = new SocketOperation { OnOver = () => end.IsReading = false };
        byte[] buffer = SocketOperation.BufferOf(_random.Next(4) == 0 ? _random.Next(1, 20_000) : _random.Next(1, 300));
        receiving.Limit = NewLimit();
        Begin(receiving, end, async one =>
        {
            int count = 0;
            try
            {
                end.Socket.Timeout = one.Limit;
                count = await end.Socket.ReceiveAsync(buffer, one.Source.Token);
                Check(end.In.IsNext(buffer.AsSpan(0, count)), "what was received is not what comes next in the stream");
                Check(count > 0 || (end.In.IsEnded && end.In.IsWhole) || end.Peer.IsClosed, "the stream has ended too early");
            }
            finally
            {
                Check(buffer.AsSpan(count).IndexOfAnyExcept(SocketOperation.Guard) < 0, "more was written to the buffer than was told");
                Array.Fill(buffer, SocketOperation.Guard);
                _left.Add((buffer, 0));
            }
        });
    }

    private void Send(SocketEnd end, bool isWhole)
    {
        if (end.IsWriting || end.Out.IsEnded || end.Out.IsUncertain)
        {
            return;
        }

        end.IsWriting = true;
        var sending = new SocketOperation { OnOver = () => end.IsWriting = false };
        byte[] buffer = new byte[_random.Next(4) == 0 ? _random.Next(1, 100_000) : _random.Next(1, 300)];
        end.Out.Offer(buffer);
        sending.Limit = NewLimit();
        Begin(sending, end, async one =>
        {
            bool isSent = false;
            try
            {
                end.Socket.Timeout = one.Limit;
                if (isWhole)
                {
                    await end.Socket.SendAllAsync(buffer, one.Source.Token);
                    end.Out.Sent(buffer.Length);
                }
                else
                {
                    end.Out.Sent(await end.Socket.SendAsync(buffer, one.Source.Token));
                }

                isSent = true;
            }
            finally
            {
                // Of a whole send that was interrupted nobody knows how much has gone.
                end.Out.IsUncertain |= isWhole && !isSent;
                end.Out.Withdraw();
                Array.Fill(buffer, SocketOperation.Guard);
            }
        });
    }

    private TimeSpan? NewLimit() => _random.Next(3) == 0 ? TimeSpan.FromTicks(_random.Next(2_000)) : null;

    /// <summary>Begins one in a greenthread, or in a callback, which is none; and sees by what it ends.</summary>
    private void Begin(SocketOperation one, SocketEnd? end, Func<SocketOperation, Task> body, bool mayBeOutside = true)
    {
        Operations++;
        one.Source = new CancellationTokenSource();
        _running.Add(one);
        async Task WatchAsync()
        {
            try
            {
                await body(one);
            }
            catch (Exception error)
            {
                Interrupted++;
                Check(IsExplained(one, end, error), $"it has ended by what was not done to it: {error}");
            }
        }

        void Over()
        {
            _running.Remove(one);
            one.OnOver?.Invoke();
            one.Source.Dispose();
        }

        if (mayBeOutside && _random.Next(4) == 0)
        {
            async Task OutsideAsync()
            {
                await WatchAsync();
                Over();
            }

            Hubs.GetHub().Post(() => _ = OutsideAsync());
            return;
        }

        one.Green = GreenThread.Spawn(WatchAsync);
        one.Green.Link(_ => Over());
    }

    private static bool IsExplained(SocketOperation one, SocketEnd? end, Exception error) => error switch
    {
        GreenletExit => one.IsKilled,
        OperationCanceledException => one.IsCancelled,
        GreenTimeoutException => one.Limit is not null,
        IOClosedException => end is { IsClosed: true },
        SocketException { NativeErrorCode: Errno.ECONNRESET or Errno.EPIPE } => end is { Peer.IsClosed: true },
        _ => false,
    };
}
