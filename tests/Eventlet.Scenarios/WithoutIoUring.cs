using System.Runtime.InteropServices;

namespace Eventlet.Scenarios;

/// <summary>Forbids io_uring_setup to the entry thread by a seccomp filter, as containers do, then prints which hub it gets.</summary>
internal static unsafe partial class WithoutIoUring
{
    private const int SetNoNewPrivileges = 38;
    private const int SetSeccomp = 22;
    private const int FilterMode = 2;
    private const uint Setup = 425;
    private const uint Allow = 0x7FFF0000;
    private const uint FailWith = 0x00050000;

    internal static Task<int> RunAsync(string[] args)
    {
        // Load the number of the call; if it is that one, fail with the given error; else go on.
        Instruction* program = stackalloc Instruction[4];
        program[0] = new Instruction { Code = 0x20, Operand = 0 };
        program[1] = new Instruction { Code = 0x15, IfFalse = 1, Operand = Setup };
        program[2] = new Instruction { Code = 0x06, Operand = FailWith | uint.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) };
        program[3] = new Instruction { Code = 0x06, Operand = Allow };
        var filter = new Filter { Length = 4, Instructions = program };
        Check.That(prctl(SetNoNewPrivileges, 1, null, 0, 0) == 0);
        Check.That(prctl(SetSeccomp, FilterMode, &filter, 0, 0) == 0);
        return Choose.RunAsync([]);
    }

    [LibraryImport("libc")]
    private static partial int prctl(int option, nuint first, void* second, nuint third, nuint fourth);

    /// <summary>struct sock_filter (linux/filter.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Instruction
    {
        internal ushort Code;
        internal byte IfTrue;
        internal byte IfFalse;
        internal uint Operand;
    }

    /// <summary>struct sock_fprog.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Filter
    {
        internal ushort Length;
        internal Instruction* Instructions;
    }
}
