namespace Eventlet.Backends;

/// <summary>What a select backend waits for, and the sets that it is answered in; all grow with the highest descriptor.</summary>
internal sealed class SelectTable(int? maxDescriptor)
{
    private readonly DescriptorSet[] _wanted = [new(), new()];
    private readonly DescriptorSet[] _answers = [new(), new(), new()];
    private ulong[] _tokens = [];

    internal int? MaxDescriptor => maxDescriptor;

    /// <summary>One more than the highest descriptor there has been.</summary>
    internal int Limit { get; private set; }

    /// <summary>Those to wait for: to read, to write.</summary>
    internal ReadOnlySpan<DescriptorSet> Wanted => _wanted;

    internal ulong Token(int fd) => _tokens[fd];

    internal bool Contains(int fd) => (uint)fd < (uint)Limit && (_wanted[0][fd] || _wanted[1][fd]);

    /// <summary>What the answers say of a descriptor.</summary>
    internal Readiness Answer(int fd) =>
        (_answers[0][fd] || _answers[2][fd] ? Readiness.Read : 0) | (_answers[1][fd] ? Readiness.Write : 0);

    /// <summary>Fills the sets that the kernel answers in: read, write, exceptional.</summary>
    internal DescriptorSet[] CopyToAnswers()
    {
        _wanted[0].CopyTo(_answers[0], Limit);
        _wanted[1].CopyTo(_answers[1], Limit);
        _wanted[0].CopyTo(_answers[2], Limit);
        return _answers;
    }

    /// <summary>Adds or replaces one.</summary>
    /// <exception cref="IOException">The platform's select cannot take so high a descriptor.</exception>
    internal void Set(int fd, Interest interest, ulong token)
    {
        if (fd > maxDescriptor)
        {
            throw new IOException(
                $"select: descriptor {fd} is above {maxDescriptor}, the highest that this system's select takes (FD_SETSIZE); "
                + "choose another hub, such as EVENTLET_HUB=kqueue or poll, or open fewer descriptors");
        }

        if (fd >= _tokens.Length)
        {
            int size = Math.Max(fd + 1, _tokens.Length * 2);
            Array.Resize(ref _tokens, size);
            foreach (DescriptorSet set in (ReadOnlySpan<DescriptorSet>)[.. _wanted, .. _answers])
            {
                set.Grow(size);
            }
        }

        Limit = Math.Max(Limit, fd + 1);
        _tokens[fd] = token;
        _wanted[0][fd] = (interest & Interest.Read) != 0;
        _wanted[1][fd] = (interest & Interest.Write) != 0;
    }

    internal void Remove(int fd)
    {
        if (Contains(fd))
        {
            _wanted[0][fd] = _wanted[1][fd] = false;
        }
    }
}
