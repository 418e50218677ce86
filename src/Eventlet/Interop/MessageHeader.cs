using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>struct msghdr of sys/socket.h, as 64-bit Linux has it.</summary>
[StructLayout(LayoutKind.Explicit, Size = 56)]
internal struct MessageHeader
{
    /// <summary>The address's address; zero if there is none.</summary>
    [FieldOffset(0)] internal nint Name;
    [FieldOffset(8)] internal uint NameLength;

    /// <summary>The address of an array of <see cref="IoVector"/>.</summary>
    [FieldOffset(16)] internal nint Vectors;
    [FieldOffset(24)] internal nuint VectorCount;
    [FieldOffset(32)] internal nint Control;
    [FieldOffset(40)] internal nuint ControlLength;

    /// <summary>Written by a receive: MSG_TRUNC, MSG_CTRUNC and others.</summary>
    [FieldOffset(48)] internal int Flags;
}

/// <summary>struct iovec of sys/uio.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoVector
{
    internal nint Address;
    internal nuint Length;
}
