using System.Net.Sockets;
using System.Runtime.InteropServices;
using Eventlet.Diagnostics;
using Eventlet.Net;
using Microsoft.Win32.SafeHandles;

namespace Eventlet;

/// <summary>
/// A text console on a running program, over a Unix socket that only its owner (and root) can open: `nc -U PATH` or `socat - UNIX:PATH`. It tells what the hub's greenthreads,
/// listeners and timers are and wait for; it executes nothing.
/// </summary>
/// <remarks>
/// The console is a greenthread of the hub, so it answers while the hub goes round. At most eight clients are served at once; a line has at most 256 bytes, a client who does not
/// read for ten seconds or does not write for ten minutes is dropped, and what he has done costs nobody else anything. The socket's file is removed when this object is disposed,
/// when <see cref="Hub.DisposeAsync"/> ends the greenthread, and when the process ends, by SIGTERM, SIGINT and SIGHUP too (but not by SIGKILL or a crash); also if
/// such a signal comes and the program, by <see cref="Hub.CancelOnSignals"/> for instance, goes on for a while to clean up. Linux only so far.
/// </remarks>
public sealed class Backdoor : IDisposable
{
    /// <summary>Beyond these a connection is told so and closed; and beyond twice as many none is accepted until one ends.</summary>
    private const int MaxConsoles = 8;

    private const int Backlog = 128;

    private readonly GreenSocket _listener;
    private readonly EventHandler _onExit;
    private readonly List<PosixSignalRegistration> _signals = [];
    private GreenThread? _serving;
    private int _consoles;
    private int _disposed;

    private Backdoor(Hub hub, string path, GreenSocket listener)
    {
        Hub = hub;
        Path = path;
        _listener = listener;
        _onExit = (_, _) => Dispose();
        AppDomain.CurrentDomain.ProcessExit += _onExit;

        // A signal that nobody has taken ends a process without that event. It is not taken here either: what it does, it does afterwards.
        foreach (PosixSignal signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP })
        {
            _signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                if (!context.Cancel)
                {
                    File.Delete(path);
                }
            }));
        }
    }

    /// <summary>The hub that it tells about.</summary>
    public Hub Hub { get; }

    /// <summary>The absolute path of the socket.</summary>
    public string Path { get; }

    /// <summary>Opens a console. It answers as soon as and as long as MAINLOOP runs; nothing is started for it. Any thread.</summary>
    /// <param name="path">Where the socket is to be; nothing may be there, in a folder in which the user may make files.</param>
    /// <param name="hub">The hub to tell about. Default: the calling thread's.</param>
    /// <exception cref="IOException">Something is there already, perhaps of a process that was killed: remove it first. Or the path cannot be used, or is longer than 107 bytes.</exception>
    /// <exception cref="HubException">The hub was disposed.</exception>
    /// <exception cref="PlatformNotSupportedException">Elsewhere than on Linux.</exception>
    public static Backdoor Listen(string path, Hub? hub = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("only Linux gives a socket's file the mode that the socket had before");
        }

        hub ??= Hubs.GetHub();
        path = System.IO.Path.GetFullPath(path);
        var listener = new GreenSocket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        bool isBound = false;
        try
        {
            // The file gets the mode of the socket, less the umask: so it is never open to others, not for the moment between bind and chmod, and no other thread's
            // files are touched, as they would be by a change of the umask, which is the process's.
            using (var descriptor = new SafeFileHandle(listener.SafeHandle.DangerousGetHandle(), ownsHandle: false))
            {
                File.SetUnixFileMode(descriptor, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            listener.Bind(new UnixDomainSocketEndPoint(path));
            isBound = true;
            RequirePrivate(path);
            listener.Listen(Backlog);
            return Open(hub, path, listener);
        }
        catch (Exception error)
        {
            listener.Close();
            if (isBound)
            {
                File.Delete(path);
            }

            throw error switch
            {
                SocketException => new IOException($"cannot open a backdoor at '{path}': {error.Message}", error),
                ArgumentOutOfRangeException => new IOException($"cannot open a backdoor at '{path}': the path is too long for a socket", error),
                _ => error,
            };
        }
    }

    /// <summary>Closes the console, drops its clients, and removes the socket's file. Idempotent. Any thread.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        AppDomain.CurrentDomain.ProcessExit -= _onExit;
        _signals.ForEach(static registration => registration.Dispose());

        // First the file, so that it never stands for a socket of somebody who came next.
        File.Delete(Path);
        _listener.Close();
        if (_serving is { } serving && !ReferenceEquals(GreenThread.Current, serving))
        {
            serving.Kill();
        }
    }

    private static Backdoor Open(Hub hub, string path, GreenSocket listener)
    {
        var backdoor = new Backdoor(hub, path, listener);
        try
        {
            backdoor._serving = hub.Spawn(backdoor.ServeAsync);
            return backdoor;
        }
        catch
        {
            // The hub was dropped.
            backdoor.Dispose();
            throw;
        }
    }

    private async Task ServeAsync()
    {
        var clients = new HashSet<GreenSocket>();
        try
        {
            await GreenNet.ServeAsync(_listener, async connection =>
            {
                clients.Add(connection);
                try
                {
                    await TalkAsync(connection);
                }
                finally
                {
                    clients.Remove(connection);
                }
            }, MaxConsoles * 2);
        }
        catch (IOClosedException) when (_disposed != 0)
        {
            // That is how it ends.
        }
        finally
        {
            Dispose();
            foreach (GreenSocket client in clients.ToArray())
            {
                client.Close();
            }
        }
    }

    private async Task TalkAsync(GreenSocket connection)
    {
        var console = new BackdoorConsole(Hub, connection);
        _consoles++;
        try
        {
            await (_consoles > MaxConsoles ? console.RefuseAsync() : console.RunAsync());
        }
        catch (Exception error) when (error is SocketException or IOException or GreenTimeoutException)
        {
            // Gone without a word, or too slow: his affair, and nobody else's.
        }
        finally
        {
            _consoles--;
        }
    }

    private static void RequirePrivate(string path)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        if (OperatingSystem.IsLinux() && (File.GetUnixFileMode(path) & Others) != 0)
        {
            throw new IOException($"the file system of '{path}' does not keep others out of a socket: choose another folder");
        }
    }
}
