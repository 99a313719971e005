"""Generated streams of which every second of waiting is known: queues, jumps, batches, timers.

Each stage has a wait before it. An item that enters the wait may have to sit out a timer, then to
wait for companions, then it is ready and waits for a person of the stage's pool, by priority and
then by the moment at which it was ready. People work in the hours of the world, if it has any; a
piece of work that the evening cuts stays with them over night.
"""

import heapq
from dataclasses import dataclass, field

import numpy as np

from tests.opening import Hours, calendar
from tests.worlds import START, make_log, make_stream
from vsmlib.flow import Flow

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
CAUSES = ("batching", "prioritization", "contention", "unavailability", "blocked", "unexplained")
HOURS = Hours(HOUR)
opening, later = HOURS.opening, HOURS.later


@dataclass
class Stage:
    """Work that a pool does, with what makes items wait for it; times in minutes, on average."""

    work: float = 10.0
    pool: int = 0
    timer: float = 0.0
    timer_share: float = 1.0
    batch: int = 1  # this many are taken up together, by one person
    at_once: bool = False  # in the same instant; else one after the other
    urgent: float = 0.0  # share of items that go first
    blocked: float = 0.0  # share of the waits in which a flag stops the item for a while


@dataclass
class World:
    """Stages in order, how many people each pool has (0: as many as it takes), arrivals."""

    stages: list
    people: tuple = (1,)
    gap: float = 12.0  # minutes between arrivals
    hours: bool = False  # people work 9 to 17, Monday to Friday
    nights: bool = False  # items come at any hour
    items: int = 400
    actors: bool = True
    seed: int = 1


@dataclass
class Run:
    """One run: the events it made and the true causes of each wait."""

    world: World
    events: list = field(default_factory=list)
    truth: dict = field(default_factory=dict)  # (item, stage): microseconds by cause

    def __post_init__(self):
        self.rng = np.random.default_rng(self.world.seed)
        self.heap, self.count = [], 0
        self.free = [list(range(n)) for n in self.world.people]
        self.ready = [[] for _ in self.world.people]
        self.collected = [[] for _ in self.world.stages]
        self.desk = {}  # person: [(start, end, ready, possible, batch)]

    def at(self, t, act, *what):
        self.count += 1
        heapq.heappush(self.heap, (int(t), self.count, act, what))

    def go(self):
        t = HOURS.open
        for item in range(self.world.items):
            t += self.draw(self.world.gap)
            t = opening(t) if self.world.hours and not self.world.nights else t
            self.at(t, self.enter, item, 0)
        while self.heap:
            t, _, act, what = heapq.heappop(self.heap)
            act(t, *what)
        return self

    def draw(self, minutes):
        return int(self.rng.exponential(minutes) * MINUTE) + 1

    def tell(self, t, item, event, who):
        self.events.append((f"i{item}", START + t, len(self.events), event, who))

    def enter(self, t, item, stage, who=None):
        if stage == len(self.world.stages):
            self.tell(t, item, "done", who)
            return
        self.tell(t, item, f"wait {stage}", who)
        spec = self.world.stages[stage]
        timed = spec.timer and self.rng.random() < spec.timer_share
        over, block = t + (self.draw(spec.timer) if timed else 0), (t, t)
        if spec.blocked and self.rng.random() < spec.blocked:
            block = (t, t + self.draw(60))
            self.tell(t, item, "flag", None)
            self.at(block[1], self.tell, item, "unflag", None)
        self.at(max(over, block[1]), self.collect, item, stage, (t, over, block))

    def collect(self, t, item, stage, past):
        spec, group = self.world.stages[stage], self.collected[stage]
        group.append((item, past, t))
        if len(group) < spec.batch:
            return
        urgent = 0 if self.rng.random() < spec.urgent else 1
        self.count += 1
        job = (urgent, t, self.count, stage, tuple(group))
        heapq.heappush(self.ready[spec.pool], job)
        group.clear()
        self.serve(t, spec.pool)

    def serve(self, t, pool):
        if self.world.hours and opening(t) > t:
            self.at(opening(t), self.serve, pool)
            return
        while self.ready[pool] and (self.free[pool] or self.world.people[pool] == 0):
            if self.world.people[pool] == 0:
                self.free[pool].append(self.count)
            person = self.free[pool].pop(0)
            self.take(t, pool, person, *heapq.heappop(self.ready[pool])[1:])

    def take(self, t, pool, person, ready, _, stage, group):
        spec, who, first = self.world.stages[stage], f"p{pool}-{person}", t
        for item, past, single in group:
            self.account(t, item, stage, past, single, ready, who)
            self.tell(t, item, f"work {stage}", who)
            work = self.draw(spec.work)
            end = later(t, work) if self.world.hours else t + work
            self.desk.setdefault(who, []).append((t, end, ready, single, ready))
            self.at(end, self.enter, item, stage + 1, who)
            first = max(first, end)
            t = t if spec.at_once else end
        self.at(first, self.release, pool, person)

    def release(self, t, pool, person):
        if self.world.people[pool]:
            self.free[pool].append(person)
        self.serve(t, pool)

    def account(self, t, item, stage, past, single, ready, who):
        """Split one wait by what was in its way, moment by moment."""
        entered, over, (b0, b1) = past
        made = dict.fromkeys(CAUSES, 0)
        made["blocked"], made["unexplained"] = b1 - b0, max(over, b1) - entered - (b1 - b0)
        made["batching"] = ready - single
        open_for = t - ready
        for start, end, key, own, job in reversed(self.desk.get(who, [])):
            if (past_work := min(end, t) - max(start, ready)) <= 0:
                continue
            after = own > single if job == ready else key > ready
            cause = "prioritization" if after else "contention"
            made[cause] += past_work
            open_for -= past_work
        made["unavailability" if self.world.hours else "unexplained"] += open_for
        self.truth[f"i{item}", stage] = made


def flow(run, stages=None, **keys):
    """The flow of a run's events."""
    known, stages = stages, []
    for n in range(len(run.world.stages)):
        stages.append({"name": f"Wait {n}", "kind": "wait", "enter": [f"wait {n}"]})
        stages.append({"name": f"Work {n}", "kind": "active", "enter": [f"work {n}"]})
    stages.append({"name": "Done", "kind": "done", "enter": ["done"]})
    if run.world.hours:
        keys["calendar"] = calendar()
    events = run.events if run.world.actors else [(*e[:4], None) for e in run.events]
    return Flow(
        make_log(events),
        make_stream(known or stages, blocked={"set": ["flag"], "clear": ["unflag"]}, **keys),
    )
