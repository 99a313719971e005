"""The event loop of one replication, compiled: items move through stages, queue and are served.

Every item brings its own path: which stages, and in each how long it needs there. So the same item
needs the same in every scenario, and only the queues differ (common random numbers). Times are
float64 seconds from now; what began in the past has negative ones.
"""

# ruff: noqa: PLR0917 - compiled functions take their arguments by position
from __future__ import annotations

import numpy as np

from vsmlib.whole import floor as at
from vsmlib.whole.agenda import agenda, next_at, pop
from vsmlib.whole.arrays import Floats, Ints, entry, part, step
from vsmlib.whole.floor import Floor, Net, Paths, enter, laid_out, take, touch
from vsmlib.whole.moves import (
    GO,
    OPENS,
    be_ready,
    can_serve,
    go,
    let_in,
    proceeds,
    start,
    taken_up,
)
from vsmlib.whole.spans import Clock, together

__all__ = ["simulate"]


@entry
def simulate(
    net: Net,
    hours: Clock,
    trains: Clock,
    paths: Paths,
    arrive: Floats,
    path: Ints,
    horizon: float,
) -> tuple[Ints, Ints, Floats, Floats]:
    """Run one replication.

    Parameters
    ----------
    arrive, path : array
        Items in order of arrival: when, and on which path. Items from before 0 sit in the first
        stage of their path.
    horizon : float
        When to stop.

    Returns
    -------
    first : array of int
        Where each item's visits begin in the others.
    stage, entered, left : array
        The stage of each visit; seconds, infinite for what has not happened by the horizon.
    """
    first, stage, visits = made_of(paths, path)
    clock, spans = together(hours, trains)
    rows, pools, start_row = laid_out(net, len(hours.first) - 1, first, paths.kind[path])
    limited = at.STAGES + at.A_STAGE * np.flatnonzero(net.limit < at.NO_LIMIT)
    todo = agenda(len(path) + len(pools))
    floor = Floor(rows, stage, visits, todo, clock, spans, limited)
    coming, began = 0, False
    while True:
        arrival = arrive[coming] if coming < len(arrive) else np.inf
        t = min(next_at(floor.agenda), arrival)
        if t >= 0.0 and not began:  # the present: from now on pools take up work
            t, began = 0.0, True
            for pool in pools:
                touch(floor, pool)
            let_in(floor)
        elif t > horizon or t == np.inf:
            break
        elif arrival == t:
            item = start_row + coming
            enter(floor, stage[first[coming]], item, t)
            start(floor, item, t)
            coming += 1
        else:
            happen(floor, pop(floor.agenda), t)
        settle(floor, t, began)
    return first, (stage - at.STAGES) // at.A_STAGE, visits[at.ENTERED], visits[at.LEFT]


@part
def made_of(paths: Paths, path: Ints) -> tuple[Ints, Ints, Floats]:
    """Return where each item's visits begin, the row of each one's stage, and their times."""
    first = np.zeros(len(path) + 1, np.int64)
    first[1:] = np.cumsum(paths.first[path + 1] - paths.first[path])
    stage = np.empty(first[-1], np.int64)
    visits = np.full((3, first[-1]), np.inf)
    for i in range(len(path)):
        low, high = paths.first[path[i]], paths.first[path[i] + 1]
        stage[first[i] : first[i + 1]] = at.STAGES + at.A_STAGE * paths.stage[low:high]
        visits[at.NEED, first[i] : first[i + 1]] = paths.need[low:high]
    return first, stage, visits


@step
def happen(floor: Floor, what: int, t: float) -> None:
    """Let happen what is on the agenda."""
    if what >= OPENS:
        floor.rows[what - OPENS, at.WAKING] = 0
        touch(floor, what - OPENS)
    elif what >= GO:
        go(floor, what - GO)
    else:
        be_ready(floor, what, t)


@step
def settle(floor: Floor, t: float, began: bool) -> None:
    """Let everything happen that can happen at this moment."""
    while floor.rows[at.GOING, at.FIRST] >= 0 or floor.rows[at.LOOK, at.FIRST] >= 0:
        while floor.rows[at.GOING, at.FIRST] >= 0:
            i = take(floor, at.GOING)
            if proceeds(floor, i, t):
                start(floor, i, t)
        while floor.rows[at.LOOK, at.FIRST] >= 0:
            pool = take(floor, at.LOOK)
            floor.rows[pool, at.TOUCHED] = 0
            while began and can_serve(floor, pool, t):
                i = taken_up(floor, pool, t)
                start(floor, i, t)
        if began:
            let_in(floor)
