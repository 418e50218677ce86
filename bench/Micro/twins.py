"""
The operations of bench/Micro on Python's eventlet or gevent: twins.py LIBRARY prints a JSON object of nanoseconds and bytes.
All of it runs in one thread and never waits for the kernel, so its CPU time is what it takes.
"""
import gc
import json
import os
import random
import statistics
import subprocess
import sys
import time

LIBRARY = sys.argv[1]
ROUNDS = 3

if LIBRARY == "eventlet":
    import eventlet
    from eventlet import hubs
    from eventlet.event import Event
    from eventlet.queue import Queue
    from eventlet.semaphore import Semaphore

    spawn, spawn_n, sleep, kill = eventlet.spawn, eventlet.spawn_n, eventlet.sleep, eventlet.kill
    Exit = __import__("greenlet").GreenletExit

    def make_event():
        event = Event()
        return event.wait, event.send

    def wait(one):
        return one.wait()

    def call_later(delay, call):
        return hubs.get_hub().schedule_call_global(delay, call)

    def cancel(timer):
        timer.cancel()
else:
    import gevent
    from gevent.event import AsyncResult
    from gevent.lock import Semaphore
    from gevent.queue import Queue

    spawn, spawn_n, sleep, kill = gevent.spawn, gevent.spawn, gevent.sleep, gevent.kill
    Exit = gevent.GreenletExit

    def make_event():
        event = AsyncResult()
        return event.get, event.set

    def wait(one):
        return one.get()

    def call_later(delay, call):
        timer = gevent.get_hub().loop.timer(delay)
        timer.start(call)
        return timer

    def cancel(timer):
        timer.close()


def nothing():
    return 1


def switch(count):
    def turns():
        for _ in range(count // 100):
            sleep(0)

    for one in [spawn(turns) for _ in range(100)]:
        wait(one)


def spawn_only(count):
    for i in range(1, count):
        spawn_n(nothing)
        if i % 1000 == 0:
            sleep(0)
    wait(spawn(nothing))


def spawn_switch_end(count):
    for _ in range(count // 1000):
        some = [spawn(sleep, 0) for _ in range(1000)]
        wait(some[-1])


def spawn_wait(count):
    for _ in range(count):
        wait(spawn(nothing))


def link(count):
    ended = []
    for _ in range(count):
        one = spawn(nothing)
        one.link(lambda *_: ended.append(1))
        wait(one)
    sleep(0)
    assert len(ended) == count


def kill_waiting(count):
    never, _ = make_event()
    for _ in range(count):
        one = spawn(never)
        sleep(0)
        kill(one)
        try:
            wait(one)
        except Exit:
            pass


def queue(count):
    there, back = Queue(), Queue()

    def partner():
        for _ in range(count // 2):
            back.put(there.get())

    other = spawn(partner)
    for i in range(count // 2):
        there.put(i)
        back.get()
    wait(other)


def semaphore(count):
    permit = Semaphore(1)

    def turns():
        for _ in range(count // 2):
            permit.acquire()
            sleep(0)
            permit.release()

    other = spawn(turns)
    turns()
    wait(other)


def event(count):
    for _ in range(count):
        wait_for, send = make_event()
        spawn_n(send, 1)
        wait_for()


def timers(count):
    shuffled = random.Random(20240229)
    first = 0.5 + count * 15e-6
    last = first + 1
    fired = []
    delays = [shuffled.uniform(first, last) for _ in range(count)]
    start = time.process_time()
    all_timers = [call_later(delay, lambda: fired.append(1)) for delay in delays]
    added = time.process_time() - start
    shuffled.shuffle(all_timers)
    left = count // 10
    start_cancel = time.process_time()
    for timer in all_timers[left:]:
        cancel(timer)
    cancelled = time.process_time() - start_cancel
    time.sleep(last)
    start_fire = time.process_time()
    while len(fired) < left:
        sleep(0)
    firing = time.process_time() - start_fire
    return {"timer-add": 1e9 * added / count, "timer-cancel": 1e9 * cancelled / (count - left), "timer-fire": 1e9 * firing / left}


def resident():
    gc.collect()
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))


def idle(count, body):
    before = resident()
    some = [spawn(body) for _ in range(count)]
    sleep(0)
    return (resident() - before) / len(some)


OPERATIONS = {
    "switch": (switch, 100_000),
    "spawn": (spawn_only, 20_000),
    "spawn-switch-end": (spawn_switch_end, 20_000),
    "spawn-wait": (spawn_wait, 20_000),
    "link": (link, 20_000),
    "kill": (kill_waiting, 10_000),
    "queue": (queue, 50_000),
    "semaphore": (semaphore, 50_000),
    "event": (event, 20_000),
}

IDLE = {"idle-event-bytes": make_event()[0], "idle-timer-bytes": lambda: sleep(3600)}

if len(sys.argv) == 3:  # in a process of its own, in which no freed memory can be used again
    print(idle(20_000, IDLE[sys.argv[2]]))
    sys.stdout.flush()
    os._exit(0)

figures = {}
for name, (operation, count) in OPERATIONS.items():
    operation(count)
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        operation(count)
        times.append(1e9 * (time.process_time() - start) / count)
    figures[name] = statistics.median(times)
timers(200_000)
runs = [timers(200_000) for _ in range(ROUNDS)]
figures.update({name: statistics.median(run[name] for run in runs) for name in runs[0]})
for name in IDLE:
    figures[name] = float(subprocess.check_output([sys.executable, __file__, LIBRARY, name]))
print(json.dumps({LIBRARY: figures}))
