using System.Net.Sockets;
using Eventlet.Interop;
using Eventlet.Net;

namespace Eventlet.Tests.RandomOperations;

/// <summary>The real descriptors: each slot is one number, whatever file it means now, so that numbers are used again and again.</summary>
internal sealed unsafe class Channels : IDisposable
{
    /// <summary>Numbers below 1024, for select, which nothing else reaches.</summary>
    private const int FirstNumber = 900;

    private const int F_DUPFD_CLOEXEC = 1030;
    private const int F_SETPIPE_SZ = 1031;

    private readonly int[] _peers;
    private readonly int[] _ghosts;
    private readonly int[] _ghostPeers;
    private readonly GreenSocket?[] _sockets;
    private readonly bool[] _isOpen;
    private readonly byte[] _bytes = new byte[4096];

    /// <param name="slots">How many.</param>
    internal Channels(int slots)
    {
        _peers = Filled(slots);
        _ghosts = Filled(slots);
        _ghostPeers = Filled(slots);
        _sockets = new GreenSocket?[slots];
        _isOpen = new bool[slots];
    }

    internal static int NumberOf(int slot) => FirstNumber + slot;

    internal static int SlotOf(int number) => number - FirstNumber;

    internal GreenSocket Socket(int slot) => _sockets[slot]!;

    internal void Open(int slot, ChannelKind kind)
    {
        int* ends = stackalloc int[2];
        if (kind is ChannelKind.PipeReader or ChannelKind.PipeWriter)
        {
            Check(Libc.pipe2(ends, Libc.O_CLOEXEC | Libc.O_NONBLOCK));
            Check(Libc.fcntl(ends[1], F_SETPIPE_SZ, 4096));
        }
        else
        {
            Check(Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC, 0, ends));
        }

        int mine = kind == ChannelKind.PipeWriter ? ends[1] : ends[0];
        _peers[slot] = kind == ChannelKind.PipeWriter ? ends[0] : ends[1];
        Assert.Equal(NumberOf(slot), Libc.fcntl(mine, F_DUPFD_CLOEXEC, NumberOf(slot)));
        Check(Libc.close(mine));
        _isOpen[slot] = true;
        _sockets[slot] = kind == ChannelKind.GreenSocket ? new GreenSocket(new FileDescriptorHandle(NumberOf(slot)), AddressFamily.Unix) : null;
    }

    /// <summary>Closes a number; a socket of ours announces it by itself.</summary>
    internal void Close(int slot)
    {
        _isOpen[slot] = false;
        if (_sockets[slot] is { } socket)
        {
            socket.Close();
        }
        else
        {
            Check(Libc.close(NumberOf(slot)));
        }

        _sockets[slot] = null;
        ClosePeer(slot);
    }

    /// <summary>Closes a number without a word, while its file lives on under another one: the system may still report it.</summary>
    internal void CloseQuietly(int slot)
    {
        DropGhost(slot);
        _ghosts[slot] = Libc.fcntl(NumberOf(slot), F_DUPFD_CLOEXEC, 0);
        Check(_ghosts[slot]);
        _ghostPeers[slot] = _peers[slot];
        _peers[slot] = -1;
        _isOpen[slot] = false;
        Check(Libc.close(NumberOf(slot)));
    }

    /// <summary>Makes the file readable that a number meant in an earlier life.</summary>
    internal void StirGhost(int slot)
    {
        if (_ghostPeers[slot] >= 0)
        {
            Write(_ghostPeers[slot], 1);
        }
    }

    internal void ClosePeer(int slot)
    {
        if (_peers[slot] >= 0)
        {
            Check(Libc.close(_peers[slot]));
            _peers[slot] = -1;
        }
    }

    /// <summary>Bytes for the number to read.</summary>
    internal void Send(int slot, int count) => Assert.Equal(count, Write(_peers[slot], count));

    /// <summary>Reads all there is.</summary>
    internal void Drain(int slot) => ReadAll(NumberOf(slot));

    /// <summary>Writes until there is no room.</summary>
    internal void Fill(int slot)
    {
        while (Write(NumberOf(slot), _bytes.Length) > 0)
        {
        }
    }

    /// <summary>Makes room again.</summary>
    internal void Empty(int slot) => ReadAll(_peers[slot]);

    public void Dispose()
    {
        for (int slot = 0; slot < _peers.Length; slot++)
        {
            DropGhost(slot);
            if (_isOpen[slot])
            {
                Close(slot);
            }
        }
    }

    private void DropGhost(int slot)
    {
        foreach (int[] ends in (int[][])[_ghosts, _ghostPeers])
        {
            if (ends[slot] >= 0)
            {
                Check(Libc.close(ends[slot]));
                ends[slot] = -1;
            }
        }
    }

    private int Write(int fd, int count)
    {
        fixed (byte* bytes = _bytes)
        {
            return (int)Libc.write(fd, bytes, (nuint)count);
        }
    }

    private void ReadAll(int fd)
    {
        fixed (byte* bytes = _bytes)
        {
            while (Libc.read(fd, bytes, (nuint)_bytes.Length) > 0)
            {
            }
        }
    }

    private static void Check(int result) => Assert.True(result >= 0, $"errno {System.Runtime.InteropServices.Marshal.GetLastSystemError()}");

    private static int[] Filled(int slots)
    {
        int[] filled = new int[slots];
        Array.Fill(filled, -1);
        return filled;
    }
}
