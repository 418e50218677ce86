using Eventlet.Tests.Support;

namespace Eventlet.Tests.Threads;

/// <summary>Several threads that post to one hub as fast as they can, and a hub that sleeps with nothing to wake it but them.</summary>
public abstract class PostingTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private const int LongLimit = 600_000;
    private const int Posters = 8;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Callbacks_OfEightThreads_AllRun_InEachOnesOrder(bool inPlace) => PostAll(50_000, inPlace);

    [Theory(Explicit = true, Timeout = LongLimit)]
    [InlineData(false)]
    [InlineData(true)]
    public void MillionCallbacks_OfEachOfEightThreads_AllRun_InEachOnesOrder(bool inPlace)
    {
        TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        PostAll(1_000_000, inPlace);
    }

    /// <summary>What another thread may do to a hub that sleeps without end; a lost wake-up is waited for until the time limit.</summary>
    [Theory]
    [InlineData("post")]
    [InlineData("spawn")]
    [InlineData("invoke")]
    [InlineData("switch")]
    [InlineData("kill")]
    [InlineData("token")]
    [InlineData("notify-close")]
    [InlineData("wait")]
    public void HubAsleep_WithNoDeadline_IsWokenByEach(string what) => WakeOften(what, null);

    [Theory]
    [InlineData("post")]
    [InlineData("kill")]
    public void HubAsleep_InASleepOfTenSeconds_IsWokenByEach(string what) => WakeOften(what, TimeSpan.FromSeconds(10));

    private static void PostAll(int each, bool inPlace)
    {
        int[] next = new int[Posters];
        int wrong = 0;
        long left = (long)each * Posters;
        var limit = TimeSpan.FromMilliseconds(LongLimit);
        Action end = () => { };
        WithHub(inPlace, hub =>
        {
            using var all = new ManualResetEventSlim();
            end = all.Set;
            PlainThread.Started<bool>[] posters = [.. Enumerable.Range(0, Posters).Select(poster => PlainThread.Start(() =>
            {
                for (int i = 0; i < each; i++)
                {
                    int number = i;
                    hub.Post(() =>
                    {
                        wrong += next[poster] == number ? 0 : 1;
                        next[poster]++;
                        if (--left == 0)
                        {
                            end();
                        }
                    });
                }

                return true;
            }))];
            Assert.All(posters, poster => Assert.True(poster.Join(limit)));
            all.Wait(TestContext.Current.CancellationToken);
        }, limit);
        Assert.Equal(0, wrong);
        Assert.All(next, count => Assert.Equal(each, count));
    }

    private static void WakeOften(string what, TimeSpan? sleep)
    {
        const int Rounds = 600;
        foreach (bool inPlace in (bool[])[false, true])
        {
            WithHub(inPlace, hub =>
            {
                if (sleep is { } delay)
                {
                    hub.Post(() => GreenThread.SpawnN(async () => await GreenThread.SleepAsync(delay)));
                }

                using var sleeper = new Sleeper(hub);
                var random = new Random(1);
                for (int i = 0; i < Rounds; i++)
                {
                    // Somewhere around the moment in which the hub goes to sleep.
                    sleeper.Ready(what);
                    Thread.SpinWait(random.Next(400));
                    sleeper.Wake(what);
                }
            }, null);
        }
    }

    /// <summary>Gives a hub that runs, on a thread of its own or in place under a call of its owner's, to a body on another thread.</summary>
    private static void WithHub(bool inPlace, Action<Hub> body, TimeSpan? limit)
    {
        if (!inPlace)
        {
            using Hub started = Hub.Start(THub.HubName);
            PlainThread.Run(() => body(started), limit);
            return;
        }

        PlainThread.Started<bool>? other = null;
        OnOwner(() =>
        {
            Hub hub = Hubs.GetHub();
            hub.Run(async () =>
            {
                GreenThread main = GreenThread.Current!;
                other = PlainThread.Start(() =>
                {
                    try
                    {
                        body(hub);
                    }
                    finally
                    {
                        main.Switch();
                    }

                    return true;
                });
                await hub.SwitchAsync();
            });
        }, limit);
        Assert.True(other!.Join());
    }

    /// <summary>A greenthread that waits for one thing at a time, and tells when it has been woken.</summary>
    private sealed class Sleeper(Hub hub) : IDisposable
    {
        private readonly AutoResetEvent _woken = new(false);
        private readonly AutoResetEvent _waiting = new(false);
        private readonly Backends.Descriptors _pipes = new();
        private CancellationTokenSource? _source;
        private GreenThread? _green;
        private int _reader = -1;

        internal void Ready(string what)
        {
            Func<Task>? wait = what switch
            {
                "switch" => async () => await hub.SwitchAsync(),
                "kill" => async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan),
                "token" => async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan, _source!.Token),
                "notify-close" => async () => await Hubs.TrampolineAsync(_reader, read: true),
                _ => null,
            };
            if (wait is null)
            {
                return;
            }

            _reader = _reader < 0 ? _pipes.Pipe().Item1 : _reader;
            _source?.Dispose();
            _source = new CancellationTokenSource();
            _green = hub.Spawn(async () =>
            {
                Task waiting = wait();
                _waiting.Set();
                try
                {
                    await waiting;
                }
                catch (Exception error) when (error is GreenletExit or OperationCanceledException or IOClosedException)
                {
                    // That is how it is woken.
                }

                _woken.Set();
            });
            _waiting.WaitOne();
        }

        internal void Wake(string what)
        {
            switch (what)
            {
                case "post":
                    hub.Post(() => _woken.Set());
                    break;
                case "spawn":
                    hub.Spawn(() => Task.FromResult(_woken.Set()));
                    break;
                case "invoke":
                    hub.InvokeAsync(() => Task.FromResult(_woken.Set())).GetAwaiter().GetResult();
                    break;
                case "wait":
                    hub.Spawn(() => Task.FromResult(_woken.Set())).Wait();
                    break;
                case "switch":
                    _green!.Switch();
                    break;
                case "kill":
                    _green!.Kill();
                    break;
                case "token":
                    _source!.Cancel();
                    break;
                case "notify-close":
                    Hubs.NotifyClose(_reader);
                    break;
                default:
                    throw new ArgumentException(what);
            }

            _woken.WaitOne();
        }

        public void Dispose()
        {
            _source?.Dispose();
            _pipes.Dispose();
            _woken.Dispose();
            _waiting.Dispose();
        }
    }
}

/// <summary>On epoll.</summary>
public sealed class PostingOnEpoll : PostingTests<EpollHub>;

/// <summary>On epoll.</summary>
public sealed class PostingOnIoUring : PostingTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class PostingOnPoll : PostingTests<PollHub>;

/// <summary>On select.</summary>
public sealed class PostingOnSelect : PostingTests<SelectHub>;
