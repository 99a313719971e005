"""Streams whose rules are known, before a change and after it: capacity, hours, returns, trains.

An independent simulation, slow and plain. The past of a world is one run up to the change; what is
true after it are many runs that share that past and differ from the change on.
"""

import heapq
from copy import deepcopy
from dataclasses import dataclass, field, replace

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


def trap(seed):
    """A world in which faster work only moves the queue: the next stage can do no more.

    Returns the world, the scenario, and the world it makes.
    """
    rng = np.random.default_rng([77, seed])
    busy, per_week = float(rng.uniform(1.03, 1.12)), float(rng.uniform(20, 40))
    servers = int(rng.integers(1, 4))
    coding = Stage(busy * servers * 168 / per_week, servers, spread=0.5)
    testing = Stage(busy * 168 / per_week, 1, spread=float(rng.choice([0.5, 1.0])))
    world = World((coding, testing), per_week, seed=seed)
    changed = replace(world, stages=(replace(coding, work=coding.work * 0.5), testing))
    return world, {"stages": {"Work 0": {"service_time": {"scale": 0.5}}}}, changed


def ruled(seed, rule):
    """A world in which people go by a rule, none, ``order``, ``limit`` or ``hours``.

    Returns the world, a scenario, and the world it makes.
    """
    rng = np.random.default_rng([55, seed])
    per_week, hours = float(rng.uniform(20, 50)), rule == "hours"
    stages = []
    for _ in range(2):
        servers, busy = int(rng.integers(1, 4)), float(rng.uniform(0.7, 0.85))
        work = busy * servers * (40 if hours else 168) / per_week
        outside = work * float(rng.choice([0, 1]))
        stages.append(Stage(work, servers, spread=0.8, outside=outside, outside_share=0.5))
    if rule == "order":
        stages[0] = replace(stages[0], in_order=True)
    if rule == "limit":
        limit = int(rng.integers(1, 5))
        stages[1] = replace(stages[1], limit=limit, outside=0.0)
    world = World(tuple(stages), per_week, hours, urgent=float(rng.uniform(0.15, 0.4)), seed=seed)
    faster = replace(stages[1], work=stages[1].work * 0.7)
    change = {"stages": {"Work 1": {"service_time": {"scale": 0.7}}}}
    return world, change, replace(world, stages=(stages[0], faster))


def drawn(seed):
    """A world drawn at random, the scenario that changes it, and the world it makes."""
    rng = np.random.default_rng([99, seed])
    hours, count = bool(rng.random() < 0.5), int(rng.integers(2, 5))
    per_week = float(rng.uniform(20, 50))
    open_week = 40.0 if hours else 168.0
    stages, visits = [], np.ones(count)
    for n in range(count):
        rework = float(rng.uniform(0.1, 0.3)) if rng.random() < 0.4 else 0.0
        back = int(rng.integers(0, n + 1))
        visits[back : n + 1] /= 1 - rework
        stages.append(Stage(0.0, int(rng.integers(1, 5)), rework=rework, back=back))
    for n, stage in enumerate(stages):
        busy = float(rng.uniform(0.4, 0.88))
        work = busy * stage.servers * open_week / (per_week * visits[n])
        outside = float(rng.uniform(4, 72)) if rng.random() < 0.4 else 0.0
        stages[n] = replace(
            stage, work=work, outside=outside,
            outside_share=float(rng.choice([0.5, 1.0])), spread=float(rng.choice([0.5, 1.0, 1.3])),
        )  # fmt: skip
    world = World(
        tuple(stages), per_week, hours,
        release=float(rng.choice([0, 0, 7, 14])), gives_up=float(rng.choice([0, 0.1])),
        seed=seed,
    )  # fmt: skip
    return (world, *_change(world, rng))


def _change(world, rng):
    n = int(rng.integers(len(world.stages)))
    stage, kinds = world.stages[n], ["capacity", "service_time", "arrivals"]
    kinds += ["rework"] * bool(stage.rework) + ["wait"] * bool(stage.outside)
    kinds += ["release_every"] * bool(world.release)
    kind = str(rng.choice(kinds))
    scale = float(rng.choice([0.5, 0.7]))
    at = {kind: {"scale": scale}}
    if kind == "capacity":
        at, stage = {kind: 1}, replace(stage, servers=stage.servers + 1)
    elif kind == "service_time":
        stage = replace(stage, work=stage.work * scale)
    elif kind == "rework":
        stage = replace(stage, rework=stage.rework * scale)
    elif kind == "wait":
        stage = replace(stage, outside=stage.outside * scale)
    elif kind == "arrivals":
        scale = float(rng.choice([0.8, 1.1]))
        return {"arrivals": {"scale": scale}}, replace(world, per_week=world.per_week * scale)
    else:
        every = 3.5 if world.release == 7 else 7.0
        scenario = {"stages": {"For release": {"release_every": f"{every}d"}}}
        return scenario, replace(world, release=every)
    stages = tuple(stage if m == n else each for m, each in enumerate(world.stages))
    return {"stages": {f"Work {n}": at}}, replace(world, stages=stages)
