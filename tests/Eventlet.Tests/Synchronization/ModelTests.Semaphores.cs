using Microsoft.Extensions.Time.Testing;

namespace Eventlet.Tests.Synchronization;

// Semaphores of all kinds.
public abstract partial class ModelTests<THub>
{
    private sealed class SemaphorePlay(FakeTimeProvider clock, GreenSemaphore semaphore, int? bound) : Play(clock)
    {
        private readonly List<Actor> _line = [];
        private int _free = 2;

        protected override Task ActAsync(int choice, int number)
        {
            switch (choice)
            {
                case 0 or 1 or 2:
                    Release();
                    break;
                case 3 or 4:
                    bool isFree = _free > 0;
                    _free -= isFree ? 1 : 0;
                    Assert.Equal(isFree, semaphore.TryAcquire());
                    break;
                case 5 or 6 or 7 or 8:
                    Enter(Begin(_line, int.MaxValue, async me =>
                    {
                        await semaphore.AcquireAsync(me.Source.Token);
                        return "has it";
                    }));
                    break;
                case 9 or 10:
                    Enter(Begin(_line, 1 + number % 3, async me =>
                        await semaphore.AcquireAsync(TimeSpan.FromSeconds(1 + number % 3), me.Source.Token) ? "has it" : "timed out"));
                    break;
                case 11:
                    Leave(_line, number, "killed", actor => actor.Green.Kill());
                    break;
                case 12:
                    Leave(_line, number, "cancelled", actor => actor.Source.Cancel());
                    break;
                case 13:
                    Advance("timed out", _line);
                    break;
                default:
                    Actor? first = _line.FirstOrDefault();
                    Release();
                    if (choice == 14)
                    {
                        first?.Green.Kill();
                    }
                    else
                    {
                        Advance("timed out", _line);
                    }

                    break;
            }

            return Task.CompletedTask;
        }

        private void Release()
        {
            if (_free == bound)
            {
                Assert.Throws<SemaphoreFullException>(semaphore.Release);
                return;
            }

            semaphore.Release();
            if (_line.Count > 0)
            {
                _line[0].Expected = "has it";
                _line.RemoveAt(0);
            }
            else
            {
                _free++;
            }
        }

        private void Enter(Actor actor)
        {
            if (_free > 0)
            {
                _free--;
                _line.Remove(actor);
                actor.Expected = "has it";
            }
        }

        protected override void Compare()
        {
            Assert.Equal(_free, semaphore.Free);
            Assert.Equal(_line.Count, semaphore.Waiting);
        }
    }

    /// <summary>Permits between zero and a limit, with a line at each end; who comes to the one finds the first of the other.</summary>
    private sealed class CappedPlay(FakeTimeProvider clock, int count, int limit) : Play(clock)
    {
        private readonly CappedGreenSemaphore _capped = new(count, limit);
        private readonly List<Actor> _acquiring = [];
        private readonly List<Actor> _releasing = [];
        private int _free = count;

        protected override Task ActAsync(int choice, int number)
        {
            List<Actor> either = number % 2 == 0 ? _acquiring : _releasing;
            switch (choice)
            {
                case 0 or 1:
                    Assert.Equal(Acquire(), _capped.TryAcquire());
                    break;
                case 2 or 3:
                    Assert.Equal(Release(), _capped.TryRelease());
                    break;
                case 4 or 5 or 6 or 7:
                    Wait(_acquiring, Acquire, token => _capped.AcquireAsync(token), number);
                    break;
                case 8 or 9 or 10 or 11:
                    Wait(_releasing, Release, token => _capped.ReleaseAsync(token), number);
                    break;
                case 12:
                    Leave(either, number, "killed", actor => actor.Green.Kill());
                    break;
                case 13:
                    Leave(either, number, "cancelled", actor => actor.Source.Cancel());
                    break;
                case 14:
                    Advance("timed out", _acquiring, _releasing);
                    break;
                default:
                    // What was handed over stays, though its taker is cancelled or its time is over in the same turn.
                    Actor? first = _acquiring.FirstOrDefault();
                    Assert.Equal(Release(), _capped.TryRelease());
                    first?.Source.Cancel();
                    Advance("timed out", _acquiring, _releasing);
                    break;
            }

            return Task.CompletedTask;
        }

        private void Wait(List<Actor> line, Func<bool> goesAtOnce, Func<CancellationToken, ValueTask> operation, int number)
        {
            int seconds = number % 4;
            Actor actor = Begin(line, seconds == 0 ? int.MaxValue : seconds, async me =>
            {
                using var patience = new GreenTimeout(seconds == 0 ? null : TimeSpan.FromSeconds(seconds));
                await operation(me.Source.Token);
                return "done";
            });
            line.Remove(actor);
            if (goesAtOnce())
            {
                actor.Expected = "done";
            }
            else
            {
                line.Add(actor);
            }
        }

        private bool Acquire() => Meet(_releasing) || (_free > 0 && Change(-1));

        private bool Release() => Meet(_acquiring) || (_free < limit && Change(1));

        // Whoever waits to release stands behind a full store, so that the permits stay as many as they were.
        private static bool Meet(List<Actor> others)
        {
            if (others.Count == 0)
            {
                return false;
            }

            others[0].Expected = "done";
            others.RemoveAt(0);
            return true;
        }

        private bool Change(int by)
        {
            _free += by;
            return true;
        }

        protected override void Compare()
        {
            Assert.Equal(_free == 0, _capped.IsLocked);
            Assert.Equal(_free - _acquiring.Count - (limit - _free - _releasing.Count), _capped.Balance);
        }
    }
}
