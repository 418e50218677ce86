using Microsoft.Extensions.Time.Testing;

namespace Eventlet.Tests.Synchronization;

// Pools of workers and of resources.
public abstract partial class ModelTests<THub>
{
    private sealed class PoolPlay(FakeTimeProvider clock) : Play(clock)
    {
        private readonly GreenPool _pool = new(2);
        private readonly List<Actor> _line = [];
        private readonly List<Actor> _running = [];
        private int _size = 2;

        protected override Task ActAsync(int choice, int number)
        {
            switch (choice)
            {
                case < 6:
                    int seconds = choice < 4 ? int.MaxValue : 1 + number % 3;
                    Begin(_line, seconds, async me =>
                    {
                        using var limit = new GreenTimeout(seconds == int.MaxValue ? null : TimeSpan.FromSeconds(seconds));
                        me.Worker = await _pool.SpawnAsync(async () => await me.End.WaitAsync(), me.Source.Token);
                        return "spawned";
                    });
                    Admit();
                    break;
                case 6 or 7:
                    End(number, worker => worker.End.Send(true));
                    break;
                case 8:
                    End(number, worker => worker.End.SendException(new GreenletExit()));
                    break;
                case 9:
                    End(number, worker => worker.Worker!.Kill());
                    break;
                case 10:
                    Leave(_line, number, "killed", actor => actor.Green.Kill());
                    break;
                case 11:
                    Leave(_line, number, "cancelled", actor => actor.Source.Cancel());
                    break;
                case 12:
                    _size = number % 5;
                    _pool.Resize(_size);
                    Admit();
                    break;
                case 13:
                    bool isFree = _running.Count < _size;
                    GreenThread? unbegun = _pool.TrySpawn(() => Task.CompletedTask);
                    Assert.Equal(isFree, unbegun is not null);
                    unbegun?.Kill();
                    break;
                case 14:
                    Advance("timed out", _line);
                    break;
                default:
                    // Who was handed a place has it, though the time is over in the same turn.
                    End(number, worker => worker.Worker!.Kill());
                    Advance("timed out", _line);
                    break;
            }

            return Task.CompletedTask;
        }

        private void Admit()
        {
            while (_running.Count < _size && _line.Count > 0)
            {
                _line[0].Expected = "spawned";
                _running.Add(_line[0]);
                _line.RemoveAt(0);
            }
        }

        private void End(int number, Action<Actor> how)
        {
            if (_running.Count > 0)
            {
                Actor worker = _running[number % _running.Count];
                _running.Remove(worker);
                how(worker);
                Admit();
            }
        }

        protected override void Compare()
        {
            Assert.Equal(_running.Count, _pool.Running);
            Assert.Equal(_size - _running.Count, _pool.Free);
            Assert.Equal(_line.Count, _pool.Waiting);
        }
    }

    private sealed class ResourcePlay : Play, IDisposable
    {
        private readonly Pool<int> _pool;
        private readonly List<int> _discarded = [];
        private readonly bool _asStack;
        private readonly List<Actor> _line = [];
        private readonly List<int> _out = [];
        private readonly List<int> _stored = [];
        private readonly List<int> _expectedDiscards = [];
        private int _made;
        private int _expectedMade;
        private bool _fails;
        private int _size = 2;

        internal ResourcePlay(FakeTimeProvider clock, bool asStack) : base(clock)
        {
            _asStack = asStack;
            _pool = new Pool<int>(() => _fails ? throw new FormatException() : ++_made, maxSize: 2, asStack: asStack, discard: _discarded.Add);
        }

        public void Dispose() => _pool.Dispose();

        protected override Task ActAsync(int choice, int number)
        {
            switch (choice)
            {
                case < 6:
                    int seconds = choice < 4 ? int.MaxValue : 1 + number % 3;
                    Begin(_line, seconds, async me =>
                    {
                        using var limit = new GreenTimeout(seconds == int.MaxValue ? null : TimeSpan.FromSeconds(seconds));
                        try
                        {
                            return $"got {await _pool.GetAsync(me.Source.Token)}";
                        }
                        catch (FormatException)
                        {
                            return "not made";
                        }
                    });
                    Admit();
                    break;
                case < 9:
                    Put(number, isDead: number % 3 == 0);
                    break;
                case 9:
                    Leave(_line, number, "killed", actor => actor.Green.Kill());
                    break;
                case 10:
                    Leave(_line, number, "cancelled", actor => actor.Source.Cancel());
                    break;
                case 11:
                    _size = number % 5;
                    _pool.Resize(_size);
                    Admit();
                    break;
                case 12:
                    _fails = number % 2 == 0;
                    break;
                case 13 or 14:
                    Advance("timed out", _line);
                    break;
                default:
                    Put(number, isDead: false);
                    Advance("timed out", _line);
                    break;
            }

            return Task.CompletedTask;
        }

        private void Put(int number, bool isDead)
        {
            if (_out.Count == 0)
            {
                return;
            }

            int item = _out[number % _out.Count];
            (isDead || _out.Count > _size ? _expectedDiscards : _stored).Add(item);
            _out.Remove(item);
            _pool.Put(item, isDead);
            Admit();
        }

        private void Admit()
        {
            while (_out.Count < _size && _line.Count > 0)
            {
                Actor next = _line[0];
                _line.RemoveAt(0);
                if (_stored.Count == 0 && _fails)
                {
                    next.Expected = "not made";
                    continue;
                }

                int item = _stored.Count == 0 ? ++_expectedMade : _asStack ? _stored[^1] : _stored[0];
                _stored.Remove(item);
                _out.Add(item);
                next.Expected = $"got {item}";
            }
        }

        protected override void Compare()
        {
            Assert.Equal(_size - _out.Count, _pool.Free);
            Assert.Equal(_stored.Count, _pool.Stored);
            Assert.Equal(_line.Count, _pool.Waiting);
            Assert.Equal(_expectedDiscards, _discarded);
        }
    }
}
