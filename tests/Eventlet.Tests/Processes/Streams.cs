namespace Eventlet.Tests.Processes;

/// <summary>A stream of as many bytes as one likes, made as they are read.</summary>
internal sealed class Source(long size) : Stream
{
    private long _at;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => size;

    public override long Position { get => _at; set => throw new NotSupportedException(); }

    /// <summary>What a <see cref="Sink"/> of it must have.</summary>
    internal static ulong SumOf(long size)
    {
        using var source = new Source(size);
        using var sink = new Sink();
        source.CopyTo(sink);
        return sink.Sum;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        count = (int)Math.Min(count, size - _at);
        for (int i = 0; i < count; i++)
        {
            // Depends on the place alone, and repeats after a number of bytes that no buffer is a multiple of.
            buffer[offset + i] = (byte)((_at + i) % 251);
        }

        _at += count;
        return count;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>Takes bytes, and keeps their number and a checksum that depends on their order.</summary>
internal sealed class Sink : Stream
{
    /// <summary>After so many bytes it fails.</summary>
    internal long Limit { get; init; } = long.MaxValue;

    internal long Count { get; private set; }

    internal ulong Sum { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => Count;

    public override long Position { get => Count; set => throw new NotSupportedException(); }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        // A multiplication for each eighth byte keeps up with the pipes; which bytes those are does not depend on how the data is cut.
        for (int i = (int)((8 - (Count % 8)) % 8); i < buffer.Length; i += 8)
        {
            Sum = (Sum * 31) + buffer[i];
        }

        Count += buffer.Length;
        if (Count > Limit)
        {
            throw new FormatException("enough");
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
