using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Eventlet.Scenarios;

/// <summary>
/// Makes, uses and disposes many hubs on libevent, whose allocations all come through here, and prints how many blocks are left and by how many KiB the C heap has
/// grown in that lot of hubs in which it has grown least.
/// </summary>
internal static partial class LibeventMemory
{
    private const int Lots = 4;
    private const int HubsOfALot = 100;
    private static int s_blocks;
    private static int s_ever;

    internal static unsafe Task<int> RunAsync(string[] args)
    {
        nint library = NativeLibrary.Load(args[0]);
        var set = (delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<nuint, void*>, delegate* unmanaged[Cdecl]<void*, nuint, void*>, delegate* unmanaged[Cdecl]<void*, void>, void>)
            NativeLibrary.GetExport(library, "event_set_mem_functions");
        set(&Allocate, &Reallocate, &Free);
        Socket[] sockets = [.. Enumerable.Range(0, 100).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp))];
        // The first is for what the runtime itself allocates while the code is new.
        UseMany(sockets);
        long least = Enumerable.Range(0, Lots).Min(_ =>
        {
            nuint before = mallinfo2().Used;
            UseMany(sockets);
            return (long)mallinfo2().Used - (long)before;
        });
        Array.ForEach(sockets, static socket => socket.Dispose());
        Console.WriteLine($"{s_blocks} of {s_ever} blocks left, {least / 1024} KiB more");
        return Task.FromResult(0);
    }

    private static void UseMany(Socket[] sockets)
    {
        for (int i = 0; i < HubsOfALot; i++)
        {
            Use(sockets);
        }
    }

    private static void Use(Socket[] sockets)
    {
        Hubs.UseHub("libevent");
        using Hub hub = Hubs.GetHub();
        hub.Run(async () =>
        {
            foreach (Socket socket in sockets)
            {
                await Hubs.TrampolineAsync(socket, write: true, timeout: TimeSpan.FromSeconds(30));
            }
        });
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static unsafe void* Allocate(nuint size)
    {
        s_blocks++;
        s_ever++;
        return NativeMemory.Alloc(size);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static unsafe void* Reallocate(void* block, nuint size)
    {
        s_blocks += block == null ? 1 : 0;
        return NativeMemory.Realloc(block, size);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static unsafe void Free(void* block)
    {
        s_blocks -= block == null ? 0 : 1;
        NativeMemory.Free(block);
    }

    /// <summary>malloc.h of the GNU library, of which only uordblks is asked for.</summary>
    [LibraryImport("libc")]
    private static partial MallocInfo mallinfo2();

    [StructLayout(LayoutKind.Sequential)]
    private struct MallocInfo
    {
        private readonly nuint _arena, _ordblks, _smblks, _hblks, _hblkhd, _usmblks, _fsmblks;
        internal readonly nuint Used;
        private readonly nuint _fordblks, _keepcost;
    }
}
