namespace Eventlet.Tests.Faults;

/// <summary>What the system answers while this lives: rules, the first that fits decides. Any thread asks.</summary>
internal sealed class FaultScript : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<Rule> _rules = [];
    private int _fired;
    private int _looksFirst = -1;

    internal FaultScript() => SystemCallSeam.Use(this);

    /// <summary>How many calls were answered by a rule.</summary>
    internal int Fired
    {
        get
        {
            lock (_lock)
            {
                return _fired;
            }
        }
    }

    /// <summary>Asked for calls that no rule fits: the random storm. It gets the call, the descriptor and the length.</summary>
    internal Func<SystemCall, int, int, int>? Otherwise { get; set; }

    /// <summary>Has what is handed to io_uring for this descriptor wait for readiness before anything else, so that a rule that comes later still finds it.</summary>
    internal void LookFirst(int fd) => Volatile.Write(ref _looksFirst, fd);

    /// <summary>Makes calls fail with an error number.</summary>
    /// <param name="call">Which.</param>
    /// <param name="errno">The positive number.</param>
    /// <param name="fd">On which descriptor; null: any.</param>
    /// <param name="skip">How many calls succeed before.</param>
    /// <param name="times">How many fail.</param>
    /// <param name="then">Called when one has failed, on the thread that called.</param>
    internal void Fail(SystemCall call, int errno, int? fd = null, int skip = 0, int times = 1, Action? then = null) => Add(new Rule(call, fd, -errno, then) { Skip = skip, Left = times });

    /// <summary>Has a call made, and then reports a failure all the same.</summary>
    internal void FailAfterwards(SystemCall call, int errno, int? fd = null) => Add(new Rule(call, fd, SystemCallSeam.AfterCall - errno, null) { Left = 1 });

    /// <summary>Has calls move a few bytes at most.</summary>
    internal void Shorten(SystemCall call, int length, int? fd = null, int times = 1, Action? then = null) => Add(new Rule(call, fd, length, then) { Left = times });

    /// <summary>Forgets the rules.</summary>
    internal void Clear()
    {
        lock (_lock)
        {
            _rules.Clear();
        }
    }

    public void Dispose() => SystemCallSeam.Use(null);

    internal int Decide(SystemCall call, int fd, int length)
    {
        if (call == SystemCall.RingSubmit && fd == Volatile.Read(ref _looksFirst))
        {
            return 1;
        }

        Rule? fitting = null;
        lock (_lock)
        {
            foreach (Rule rule in _rules)
            {
                if (rule.Call != call || (rule.Fd is { } only && only != fd) || rule.Left == 0)
                {
                    continue;
                }

                if (rule.Skip > 0)
                {
                    rule.Skip--;
                    continue;
                }

                rule.Left--;
                _fired++;
                fitting = rule;
                break;
            }
        }

        if (fitting is null)
        {
            return Otherwise?.Invoke(call, fd, length) ?? 0;
        }

        fitting.Then?.Invoke();
        return fitting.Answer;
    }

    private void Add(Rule rule)
    {
        lock (_lock)
        {
            _rules.Add(rule);
        }
    }

    private sealed class Rule(SystemCall call, int? fd, int answer, Action? then)
    {
        internal SystemCall Call => call;

        internal int? Fd => fd;

        internal int Answer => answer;

        internal Action? Then => then;

        internal int Skip { get; set; }

        internal int Left { get; set; }
    }
}
