using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;

namespace Eventlet.Net;

/// <summary>
/// One connection to whichever of a host's addresses answers first (RFC 8305): they are tried in turn, families alternating, each a while after the
/// one before or as soon as that has failed. In one greenthread, with one more for each attempt.
/// </summary>
internal sealed class HappyEyeballs(Hub hub, GreenThread parent, IReadOnlyList<IPEndPoint> addresses, TimeSpan delay)
{
    private readonly List<GreenThread> _attempts = [];
    private GreenSocket? _winner;
    private Exception? _lastError;
    private int _failed;
    private bool _isOver;
    private bool _isWaiting;

    /// <summary>The addresses in the order of trying: that of preference, but one family after the other in turn.</summary>
    internal static List<IPEndPoint> Order(IEnumerable<IPAddress> addresses, int port)
    {
        IPAddress[] all = [.. addresses];
        var preferred = new Queue<IPAddress>(all.Where(address => address.AddressFamily == all[0].AddressFamily));
        var others = new Queue<IPAddress>(all.Where(address => address.AddressFamily != all[0].AddressFamily));
        var ordered = new List<IPEndPoint>();
        while (preferred.Count + others.Count > 0)
        {
            if (preferred.TryDequeue(out IPAddress? first))
            {
                ordered.Add(new IPEndPoint(first, port));
            }

            if (others.TryDequeue(out IPAddress? second))
            {
                ordered.Add(new IPEndPoint(second, port));
            }
        }

        return ordered;
    }

    internal async Task<GreenSocket> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            for (int next = 0; _winner is null && (next < addresses.Count || _failed < addresses.Count);)
            {
                cancellationToken.ThrowIfCancellationRequested();
                bool hasMore = next < addresses.Count;
                int failedBefore = _failed;
                if (hasMore)
                {
                    Start(addresses[next++], cancellationToken);
                    hasMore = next < addresses.Count;
                }

                await AttemptEndedAsync(hasMore ? delay : Timeout.InfiniteTimeSpan, failedBefore);
            }

            if (_winner is null)
            {
                ExceptionDispatchInfo.Throw(_lastError!);
            }

            return _winner!;
        }
        catch
        {
            _winner?.Close();
            throw;
        }
        finally
        {
            _isOver = true;
            _attempts.ForEach(static attempt => attempt.Kill());
        }
    }

    private void Start(IPEndPoint address, CancellationToken cancellationToken)
    {
        GreenThread<GreenSocket> attempt = hub.Spawn(() => GreenNet.ConnectAsync(address, cancellationToken).AsTask());
        _attempts.Add(attempt);
        attempt.Link(_ => Ended(attempt));
    }

    private void Ended(GreenThread<GreenSocket> attempt)
    {
        if (attempt.Failure is { } error)
        {
            _failed++;
            _lastError = error;
        }
        else if (_winner is null && !_isOver)
        {
            _winner = attempt.Value;
        }
        else
        {
            attempt.Value.Close();
        }

        Resume();
    }

    private async ValueTask AttemptEndedAsync(TimeSpan limit, int failedBefore)
    {
        HubTimer patience = hub.ScheduleCallGlobal(limit, Resume);
        try
        {
            // A resumption may come for an attempt that had been counted before this one began to wait.
            while (_winner is null && _failed == failedBefore && patience.IsPending)
            {
                _isWaiting = true;
                await hub.SwitchAsync();
            }
        }
        finally
        {
            patience.Cancel();
        }
    }

    private void Resume()
    {
        if (_isWaiting)
        {
            _isWaiting = false;
            parent.TrySwitch();
        }
    }
}
