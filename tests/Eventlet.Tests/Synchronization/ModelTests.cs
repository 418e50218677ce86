using CsCheck;
using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Eventlet.Tests.Synchronization;

/// <summary>
/// Queues, semaphores and pools against simple models, under random operations, kills, time-outs and cancellations. What fails prints a seed; CsCheck_Seed replays it.
/// </summary>
public abstract partial class ModelTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    private static readonly Gen<(int Choice, int Number)[]> s_operations = Gen.Select(Gen.Int[0, 15], Gen.Int[0, 11]).Array[1, 60];
    private static readonly int s_runs = TimeLimit.LongRun ? 5_000 : 60;

    [Fact]
    public void Queue_AgreesWithItsModel() => Check((operations, clock) => new QueuePlay(new GreenQueue<int>(2), clock, 2, items => 0).RunAsync(operations));

    [Fact]
    public void Channel_AgreesWithItsModel() => Check((operations, clock) => new QueuePlay(new GreenQueue<int>(0), clock, 0, items => 0).RunAsync(operations));

    [Fact]
    public void LifoQueue_AgreesWithItsModel() => Check((operations, clock) => new QueuePlay(new GreenLifoQueue<int>(3), clock, 3, items => items.Count - 1).RunAsync(operations));

    [Fact]
    public void PriorityQueue_AgreesWithItsModel() =>
        Check((operations, clock) => new QueuePlay(new GreenPriorityQueue<int>(3), clock, 3, items => items.IndexOf(items.Min())).RunAsync(operations));

    [Fact]
    public void Semaphore_AgreesWithItsModel() => Check((operations, clock) => new SemaphorePlay(clock, new GreenSemaphore(2), null).RunAsync(operations));

    [Fact]
    public void BoundedSemaphore_AgreesWithItsModel() => Check((operations, clock) => new SemaphorePlay(clock, new BoundedGreenSemaphore(2), 2).RunAsync(operations));

    [Fact]
    public void CappedSemaphore_AgreesWithItsModel() => Check((operations, clock) => new CappedPlay(clock, count: 1, limit: 2).RunAsync(operations));

    [Fact]
    public void CappedSemaphore_WithALimitOfZero_AgreesWithItsModel() => Check((operations, clock) => new CappedPlay(clock, count: 0, limit: 0).RunAsync(operations));

    [Fact]
    public void Pool_AgreesWithItsModel() => Check((operations, clock) => new PoolPlay(clock).RunAsync(operations));

    [Fact]
    public void ResourcePool_AgreesWithItsModel() => CheckResources(asStack: false);

    [Fact]
    public void ResourceStack_AgreesWithItsModel() => CheckResources(asStack: true);

    private static void CheckResources(bool asStack) => Check(async (operations, clock) =>
    {
        using var play = new ResourcePlay(clock, asStack);
        await play.RunAsync(operations);
    });

    private static void Check(Func<(int, int)[], FakeTimeProvider, Task> play)
    {
        var clock = new FakeTimeProvider();
        using Hub hub = Hub.Start(Factory, new HubOptions { Clock = clock });
        s_operations.Sample(operations => hub.InvokeAsync(() => play(operations, clock)).GetAwaiter().GetResult(), iter: s_runs, threads: 1);
    }

    /// <summary>A greenthread in an operation, what it has seen, and what it must.</summary>
    private sealed class Actor : IDisposable
    {
        internal readonly CancellationTokenSource Source = new();
        internal readonly GreenEvent<bool> End = new();
        internal GreenThread Green = null!;
        internal GreenThread? Worker;
        internal int Item;
        internal int SecondsLeft = int.MaxValue;
        internal string Seen = "waits";
        internal string Expected = "waits";

        public void Dispose()
        {
            Green.Kill();
            Source.Dispose();
        }

        internal void Begin(Func<Actor, Task<string>> body) => Green = GreenThread.Spawn(async () =>
        {
            try
            {
                Seen = await body(this);
            }
            catch (GreenTimeoutException)
            {
                Seen = "timed out";
            }
            catch (OperationCanceledException)
            {
                Seen = "cancelled";
            }
            catch (GreenletExit)
            {
                Seen = "killed";
            }
        });
    }

    private abstract class Play(FakeTimeProvider clock)
    {
        protected readonly List<Actor> Actors = [];

        internal async Task RunAsync((int Choice, int Number)[] operations)
        {
            foreach ((int choice, int number) in operations)
            {
                await ActAsync(choice, number);
                await SettleAsync();
                foreach (Actor actor in Actors)
                {
                    Assert.Equal(actor.Expected, actor.Seen);
                }

                Compare();
            }

            Actors.ForEach(actor => actor.Dispose());

            await SettleAsync();
        }

        protected abstract Task ActAsync(int choice, int number);

        protected abstract void Compare();

        protected Actor Begin(List<Actor> line, int secondsLeft, Func<Actor, Task<string>> body)
        {
            var actor = new Actor { SecondsLeft = secondsLeft };
            Actors.Add(actor);
            line.Add(actor);
            actor.Begin(body);
            return actor;
        }

        protected static void Leave(List<Actor> line, int number, string outcome, Action<Actor> how)
        {
            if (line.Count > 0)
            {
                Actor actor = line[number % line.Count];
                line.Remove(actor);
                actor.Expected = outcome;
                how(actor);
            }
        }

        protected void Advance(string outcome, params List<Actor>[] lines)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            foreach (List<Actor> line in lines)
            {
                foreach (Actor actor in line.Where(actor => actor.SecondsLeft != int.MaxValue && --actor.SecondsLeft == 0).ToArray())
                {
                    line.Remove(actor);
                    actor.Expected = outcome;
                }
            }
        }

        /// <summary>A step may hand on what another one could not use, and so on along the line.</summary>
        protected async Task SettleAsync()
        {
            for (int turn = 0; turn < 4 + Actors.Count; turn++)
            {
                await TurnAsync();
            }
        }
    }

    private sealed class QueuePlay(GreenQueue<int> queue, FakeTimeProvider clock, int maxSize, Func<List<int>, int> next) : Play(clock)
    {
        private readonly List<int> _items = [];
        private readonly List<Actor> _getters = [];
        private readonly List<Actor> _putters = [];
        private int _maxSize = maxSize;
        private int _serial;

        protected override Task ActAsync(int choice, int number)
        {
            switch (choice)
            {
                case 0 or 1:
                    int item = ++_serial * 7 % 50;
                    Assert.Equal(Put(item), queue.TryPut(item));
                    break;
                case 2:
                    bool isExpected = Get(out int expected);
                    Assert.Equal(isExpected, queue.TryGet(out int taken));
                    Assert.Equal(isExpected ? expected : 0, taken);
                    break;
                case 3 or 4 or 5:
                    Arrive(Begin(_getters, int.MaxValue, async me => $"got {await queue.GetAsync(me.Source.Token)}"));
                    break;
                case 6:
                    Arrive(Begin(_getters, 1 + number % 3, async me => $"got {await queue.GetAsync(TimeSpan.FromSeconds(1 + number % 3), me.Source.Token)}"));
                    break;
                case 7 or 8:
                    Offer(Begin(_putters, number % 2 == 0 ? int.MaxValue : 1 + number % 3, async me =>
                    {
                        await queue.PutAsync(me.Item, number % 2 == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(1 + number % 3), me.Source.Token);
                        return "put";
                    }));
                    break;
                case 9:
                    Leave(number % 2 == 0 ? _getters : _putters, number, "killed", actor => actor.Green.Kill());
                    break;
                case 10:
                    Leave(number % 2 == 0 ? _getters : _putters, number, "cancelled", actor => actor.Source.Cancel());
                    break;
                case 11:
                    Advance("timed out", _getters, _putters);
                    break;
                case 12:
                    queue.Resize(number - 2);
                    _maxSize = number - 2;
                    Admit();
                    break;
                case 13 or 14 or 15:
                    HandOverAnd(choice, number);
                    break;
            }

            return Task.CompletedTask;
        }

        // What was handed over stays, though something else comes in the same turn.
        private void HandOverAnd(int choice, int number)
        {
            Actor? getter = _getters.FirstOrDefault();
            Assert.Equal(Put(number), queue.TryPut(number));
            switch (choice)
            {
                case 13:
                    if (getter?.Seen == "waits")
                    {
                        getter.Green.Kill();
                    }

                    break;
                case 14:
                    getter?.Source.Cancel();
                    break;
                default:
                    Advance("timed out", _getters, _putters);
                    break;
            }
        }

        private bool HasRoom => _maxSize < 0 || _items.Count < _maxSize;

        private bool Put(int item)
        {
            if (_getters.Count > 0)
            {
                _getters[0].Expected = $"got {item}";
                _getters.RemoveAt(0);
                return true;
            }

            if (!HasRoom)
            {
                return false;
            }

            _items.Add(item);
            return true;
        }

        private bool Get(out int item)
        {
            item = 0;
            if (_items.Count > 0)
            {
                int index = next(_items);
                item = _items[index];
                _items.RemoveAt(index);
                Admit();
                return true;
            }

            if (_putters.Count == 0)
            {
                return false;
            }

            item = _putters[0].Item;
            _putters[0].Expected = "put";
            _putters.RemoveAt(0);
            return true;
        }

        private void Admit()
        {
            while (HasRoom && _putters.Count > 0)
            {
                _items.Add(_putters[0].Item);
                _putters[0].Expected = "put";
                _putters.RemoveAt(0);
            }
        }

        private void Arrive(Actor getter)
        {
            if (Get(out int item))
            {
                _getters.Remove(getter);
                getter.Expected = $"got {item}";
            }
        }

        private void Offer(Actor putter)
        {
            putter.Item = ++_serial * 7 % 50;
            _putters.Remove(putter);
            if (Put(putter.Item))
            {
                putter.Expected = "put";
            }
            else
            {
                _putters.Add(putter);
            }
        }

        protected override void Compare()
        {
            Assert.Equal(_items.Count, queue.Count);
            Assert.Equal(_getters.Count, queue.Getting);
            Assert.Equal(_putters.Count, queue.Putting);
        }
    }
}

public sealed class ModelsOnEpoll : ModelTests<EpollHub>;
public sealed class ModelsOnPoll : ModelTests<PollHub>;
public sealed class ModelsOnSelect : ModelTests<SelectHub>;
