using System.Collections;
using System.Runtime.InteropServices;
using Eventlet.Interop;
using Eventlet.Piping;

namespace Eventlet.Processes;

/// <summary>
/// Starts programs through posix_spawn, which reports what exec says and copies no memory. Why not System.Diagnostics.Process: docs/design/0011-own-spawn.md.
/// </summary>
internal static unsafe class Spawner
{
    private const string NullDevice = "/dev/null";

    /// <summary>Starts a program; its streams 0, 1 and 2 are these descriptors, and it inherits no other.</summary>
    /// <param name="options">What to start.</param>
    /// <param name="streams">Descriptors above 2 for the streams; -1 leaves this process's, -2 is /dev/null.</param>
    /// <returns>Its process id.</returns>
    /// <exception cref="FileNotFoundException">There is no such program.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such working directory.</exception>
    /// <exception cref="UnauthorizedAccessException">It is not executable, or not by us.</exception>
    /// <exception cref="IOException">Any other error of the system.</exception>
    internal static int Start(SubprocessOptions options, ReadOnlySpan<int> streams)
    {
        List<string> environment = EnvironmentOf(options.Environment, out string path);
        string file = Find(options, path);
        using var arguments = new NativeStrings([CheckText(options.FileName, nameof(options.FileName)), .. options.Arguments.Select(argument => CheckText(argument, nameof(options.Arguments)))]);
        using var variables = new NativeStrings(environment);
        using var paths = new NativeStrings([CheckText(file, nameof(options.FileName)), CheckText(options.WorkingDirectory ?? "", nameof(options.WorkingDirectory)), NullDevice]);
        byte* actions = stackalloc byte[Libc.SpawnObjectSize];
        byte* attributes = stackalloc byte[Libc.SpawnObjectSize];
        byte* signals = stackalloc byte[Libc.SpawnObjectSize];
        Check(Libc.posix_spawn_file_actions_init(actions));
        try
        {
            AddActions(actions, streams, options.WorkingDirectory is null ? null : paths.Pointer[1], paths.Pointer[2]);
            Check(Libc.posix_spawnattr_init(attributes));
            try
            {
                // A .NET process ignores SIGPIPE, which a child would inherit: `yes | head` would never end. A mask of the calling thread is not the child's either.
                Check(Libc.posix_spawnattr_setflags(attributes, Libc.POSIX_SPAWN_SETSIGDEF | Libc.POSIX_SPAWN_SETSIGMASK));
                _ = Libc.sigemptyset(signals);
                Check(Libc.posix_spawnattr_setsigmask(attributes, signals));
                _ = Libc.sigaddset(signals, Libc.SIGPIPE);
                Check(Libc.posix_spawnattr_setsigdefault(attributes, signals));
                int pid;
                int error = Libc.posix_spawn(&pid, paths.Pointer[0], actions, attributes, arguments.Pointer, variables.Pointer);
                return error == 0 ? pid : throw Error(error, options, file);
            }
            finally
            {
                _ = Libc.posix_spawnattr_destroy(attributes);
            }
        }
        finally
        {
            _ = Libc.posix_spawn_file_actions_destroy(actions);
        }
    }

    private static void AddActions(byte* actions, ReadOnlySpan<int> streams, byte* directory, byte* nullDevice)
    {
        for (int stream = 0; stream < streams.Length; stream++)
        {
            if (streams[stream] >= 0)
            {
                Check(Libc.posix_spawn_file_actions_adddup2(actions, streams[stream], stream));
            }
            else if (streams[stream] == (int)ChildStream.Null)
            {
                Check(Libc.posix_spawn_file_actions_addopen(actions, stream, nullDevice, stream == 0 ? Libc.O_RDONLY : Libc.O_WRONLY, 0));
            }
        }

        try
        {
            // All of ours are close-on-exec; what other libraries have left open is not the child's business.
            Check(Libc.posix_spawn_file_actions_addclosefrom_np(actions, 3));
        }
        catch (EntryPointNotFoundException)
        {
            // A C library without it: close-on-exec is what there is.
        }

        if (directory is not null)
        {
            Check(Libc.posix_spawn_file_actions_addchdir_np(actions, directory));
        }
    }

    /// <summary>The variables as NAME=VALUE. The C library's own copy is not looked at: what .NET code has set is not in it.</summary>
    private static List<string> EnvironmentOf(IReadOnlyDictionary<string, string>? given, out string path)
    {
        var variables = new List<string>();
        string? found = null;
        if (given is null)
        {
            foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            {
                Add((string)variable.Key, (string?)variable.Value ?? "");
            }
        }
        else
        {
            foreach ((string name, string value) in given)
            {
                if (name.Length == 0 || name.Contains('=', StringComparison.Ordinal))
                {
                    throw new ArgumentException($"'{name}' cannot be the name of a variable", nameof(given));
                }

                Add(name, value);
            }
        }

        path = found ?? "/usr/local/bin:/usr/bin:/bin";
        return variables;

        void Add(string name, string value)
        {
            variables.Add(CheckText($"{name}={value}", nameof(SubprocessOptions.Environment)));
            found = name == "PATH" ? value : found;
        }
    }

    /// <summary>The first executable of that name in PATH; posix_spawnp would look at this process's, and not as .NET code has set it.</summary>
    private static string Find(SubprocessOptions options, string path)
    {
        string name = options.FileName;
        ArgumentException.ThrowIfNullOrEmpty(name, nameof(options));
        if (options.WorkingDirectory is { } directory && !Directory.Exists(directory))
        {
            throw new DirectoryNotFoundException($"there is no working directory '{directory}' for '{name}'");
        }

        if (name.Contains('/', StringComparison.Ordinal))
        {
            return name;
        }

        string? forbidden = null;
        foreach (string entry in path.Split(':'))
        {
            string candidate = Path.GetFullPath(Path.Combine(options.WorkingDirectory ?? "", entry, name), Environment.CurrentDirectory);
            if (File.Exists(candidate))
            {
                if (Libc.access(candidate, Libc.X_OK) == 0)
                {
                    return candidate;
                }

                forbidden ??= candidate;
            }
        }

        throw forbidden is null ? Error(Errno.ENOENT, options, name) : Error(Errno.EACCES, options, forbidden);
    }

    private static Exception Error(int errno, SubprocessOptions options, string file) => errno switch
    {
        Errno.ENOENT => new FileNotFoundException(
            $"cannot start '{options.FileName}': {(file.Contains('/', StringComparison.Ordinal) ? "there is no such file, or the interpreter that it names is missing" : "it is not in PATH")}", file),
        Errno.EACCES or Errno.EPERM => new UnauthorizedAccessException($"cannot start '{file}': it is not an executable file, or not ours to execute (errno {errno})"),
        _ => Errno.ToException(errno, $"cannot start '{file}'"),
    };

    private static string CheckText(string text, string parameter)
    {
        ArgumentNullException.ThrowIfNull(text, parameter);
        return text.Contains('\0', StringComparison.Ordinal) ? throw new ArgumentException("a null character would end the text early", parameter) : text;
    }

    private static void Check(int error)
    {
        if (error != 0)
        {
            throw Errno.ToException(error, "posix_spawn");
        }
    }
}
