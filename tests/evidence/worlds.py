"""Made-up histories of items, of which the truth is known: times, what changed them, and when."""

import numpy as np

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


def noise(rng, kind, days, count):
    """Standard deviates of items that enter on given days: what standing worlds are made of."""
    if kind == "plain":
        return rng.normal(size=count)
    if kind == "tails":
        return (np.log(rng.pareto(1.3, count) + 0.2)) * 1.2
    if kind == "seasons":
        weekly, quarterly = (np.sin(2 * np.pi * (days / n + rng.uniform())) for n in (7, 91))
        return rng.normal(size=count) + 0.6 * weekly + 0.4 * quarterly
    lasts, share = {"lasting": (0.5, 0.3), "items": (0.3, 1.0)}[kind]
    if kind == "items":
        series, place = count, np.arange(count)
    else:
        series, place = int(days.max() // 7) + 1, (days // 7).astype(int)
    level = np.empty(series)
    level[0] = rng.normal()
    for i, jolt in enumerate(rng.normal(size=series - 1) * np.sqrt(1 - lasts**2)):
        level[i + 1] = lasts * level[i] + jolt
    return np.sqrt(share) * level[place] + np.sqrt(1 - share) * rng.normal(size=count)


def world(seed, kind="plain", *, side=150, weekly=10.0, cut=1.0, sigma=0.8, items=None, back=None):
    """Flow of items, and the day on which the times of those that enter become ``cut`` of theirs.

    ``items`` gives each item's columns by its number and whether it entered after; ``back`` the
    share of items after the change that go through the work twice.
    """
    rng = np.random.default_rng(seed)
    span = np.ceil(side / weekly) * 7
    days = np.sort(rng.uniform(0, 2 * span, 2 * side))
    after = days >= span
    lead = MEDIAN * np.exp(sigma * noise(rng, kind, days, len(days)))
    lead = np.where(after, lead * cut, lead)
    events, columns = [], {}
    for i, (day, long) in enumerate(zip(days, lead, strict=True)):
        steps = [(0.0, "queue"), (0.7, "work"), (1.0, "done")]
        if back and rng.uniform() < (back if after[i] else 0.05):
            steps = [(0.0, "queue"), (0.5, "work"), (0.7, "queue"), (0.9, "work"), (1.0, "done")]
        for share, name in steps:
            when = day + share * long
            if when < 2 * span:
                events.append((f"i{i}", START + int(when * DAY), len(events), name, None))
        if items:
            columns[f"i{i}"] = items(i, bool(after[i]))
    log = make_log(events, columns or None, observed=START + int(2 * span * DAY))
    return Flow(log, make_stream(STAGES)), from_us(START + int(span * DAY)).date()
