namespace Eventlet.Interop;

/// <summary>
/// Winsock's fd_set, { u_int fd_count; SOCKET fd_array[]; }, of any size: FD_SETSIZE is only what the headers' type reserves. One
/// word for the count, which is padded to the alignment of a SOCKET and little-endian, then the sockets.
/// </summary>
internal sealed class WinsockFdSet
{
    /// <summary>The memory to hand to select.</summary>
    internal nuint[] Words { get; private set; } = new nuint[65];

    internal int Count => (int)Words[0];

    internal nuint this[int index] => Words[index + 1];

    internal void Add(nuint socket)
    {
        if (Count + 1 == Words.Length)
        {
            nuint[] words = Words;
            Array.Resize(ref words, words.Length * 2);
            Words = words;
        }

        Words[Count + 1] = socket;
        Words[0]++;
    }

    internal void Clear() => Words[0] = 0;
}
