"""Made-up histories of items, of which the truth is known: times, what changed them, and when."""

from datetime import timedelta

import numpy as np
from scipy.special import ndtr, stdtrit

from tests.worlds import DAY, START, make_log, make_stream
from vsmlib.flow import Flow
from vsmlib.log import from_us

STAGES = [
    {"name": "Queue", "kind": "wait", "enter": ["queue"]},
    {"name": "Work", "kind": "active", "enter": ["work"]},
    {"name": "Done", "kind": "done", "enter": ["done"]},
    {"name": "Dropped", "kind": "cancelled", "enter": ["drop"]},
]
MEDIAN = 5.0
PARETO, FREEDOM = 1.3, 4.0


def noise(rng, kind, days, count):
    """Standard deviates of items that enter on given days: what standing worlds are made of."""
    if kind == "plain":
        return rng.normal(size=count)
    if kind == "tails":
        return _tail(rng.pareto(PARETO, count))
    if kind == "seasons":
        weekly, quarterly = (np.sin(2 * np.pi * (days / n + rng.uniform())) for n in (7, 91))
        return rng.normal(size=count) + 0.6 * weekly + 0.4 * quarterly
    if kind == "items":
        return _following(rng, 0.3, count)
    if kind in ("mixed", "stout", "heavy"):
        return _shaped(_following(rng, 0.2, count), kind) + 0.6 * _weekly(rng, days)
    level = _following(rng, 0.5, int(days.max() // 7) + 1)[(days // 7).astype(int)]
    if kind == "both":
        return np.sqrt(0.1) * level + np.sqrt(0.9) * _following(rng, 0.2, count)
    return np.sqrt(0.3) * level + np.sqrt(0.7) * rng.normal(size=count)


def _shaped(level, kind):
    """Give normal deviates the tails of a world."""
    if kind == "stout":  # Student's t, of variance 1
        return stdtrit(FREEDOM, ndtr(level)) * np.sqrt(1 - 2 / FREEDOM)
    return _tail(ndtr(-level) ** (-1 / PARETO) - 1) if kind == "heavy" else level


def _weekly(rng, days):
    return np.sin(2 * np.pi * (days / 7 + rng.uniform()))


def _tail(excess):
    """Logarithms of times with a Pareto tail."""
    return np.log(excess + 0.2) * 1.2


def _following(rng, lasts, count):
    """Standard deviates of which each has so much of the one before it."""
    level = np.empty(count)
    level[0] = rng.normal()
    for i, jolt in enumerate(rng.normal(size=count - 1) * np.sqrt(1 - lasts**2)):
        level[i + 1] = lasts * level[i] + jolt
    return level


def drawn(rng, kind, *, side=150, weekly=10.0, cut=1.0, sigma=0.8):
    """Days on which items enter, in order, their times in days, and the day of the change."""
    half = np.ceil(side / weekly) * 7
    days = np.sort(rng.uniform(0, 2 * half, 2 * side))
    lead = MEDIAN * np.exp(sigma * noise(rng, kind, days, len(days)))
    return days, np.where(days >= half, lead * cut, lead), half


def world(seed, kind="plain", *, side=150, items=None, back=None, **more):
    """Flow of items, and the day on which the times of those that enter become ``cut`` of theirs.

    ``items`` gives each item's columns by its number and whether it entered after; ``back`` the
    share of items after the change that go through the work twice.
    """
    rng = np.random.default_rng(seed)
    days, lead, half = drawn(rng, kind, side=side, **more)
    after, steps, columns = days >= half, [], {}
    for i in range(len(days)):
        once = [(0.0, "queue"), (0.7, "work"), (1.0, "done")]
        if back and rng.uniform() < (back if after[i] else 0.05):
            once = [(0.0, "queue"), (0.5, "work"), (0.7, "queue"), (0.9, "work"), (1.0, "done")]
        steps.append(once)
        if items:
            columns[f"i{i}"] = items(i, bool(after[i]))
    return _flow(days, lead, steps, 2 * half, columns), from_us(START + int(half * DAY)).date()


def paused(seed, *, cut=1.0, declared=True):
    """Flow in which all rests for a fortnight, up to four weeks before a change, and its date.

    The calendar says that these are holidays, or does not.
    """
    rng = np.random.default_rng(seed)
    days, lead, half = drawn(rng, "plain", cut=cut)
    rests = half - 28
    begun, ended = (times + 14 * (times >= rests) for times in (days, days + lead))
    steps = [[(0.0, "queue"), (0.7, "work"), (1.0, "done")]] * len(days)
    flow = _flow(begun, ended - begun, steps, 2 * half + 14, {})
    first = from_us(START + int(rests * DAY)).date()
    off = {"dates": [str(first + timedelta(days=n)) for n in range(14 * declared)]}
    calendar = {"timezone": "UTC", "hours": {"mon-sun": ["00:00-24:00"]}, "holidays": off}
    stream = make_stream(STAGES, calendar=calendar)
    return Flow(flow.log, stream), from_us(START + int((half + 14) * DAY)).date()


def standing(seed, kind, *, weeks=60, weekly=10.0, swing=0.3, cut=1.0, odds=1.0, kept=1.0, last=28):
    """Flow in which nothing changes: times, the share of work and arrivals move as a world does.

    But for its last days, if that is asked for: the times of what enters in them become ``cut`` of
    theirs, the odds of work in what ends in them so many times higher, and a share is kept of that.
    """
    rng = np.random.default_rng(seed)
    calendar = np.arange(7.0 * weeks)
    busy = np.exp(swing * np.clip(noise(rng, kind, calendar, len(calendar)), -3, 3))
    count = rng.poisson(weekly * weeks)
    days = rng.choice(calendar, count, p=busy / busy.sum()) + rng.uniform(size=count)
    days.sort()
    change = 7.0 * weeks - last
    lead = MEDIAN * np.exp(0.8 * noise(rng, kind, days, count)) * np.where(days < change, 1, cut)
    later = days + lead >= change
    waits = 1 / (1 + np.where(later, odds, 1) * np.exp(-0.8 * noise(rng, kind, days, count)))
    stays = ~later | (rng.uniform(size=count) < kept)
    days, lead, waits = days[stays], lead[stays], waits[stays]
    steps = [[(0.0, "queue"), (wait, "work"), (1.0, "done")] for wait in waits]
    return _flow(days, lead, steps, 7.0 * weeks, {})


def _flow(days, lead, steps, end, columns):
    """Make the flow of items that take their steps at shares of their times, seen until an end."""
    events = []
    for i, (day, long) in enumerate(zip(days, lead, strict=True)):
        for share, name in steps[i]:
            when = day + share * long
            if when < end:
                events.append((f"i{i}", START + int(when * DAY), len(events), name, None))
    log = make_log(events, columns or None, observed=START + int(end * DAY))
    return Flow(log, make_stream(STAGES))
