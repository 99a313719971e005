"""Streams whose rules are known, before a change and after it: capacity, hours, returns, trains.

An independent simulation, slow and plain. The past of a world is one run up to the change; what is
true after it are many runs that share that past and differ from the change on.
"""

import heapq
from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np

from tests.opening import Hours, calendar
from tests.worlds import START, make_log, make_stream
from vsmlib.flow import Flow

HOUR = 3600.0
DAY = 24 * HOUR
WEEK = 7 * DAY
HOURS = Hours(HOUR)
opening, later = HOURS.opening, HOURS.later


@dataclass(frozen=True)
class Stage:
    """A wait and the work after it; times in hours on average."""

    work: float
    servers: int
    spread: float = 1.0  # of the work: standard deviation by mean
    outside: float = 0.0  # an outside wait before the queue
    outside_share: float = 1.0
    rework: float = 0.0  # share of the visits that send the item back to stage ``back``
    back: int = 0
    in_order: bool = False  # urgent items are served first
    limit: int = 0  # so many may be in the wait before it; others stay where they are


@dataclass(frozen=True)
class World:
    """Stages, how many items come in a week, and what else holds."""

    stages: tuple[Stage, ...]
    per_week: float
    hours: bool = False  # people work 9 to 17, Monday to Friday, and items come then
    release: float = 0.0  # days between releases at the end
    urgent: float = 0.0  # share of items of the type ``bug``
    gives_up: float = 0.0  # share of items cancelled instead of entering the second stage
    items: int = 1500
    seed: int = 1


@dataclass
class Run:
    """One run: the events it made."""

    world: World
    changed: World
    change_at: float
    until: float
    future: int = 0  # which of the futures after the change
    events: list = field(default_factory=list)

    def __post_init__(self):
        self.rng = np.random.default_rng(self.world.seed)
        self.now = self.world
        self.heap, self.count, self.closed = [], 0, False
        self.free = [stage.servers for stage in self.world.stages]
        self.queue = [[] for _ in self.world.stages]
        self.inside = [0] * len(self.world.stages)  # items in each wait
        self.outside = [[] for _ in self.world.stages]  # kept out of it, and where they are
        self.urgent = set()
        self.at(self.change_at, self.turn)
        self.at(0.0, self.arrive, 0)

    def at(self, t, act, *what):
        self.count += 1
        heapq.heappush(self.heap, (t, self.count, act, what))

    def go(self):
        while self.heap and self.heap[0][0] < self.until:
            t, _, act, what = heapq.heappop(self.heap)
            act(t, *what)
        return self

    def goes_on(self, changed, until, future):
        """A copy that goes on from where this one is, under other rules."""
        made = deepcopy(self, {id(self.events): [*self.events]})
        made.changed, made.until, made.future = changed, until, future
        return made.go()

    def type_of(self, name):
        """``bug`` for those who may be served first."""
        return "bug" if int(name[1:]) in self.urgent else "feature"

    def to_the_end(self):
        """Let nobody else come, and everybody finish."""
        self.closed, self.until = True, np.inf
        return self.go()

    def turn(self, t):
        self.rng = np.random.default_rng([self.world.seed, self.future])
        for stage, (old, new) in enumerate(zip(self.now.stages, self.changed.stages, strict=True)):
            self.free[stage] += new.servers - old.servers
        self.now = self.changed
        for stage in range(len(self.free)):
            self.serve(t, stage)

    def tell(self, t, item, event):
        self.events.append((f"i{item}", START + int(t * 1e6), len(self.events), event, None))

    def arrive(self, t, item):
        if self.closed:
            return
        week = WEEK * 40 / 168 if self.now.hours else WEEK
        gap = self.rng.exponential(week / self.now.per_week)
        if item:
            if self.now.urgent and self.rng.random() < self.now.urgent:
                self.urgent.add(item)
            self.enter(t, item, 0)
        self.at(later(opening(t), gap) if self.now.hours else t + gap, self.arrive, item + 1)

    def enter(self, t, item, stage):
        if stage == len(self.now.stages):
            self.tell(t, item, "finished")
            if self.now.release:
                every = self.now.release * DAY
                self.at((t // every + 1) * every, self.tell, item, "done")
            else:
                self.tell(t, item, "done")
            return
        if stage == 1 and self.rng.random() < self.now.gives_up:
            self.tell(t, item, "drop")
            return
        self.tell(t, item, f"wait {stage}")
        self.inside[stage] += 1
        spec = self.now.stages[stage]
        timed = spec.outside and self.rng.random() < spec.outside_share
        self.at(
            t + (self.rng.exponential(spec.outside * HOUR) if timed else 0), self.line, item, stage
        )

    def line(self, t, item, stage):
        self.queue[stage].append(item)
        self.serve(t, stage)

    def serve(self, t, stage):
        if self.now.hours and opening(t) > t:
            self.at(opening(t), self.serve, stage)
            return
        while self.queue[stage] and self.free[stage] > 0:
            spec = self.now.stages[stage]
            item = self.first(stage, spec)
            self.free[stage] -= 1
            self.tell(t, item, f"work {stage}")
            shape = 1 / spec.spread**2
            work = self.rng.gamma(shape, spec.work * HOUR / shape)
            self.at(later(t, work) if self.now.hours else t + work, self.over, item, stage)

            self.left(t, stage)

    def first(self, stage, spec):
        """Take the next out of the queue."""
        urgent = [item for item in self.queue[stage] if spec.in_order and item in self.urgent]
        item = (urgent or self.queue[stage])[0]
        self.queue[stage].remove(item)
        return item

    def left(self, t, stage):
        """Let the first who was kept out of a wait come in."""
        self.inside[stage] -= 1
        if self.outside[stage]:
            item, old = self.outside[stage].pop(0)
            self.goes(t, item, old, stage)

    def over(self, t, item, stage):
        spec = self.now.stages[stage]
        new = spec.back if self.rng.random() < spec.rework else stage + 1
        limit = self.now.stages[new].limit if stage < new < len(self.now.stages) else 0
        if limit and self.inside[new] >= limit:
            self.outside[new].append((item, stage))
        else:
            self.goes(t, item, stage, new)

    def goes(self, t, item, old, new):
        self.free[old] += 1
        self.enter(t, item, new)
        self.serve(t, old)


def flow(run, *, stated=True, **keys):
    """The flow of a run's events; its hours may stay unsaid."""
    stages = []
    for n in range(len(run.world.stages)):
        stages.append({"name": f"Wait {n}", "kind": "wait", "enter": [f"wait {n}"]})
        stages.append({"name": f"Work {n}", "kind": "active", "enter": [f"work {n}"]})
    stages.append({"name": "For release", "kind": "wait", "enter": ["finished"]})
    stages.append({"name": "Done", "kind": "done", "enter": ["done"]})
    stages.append({"name": "Dropped", "kind": "cancelled", "enter": ["drop"]})
    if run.world.hours and stated:
        keys["calendar"] = calendar()
    observed = START + int(run.until * 1e6)
    names = dict.fromkeys(event[0] for event in run.events) if run.world.urgent else ()
    types = {name: {"item_type": run.type_of(name)} for name in names}
    return Flow(make_log(run.events, types, observed=observed), make_stream(stages, **keys))


def past(world):
    """A world up to the change, which comes when its number of items has come."""
    at = world.items / world.per_week * WEEK
    at = opening(at) if world.hours else at
    return Run(world, world, at, at).go()


def truth(world, changed, horizon, futures=20):
    """Lead times and weekly deliveries after a change, of many futures.

    Returns the figures over all futures, and how far each may be off (its standard error, from
    the figures of single futures). Waits are those of all items that are there or come within the
    horizon, to their end.
    """
    until_now, leads, waits = past(world), [], []
    at = until_now.until
    for future in range(1, futures + 1):
        run = until_now.goes_on(changed, at + horizon, future)
        leads.append(np.array([*_leads(run.events, at).values()]))
        run.to_the_end()
        waits.append(_waits(run.events, _leads(run.events, at), len(world.stages)))
    weeks = horizon / WEEK
    figures = {
        "p50": lambda parts: float(np.median(np.concatenate(parts))),
        "p85": lambda parts: float(np.quantile(np.concatenate(parts), 0.85)),
        "throughput": lambda parts: float(np.mean([len(part) for part in parts]) / weeks),
    }
    error = {
        name: float(np.std([of([part]) for part in leads], ddof=1) / np.sqrt(futures))
        for name, of in figures.items()
    }
    made = {name: of(leads) for name, of in figures.items()}
    error["waits"] = np.std(waits, axis=0, ddof=1) / np.sqrt(futures)
    return made | {"waits": np.mean(waits, axis=0)}, error


def truth_by_type(world, changed, horizon, futures=40):
    """Lead times after a change, of many futures: of bugs, and of the others."""
    until_now, made = past(world), {"bug": [], "feature": []}
    for future in range(1, futures + 1):
        run = until_now.goes_on(changed, until_now.until + horizon, future)
        for item, lead in _leads(run.events, until_now.until).items():
            made[run.type_of(item)].append(lead)
    return made["bug"], made["feature"]


def _leads(events, at):
    """Lead times by item delivered since a moment."""
    first, made = {}, {}
    for item, t, _, event, _ in events:
        first.setdefault(item, t)
        if event == "done" and t >= START + at * 1e6:
            made[item] = (t - first[item]) / 1e6
    return made


def _waits(events, done, stages):
    """Seconds in each wait per delivered item."""
    spent, since = np.zeros(stages), {}
    for item, t, _, event, _ in sorted(events, key=lambda e: (e[0], e[1], e[2])):
        if item not in done:
            continue
        if item in since:
            spent[since[item][0]] += (t - since.pop(item)[1]) / 1e6
        if event.startswith("wait"):
            since[item] = int(event.split()[1]), t
    return spent / max(len(done), 1)
