using System.Runtime.ExceptionServices;

namespace Eventlet.Testing;

/// <summary>A further thread of a case. What escapes it fails the case, not the process.</summary>
internal sealed class CaseThread
{
    private readonly Thread _thread;
    private ExceptionDispatchInfo? _error;

    internal CaseThread(Action body)
    {
        _thread = new Thread(() =>
        {
            try
            {
                body();
            }
            catch (Exception error)
            {
                _error = ExceptionDispatchInfo.Capture(error);
            }
        })
        { IsBackground = true, Name = "case" };
        _thread.Start();
    }

    /// <summary>Waits for its end, and rethrows what escaped it.</summary>
    internal void Join()
    {
        _thread.Join();
        _error?.Throw();
    }
}
