using System.Runtime.InteropServices;

namespace Eventlet.Processes;

/// <summary>A null-terminated array of C strings, as argv and envp are.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly int _count;

    internal NativeStrings(List<string> strings)
    {
        Pointer = (byte**)NativeMemory.AllocZeroed((nuint)strings.Count + 1, (nuint)sizeof(byte*));
        try
        {
            foreach (string text in strings)
            {
                Pointer[_count] = (byte*)Marshal.StringToCoTaskMemUTF8(text);
                _count++;
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal byte** Pointer { get; private set; }

    public void Dispose()
    {
        if (Pointer is null)
        {
            return;
        }

        for (int i = 0; i < _count; i++)
        {
            Marshal.FreeCoTaskMem((nint)Pointer[i]);
        }

        NativeMemory.Free(Pointer);
        Pointer = null;
    }
}
