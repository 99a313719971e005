"""Generated streams whose waiting is known: people who work by the clock, queues, batches.

A world is a list of stages. ``work`` keeps a person of a pool busy, in working hours only;
``queue`` lasts until such a person takes the item up; ``park`` lasts until something outside
happens and the same person comes back; ``timer`` ends by itself, at any hour; ``batch`` ends for
all items at once.
"""

import heapq
from dataclasses import dataclass, field

import numpy as np

from tests.worlds import START

HOUR = 3600.0
FIRST, HOURS = 8, 9  # the working day
NAMES = {
    "work": ["In analysis", "In development", "In review", "In test", "Documenting", "Fixing"],
    "queue": ["Backlog", "Ready for development", "Waiting for review", "Ready for test", "To do"],
    "park": ["On hold", "Awaiting feedback", "Waiting for customer", "Blocked", "Pending"],
    "timer": ["Waiting for CI", "Awaiting answer", "Pending vendor"],
    "batch": ["Ready for release", "Awaiting deployment", "Waiting for approval"],
}


@dataclass
class World:
    """What happens in a generated stream; times in hours (of work for ``work``)."""

    stages: list  # (sort, median hours), in order of passing
    people: int = 6
    load: float = 0.8  # share of the people's time that work takes
    marks: float = 0.0  # an hour of work; a fiftieth of it an hour of waiting
    noise: float = 0.0  # share of events without an actor
    loops: float = 0.0  # how often the last but one stage goes back two
    at_once: int = 1  # items a person has in work at a time
    specialists: bool = True  # each work stage has people of its own
    actors: bool = True
    items: int = 150
    events: list = field(default_factory=list)


def forward(t):
    """The next working moment, in seconds from a Monday's midnight."""
    day, hour = t // 86400, t % 86400 / HOUR
    if day % 7 < 5 and hour < FIRST:
        return day * 86400 + FIRST * HOUR
    if day % 7 < 5 and hour < FIRST + HOURS:
        return t
    day += 1
    while day % 7 >= 5:
        day += 1
    return day * 86400 + FIRST * HOUR


def later(t, hours):
    """When so many hours of work that begin at ``t`` are over."""
    t = forward(t)
    while True:
        left = (FIRST + HOURS) - t % 86400 / HOUR
        if hours <= left:
            return t + hours * HOUR
        hours -= left
        t = forward(t + left * HOUR + 1)


def release(t, weekly):
    """The next batch after ``t``: daily at four, or on Thursdays at three."""
    day = t // 86400
    while True:
        moment = day * 86400 + (15 if weekly else 16) * HOUR
        if moment > t and (day % 7 == 3 if weekly else day % 7 < 5):
            return moment
        day += 1


class Run:
    """One run of a world."""

    def __init__(self, world, seed):
        self.world, self.rng = world, np.random.default_rng(seed)
        self.moves, self.marks = [], []
        self.works = [n for n, (sort, _) in enumerate(world.stages) if sort == "work"]
        pools = len(self.works) if world.specialists else 1
        each = max(1, round(world.people / pools))
        self.pools = [[f"p{pool}-{n}" for n in range(each)] for pool in range(pools)]
        self.free = {p: [0.0] * world.at_once for pool in self.pools for p in pool}
        self.heap = []

    def pool(self, stage):
        later_works = [k for k, n in enumerate(self.works) if n >= stage] or [0]
        return self.pools[later_works[0] % len(self.pools)]

    def go(self):
        world = self.world
        busy = sum(h * 1.4 for sort, h in world.stages if sort == "work") * (1 + 2 * world.loops)
        people = sum(len(p) for p in self.pools) * world.at_once
        gap = busy / (people * world.load) / HOURS * 24 * 7 / 5
        t = 0.0
        for item in range(world.items):
            t += self.rng.exponential(gap) * HOUR
            heapq.heappush(self.heap, (forward(t), item, 0, f"r{item % 4}"))
        while self.heap:
            self.step(*heapq.heappop(self.heap))
        return self

    def step(self, t, item, stage, who):
        """An item enters a stage; find out when it leaves and who takes it on."""
        self.moves.append((t, item, stage, who))
        if stage == len(self.world.stages):
            return
        sort, hours = self.world.stages[stage]
        if sort == "work":
            end, out = self.work(t, hours, who), who
        else:
            end, out = self.wait(sort, t, hours, stage, who)
        self.mark(sort, t, end, item, who)
        heapq.heappush(self.heap, (end, item, self.after(stage), out))

    def after(self, stage):
        last = len(self.world.stages) - 1
        back = stage == last and self.rng.random() < self.world.loops
        return max(stage - 1, 0) if back else stage + 1

    def work(self, t, hours, who):
        end = later(t, hours * self.rng.lognormal(0, 0.8))
        slots = self.free.setdefault(who, [0.0])
        slots[int(np.argmin(slots))] = end
        return end

    def wait(self, sort, t, hours, stage, who):
        rng = self.rng
        if sort == "queue":
            out = min(self.pool(stage), key=lambda p: (min(self.free[p]), rng.random()))
            end = forward(max(t, min(self.free[out])) + rng.exponential(hours) * HOUR)
        elif sort == "park":
            over = forward(t + hours * HOUR * rng.lognormal(0, 1.0))
            out, end = who, forward(max(over, min(self.free.get(who, [0.0]))))
        elif sort == "timer":
            out, end = "system", t + hours * HOUR * rng.lognormal(0, 0.8)
        else:
            out, end = "releaser", release(t, hours > 60)
        if self.world.stages[stage + 1 :][:1] and self.world.stages[stage + 1][0] == "work":
            out = self.pool(stage)[0] if out in ("system", "releaser") else out
            if sort != "timer":
                end += rng.uniform(0, 120)
            self.free.setdefault(out, [0.0])
            slots = self.free[out]
            slots[int(np.argmin(slots))] = max(end, min(slots))
        return end, out

    def mark(self, sort, t, end, item, who):
        rate = self.world.marks / (1 if sort == "work" else 50)
        for moment in self.rng.uniform(t, end, self.rng.poisson(rate * (end - t) / HOUR * 0.4)):
            self.marks.append((moment, item, who if sort == "work" else f"r{item % 4}"))


def generate(world, seed, *, named=False):
    """Events for `tests.worlds.make_log`, and the kind of each state that is no end."""
    run = Run(world, seed).go()
    rng = np.random.default_rng(seed + 1)
    order = rng.permutation(len(world.stages) + 1)
    names = [f"S{n + 1}" for n in order]
    if named:
        used = {sort: list(rng.permutation(words)) for sort, words in NAMES.items()}
        names = [f"{used[s].pop()}" for s, _ in world.stages] + ["Done"]
    kinds = {
        names[n]: "active" if sort == "work" else "wait" for n, (sort, _) in enumerate(world.stages)
    }
    rows = [(t, item, names[stage], who) for t, item, stage, who in run.moves]
    rows += [(t, item, "commented", who) for t, item, who in run.marks]
    gone = rng.random(len(rows)) < (world.noise if world.actors else 1.0)
    events = [
        (f"I{item}", START + int(t * 1e6), n, name, None if gone[n] else who)
        for n, (t, item, name, who) in enumerate(sorted(rows))
    ]
    return events, kinds


def worlds(rng):
    """One world of each shape, its sizes drawn."""
    x = lambda: rng.lognormal(0, 0.4)  # noqa: E731
    free = {"marks": rng.choice([0.0, 0.5]), "noise": rng.choice([0.0, 0.05])}
    pairs = [("queue", 2 * x()), ("work", 6 * x())] * 3
    load = rng.uniform(0.65, 0.92)
    return {
        "handoffs": World([*pairs, ("batch", 100)], load=load, **free),
        "one person": World(
            [
                ("queue", 10 * x()),
                ("work", 5 * x()),
                ("park", 60 * x()),
                ("work", 3 * x()),
                ("park", 90 * x()),
                ("work", 2 * x()),
            ],
            load=load,
            specialists=False,
            **free,
        ),
        "batches": World(
            [
                ("queue", 5 * x()),
                ("work", 8 * x()),
                ("batch", 10),
                ("work", 2 * x()),
                ("batch", 100),
            ],
            load=load,
            **free,
        ),
        "bursts": World(
            [("queue", 20 * x()), ("work", 0.5 * x()), ("park", 70 * x()), ("work", 0.4 * x())],
            loops=0.6,
            people=3,
            load=load * 0.5,
            specialists=False,
            **free,
        ),
        "long work": World(
            [("queue", 8 * x()), ("work", 40 * x()), ("queue", 4 * x()), ("work", 5 * x())],
            load=load,
            at_once=3,
            people=8,
            marks=0.5,
            noise=free["noise"],
        ),
        "timers": World(
            [
                ("queue", 5 * x()),
                ("work", 5 * x()),
                ("timer", 40 * x()),
                ("queue", 2 * x()),
                ("work", 3 * x()),
            ],
            load=load,
            **free,
        ),
        "no actors": World([*pairs, ("batch", 100)], load=load, actors=False),
        "no actors, marks": World(
            [
                ("queue", 5 * x()),
                ("work", 10 * x()),
                ("park", 60 * x()),
                ("work", 3 * x()),
                ("batch", 10),
            ],
            load=load,
            marks=0.5,
            actors=False,
        ),
    }
