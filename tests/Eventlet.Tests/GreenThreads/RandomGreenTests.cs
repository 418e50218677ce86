using System.Globalization;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.GreenThreads;

/// <summary>Random spawns, switches, throws, kills, links and joins against a sequential model of what each greenthread must see.</summary>
public abstract class RandomGreenTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    private const int Batches = 400;

    [Fact]
    public void RandomOperations_AgreeWithTheModel()
    {
        string? replay = Environment.GetEnvironmentVariable("EVENTLET_TEST_SEED");
        int seed = replay is null ? Random.Shared.Next() : int.Parse(replay, CultureInfo.InvariantCulture);
        try
        {
            OnGreen(() => new Run(seed).PlayAsync());
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"EVENTLET_TEST_SEED={seed} replays this", error);
        }
    }

    private enum State
    {
        Unbegun,
        Parked,
        Ready,
        Failing,
        Dead,
    }

    /// <summary>A greenthread and, beside it, what the contract says about it.</summary>
    private sealed class Subject(int number)
    {
        internal readonly List<string> Seen = [];
        internal readonly List<string> Expected = [];
        internal GreenThread Green = null!;
        internal State State;
        internal bool WasKilled;
        internal int Watchers;
        private string? _value;
        private Exception? _failing;
        private Exception? _pending;
        private Exception? _killed;

        internal async Task BodyAsync()
        {
            Hub hub = GreenThread.Current!.Hub;
            while (true)
            {
                try
                {
                    var value = (string)(await hub.SwitchAsync())!;
                    Assert.Same(Green, GreenThread.Current);
                    Seen.Add(value);
                    if (value == "end")
                    {
                        return;
                    }
                }
                catch (FormatException caught)
                {
                    Assert.Same(Green, GreenThread.Current);
                    Seen.Add(caught.Message);
                }
            }
        }

        internal void Switch(string value)
        {
            if (State == State.Parked)
            {
                State = State.Ready;
                _value = value;
                Green.Switch(value);
            }
            else
            {
                Assert.Throws<InvalidOperationException>(() => Green.Switch(value));
            }
        }

        internal void Interrupt(Exception error, bool isKill)
        {
            if (State == State.Unbegun && isKill)
            {
                End(error, killed: true);
            }
            else if (State == State.Parked)
            {
                State = State.Failing;
                _failing = error;
                _killed = isKill ? error : _killed;
            }
            else if (State is State.Unbegun or State.Ready && _pending is null)
            {
                _pending = error;
                _killed = isKill ? error : _killed;
            }
        }

        /// <summary>One turn of the loop.</summary>
        internal void Advance()
        {
            switch (State)
            {
                case State.Unbegun:
                    Park();
                    break;
                case State.Ready:
                    Expected.Add(_value!);
                    if (_value == "end")
                    {
                        End(null, killed: false);
                    }
                    else
                    {
                        Park();
                    }

                    break;
                case State.Failing:
                    Raise(_failing!);
                    break;
                default:
                    break;
            }
        }

        private void Park()
        {
            State = State.Parked;
            if (_pending is { } error)
            {
                _pending = null;
                Raise(error);
            }
        }

        private void Raise(Exception error)
        {
            if (error is FormatException)
            {
                Expected.Add(error.Message);
                State = State.Parked;
            }
            else
            {
                End(error, killed: error is GreenletExit || ReferenceEquals(error, _killed));
            }
        }

        private void End(Exception? error, bool killed)
        {
            State = State.Dead;
            WasKilled = killed;
            string outcome = error is null or GreenletExit ? "ended well" : error.Message;
            for (int i = 0; i < Watchers; i++)
            {
                Expected.Add("link");
            }

            for (int i = 0; i < Watchers; i++)
            {
                Expected.Add($"joined: {outcome}");
            }
        }

        internal void Watch()
        {
            if (State == State.Dead)
            {
                return;
            }

            Watchers++;
            Green.Link(_ => Seen.Add("link"));
            GreenThread.SpawnN(async () => Seen.Add($"joined: {(await ErrorOf(Green))?.Message ?? "ended well"}"));
        }

        public override string ToString() => $"greenthread {number} ({State}): {string.Join(", ", Seen)}";
    }

    private sealed class Run(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly List<Subject> _subjects = [];
        private int _serial;

        internal async Task PlayAsync()
        {
            for (int batch = 0; batch < Batches; batch++)
            {
                bool isRemote = _random.Next(8) == 0;
                for (int i = _random.Next(1, 12); i > 0; i--)
                {
                    await StepAsync(isRemote);
                }

                // One round to go on, one for those who wait for them, one for those who were told of an end meanwhile.
                for (int round = 0; round < 3; round++)
                {
                    await TurnAsync();
                }

                _subjects.ForEach(subject => subject.Advance());
                _subjects.ForEach(Check);
                _subjects.RemoveAll(subject => subject.State == State.Dead && _random.Next(3) == 0);
            }

            foreach (Subject subject in _subjects)
            {
                subject.Green.Kill();
            }

            await TurnAsync();
            await TurnAsync();
            Assert.Equal(1, GreenThread.Current!.Hub.Statistics.GreenThreads);
        }

        private async Task StepAsync(bool isRemote)
        {
            int choice = _random.Next(10);
            if (choice < 2 || _subjects.Count == 0)
            {
                Spawn();
                return;
            }

            Subject subject = _subjects[_random.Next(_subjects.Count)];
            if (choice < 5)
            {
                subject.Switch(_random.Next(6) == 0 ? "end" : $"value {_serial++}");
            }
            else if (choice < 6)
            {
                subject.Watch();
            }
            else
            {
                await InterruptAsync(subject, isRemote && _subjects.TrueForAll(other => other.State is State.Parked or State.Dead));
            }
        }

        private async Task InterruptAsync(Subject subject, bool isRemote)
        {
            Exception error = _random.Next(4) switch
            {
                0 => new GreenletExit(),
                1 => new ArgumentException($"fatal {_serial++}"),
                _ => new FormatException($"caught {_serial++}"),
            };
            bool isKill = _random.Next(2) == 0;
            subject.Interrupt(error, isKill);
            Action call = isKill ? () => subject.Green.Kill(error) : () => subject.Green.Throw(error);
            if (!isRemote)
            {
                call();
                return;
            }

            await Task.Run(call);
            await TurnAsync();
            await TurnAsync();
            subject.Advance();
        }

        private void Spawn()
        {
            var subject = new Subject(_serial++);
            subject.Green = GreenThread.Spawn(subject.BodyAsync);
            subject.Green.Link(_ => { });
            _subjects.Add(subject);
        }

        private static void Check(Subject subject)
        {
            Assert.True(subject.Expected.SequenceEqual(subject.Seen), $"{subject}; expected: {string.Join(", ", subject.Expected)}");
            Assert.Equal(subject.State == State.Dead, subject.Green.IsDead);
            Assert.True(subject.WasKilled == subject.Green.WasKilled, $"{subject}; killed: {subject.WasKilled}");
        }
    }
}

public sealed class RandomGreenOnEpoll : RandomGreenTests<EpollHub>;
public sealed class RandomGreenOnIoUring : RandomGreenTests<IoUringHub>;
public sealed class RandomGreenOnPoll : RandomGreenTests<PollHub>;
public sealed class RandomGreenOnSelect : RandomGreenTests<SelectHub>;
