namespace Eventlet.Net;

// What was received, or accepted, for a waiter that was gone when it came to hand it over: on a hub that was dropped, or from outside. It is as if
// it were still in the system's queue, and the next operation, on whichever hub or none, finds it first.
public sealed partial class GreenSocket
{
    private byte[] _keptBytes = [];
    private Queue<KeptDatagram>? _keptDatagrams;
    private Queue<GreenSocket>? _keptConnections;
    private volatile bool _hasKept;

    /// <summary>Whether the next operation finds something here, and need not ask the system. Any thread.</summary>
    internal bool HasKept => _hasKept;

    /// <summary>Keeps bytes behind those that are there. Any thread.</summary>
    internal void Keep(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        lock (_kept)
        {
            if (!IsClosed)
            {
                _keptBytes = [.. _keptBytes, .. bytes];
                _hasKept = true;
                _reading.IsDrained = false;
            }
        }
    }

    /// <summary>Keeps what a receive without an address has given. Any thread.</summary>
    internal void KeepReceived(ReadOnlySpan<byte> bytes)
    {
        if (IsDatagram)
        {
            Keep(new KeptDatagram(bytes.ToArray(), [], IsTruncated: false));
        }
        else
        {
            Keep(bytes);
        }
    }

    /// <summary>Keeps a datagram. Any thread.</summary>
    internal void Keep(KeptDatagram datagram)
    {
        lock (_kept)
        {
            if (!IsClosed)
            {
                (_keptDatagrams ??= new Queue<KeptDatagram>()).Enqueue(datagram);
                _hasKept = true;
                _reading.IsDrained = false;
            }
        }
    }

    /// <summary>Takes the oldest datagram that was kept, or only looks at it; null if there is none.</summary>
    internal KeptDatagram? TakeKeptDatagram(bool onlyLook)
    {
        lock (_kept)
        {
            if (_keptDatagrams is not { Count: > 0 } kept)
            {
                return null;
            }

            if (onlyLook)
            {
                return kept.Peek();
            }

            KeptDatagram oldest = kept.Dequeue();
            _hasKept = kept.Count > 0;
            return oldest;
        }
    }

    /// <summary>Keeps a connection. Any thread.</summary>
    internal void Keep(GreenSocket connection)
    {
        lock (_kept)
        {
            if (!IsClosed)
            {
                (_keptConnections ??= new Queue<GreenSocket>()).Enqueue(connection);
                _hasKept = true;
                return;
            }
        }

        connection.Close();
    }

    /// <summary>Takes kept bytes, the oldest first.</summary>
    /// <returns>Whether there were any; with an empty buffer they stay.</returns>
    internal bool TakeKept(Span<byte> buffer, out int count)
    {
        lock (_kept)
        {
            count = Math.Min(buffer.Length, _keptBytes.Length);
            if (_keptBytes.Length == 0)
            {
                return false;
            }

            _keptBytes.AsSpan(0, count).CopyTo(buffer);
            _keptBytes = _keptBytes[count..];
            _hasKept = _keptBytes.Length > 0 || _keptConnections is { Count: > 0 };
            return true;
        }
    }

    /// <summary>Takes the oldest connection that was kept; null if there is none.</summary>
    internal GreenSocket? TakeKeptConnection()
    {
        lock (_kept)
        {
            GreenSocket? connection = null;
            _keptConnections?.TryDequeue(out connection);
            _hasKept = _keptBytes.Length > 0 || _keptConnections is { Count: > 0 };
            return connection;
        }
    }

    private void DropKept()
    {
        if (!_hasKept)
        {
            return;
        }

        lock (_kept)
        {
            _keptBytes = [];
            _keptDatagrams = null;
        }

        while (TakeKeptConnection() is { } connection)
        {
            connection.Close();
        }
    }
}
