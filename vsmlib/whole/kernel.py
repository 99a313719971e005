"""The event loop of one replication, compiled: items move through stages, queue and are served.

Every item brings its own path: which stages, and in each how long it needs there. So the same item
needs the same in every scenario, and only the queues differ (common random numbers). Times are
float64 seconds from now; what began in the past has negative ones.
"""

# ruff: noqa: PLR0917, PLR0912, PLR0915, C901 - calls that hand arrays over cost more than the work
from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np

__all__ = ["NO_LIMIT", "Clock", "Floats", "Ints", "Net", "Paths", "simulate", "tally"]

Ints = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
Function = TypeVar("Function", bound=Callable[..., Any])
Line = list[tuple[int, float, int]]  # rank, key, item
Queues = list[Line]
Names = list[int]
NO_LIMIT = 2**40
READY, GO, OPENS = 0, 1, 2
FIRST, LAST, RANDOM = 0, 1, 2
# Columns of items, of stages and of pools.
AT, SHIFT, HOLDS, MATE, LAST_ROW = 0, 1, 2, 3, 4
POOL, CAL, LIMIT, TRAIN, GATHER, INSIDE = 0, 1, 2, 3, 4, 5
FREE, WAITING, WAKING, LEAST, MOST, ORDER = 0, 2, 3, 4, 5, 6  # and CAL


class Net(NamedTuple):
    """Stages and the pools that serve them.

    Attributes
    ----------
    pool, cal, limit, train, gather : array, by stage
        Who serves it, the calendar its work runs by, how many items may be in it, the releases
        that end it, how many ready items leave it together (1: each by itself); -1 for none.
    servers, pool_cal, least, most, order : array, by pool
        How many servers, when they begin work, how many items one takes up together, and in what
        order: 0 first come first served, 1 last come first served, 2 at random.
    """

    pool: Ints
    cal: Ints
    limit: Ints
    train: Ints
    gather: Ints
    servers: Ints
    pool_cal: Ints
    least: Ints
    most: Ints
    order: Ints


class Clock(NamedTuple):
    """Spans by number, one list after the other: working hours, or moments of release.

    ``first`` has where each list begins; ``opens, closes`` are seconds; ``worked`` is the working
    time before each span.
    """

    first: Ints
    opens: Floats
    closes: Floats
    worked: Floats


class Paths(NamedTuple):
    """What items do: from ``first[p]`` to ``first[p + 1]`` the stages of path p, and the needs.

    ``need`` is the time in each stage without queueing; ``rank`` the priority, lowest first.
    """

    first: Ints
    stage: Ints
    need: Floats
    rank: Ints


def compiled(function: Function) -> Function:
    """Compile at first use, and keep the result on disk; threads run side by side."""
    return cast(Function, numba.njit(cache=True, nogil=True)(function))


@compiled
def after(first: Ints, spans: Floats, cal: int, t: float, need: float) -> float:
    """When so much work that begins at ``t`` is done."""
    if cal < 0 or need <= 0.0:
        return t + max(need, 0.0)
    low, high = first[cal], first[cal + 1]
    opens, closes, worked = spans[0, low:high], spans[1, low:high], spans[2, low:high]
    span = np.searchsorted(opens, t, side="right") - 1
    done = need if span < 0 else need + worked[span] + min(t, closes[span]) - opens[span]
    span = np.searchsorted(worked, done, side="left") - 1
    end = opens[span] + done - worked[span]
    return end if end <= closes[span] else np.inf


@compiled
def opening(first: Ints, spans: Floats, cal: int, t: float) -> float:
    """Find the first moment from ``t`` on that is inside a span."""
    if cal < 0:
        return t
    low, high = first[cal], first[cal + 1]
    span = low + np.searchsorted(spans[1, low:high], t, side="right")
    return max(t, spans[0, span]) if span < high else np.inf


@compiled
def begin(
    items: Ints, stages: Ints, pools: Ints, times: Floats, stage: int, i: int, t: float, row: int
) -> None:
    """Put an item into the stage of a row of its path."""
    pool = stages[stage, POOL]
    items[i, AT] = row
    times[0, row + items[i, SHIFT]] = t
    stages[stage, INSIDE] += 1
    if pool >= 0:
        items[i, HOLDS] = 1
        pools[pool, FREE] -= 1


@compiled
def end(
    items: Ints, stages: Ints, pools: Ints, times: Floats, stage: int, i: int, t: float
) -> None:
    """Take an item out of its stage."""
    times[1, items[i, AT] + items[i, SHIFT]] = t
    stages[stage, INSIDE] -= 1
    items[i, MATE] = -1
    if items[i, HOLDS]:
        pools[stages[stage, POOL], FREE] += 1
        items[i, HOLDS] = 0


@compiled
def tables(net: Net) -> tuple[Ints, Ints]:
    """Lay stages and pools out as a row each, with what changes about them while it runs."""
    stages = np.zeros((len(net.pool), 6), np.int64)
    for stage in range(len(net.pool)):
        stages[stage, POOL], stages[stage, CAL] = net.pool[stage], net.cal[stage]
        stages[stage, LIMIT], stages[stage, TRAIN] = net.limit[stage], net.train[stage]
        stages[stage, GATHER] = net.gather[stage]
    pools = np.zeros((len(net.servers), 7), np.int64)
    for pool in range(len(net.servers)):
        pools[pool, FREE], pools[pool, CAL] = net.servers[pool], net.pool_cal[pool]
        pools[pool, LEAST], pools[pool, MOST] = net.least[pool], net.most[pool]
        pools[pool, ORDER] = net.order[pool]
    return stages, pools


@compiled
def proceed(
    items: Ints,
    stages: Ints,
    pools: Ints,
    times: Floats,
    of_row: Ints,
    rank: int,
    chance: float,
    queues: Queues,
    moving: Names,
    i: int,
    t: float,
) -> int:
    """Let an item that is done where it is go on, or queue for a server or a place.

    Returns the pool that may have work or servers now, -1 for none.
    """
    row, last = int(items[i, AT]), int(items[i, LAST_ROW])
    stage = of_row[row]
    here, new = int(stages[stage, POOL]), of_row[min(row + 1, last)]
    if row == last:
        end(items, stages, pools, times, stage, i, t)
        return here
    pool = int(stages[new, POOL])
    if pool >= 0 and here < 0:
        order = t if pools[pool, ORDER] == FIRST else -t
        order = chance if pools[pool, ORDER] == RANDOM else order
        heappush(queues[pool], (rank, order, i))
        pools[pool, WAITING] += 1
        return pool
    if new > stage and stages[new, INSIDE] >= stages[new, LIMIT]:
        heappush(queues[len(pools) + new], (0, t, i))
        return -1
    end(items, stages, pools, times, stage, i, t)
    begin(items, stages, pools, times, new, i, t, row + 1)
    moving.append(i)
    return here


@compiled
def serve(
    items: Ints,
    stages: Ints,
    pools: Ints,
    times: Floats,
    of_row: Ints,
    queue: Line,
    moving: Names,
    pool: int,
    t: float,
) -> None:
    """Let a free server of a pool take up who waits for it, or as many as it serves together."""
    new = of_row[items[queue[0][2], AT] + 1]
    if stages[new, INSIDE] >= stages[new, LIMIT]:
        pools[pool, WAITING] = -pools[pool, WAITING]  # until there is room
        return
    leader = -1
    for _ in range(min(pools[pool, MOST], pools[pool, WAITING])):
        i = heappop(queue)[2]
        pools[pool, WAITING] -= 1
        row = items[i, AT]
        end(items, stages, pools, times, of_row[row], i, t)
        begin(items, stages, pools, times, of_row[row + 1], i, t, row + 1)
        if leader < 0:
            moving.append(i)
        else:  # one server for the batch, and one time
            pools[pool, FREE] += 1
            items[i, HOLDS] = 0
            items[leader, MATE] = i
        leader = i


@compiled
def simulate(
    net: Net,
    clock: Clock,
    trains: Clock,
    paths: Paths,
    arrive: Floats,
    path: Ints,
    luck: Floats,
    horizon: float,
) -> tuple[Ints, Floats, Floats]:
    """Run one replication.

    Parameters
    ----------
    arrive, path, luck : array
        Items in order of arrival: when, on which path, and a random number that decides where
        service is in random order. Items from before 0 sit in the first stage of their path.
    horizon : float
        When to stop.

    Returns
    -------
    first : array of int
        Where each item's visits begin in the other two.
    enter, leave : array of float
        Seconds; infinite for what has not happened by the horizon.
    """
    of_row, need = paths.stage, paths.need
    hours, spans = clock.first, np.stack((clock.opens, clock.closes, clock.worked))
    runs, releases = trains.first, np.stack((trains.opens, trains.closes, trains.worked))
    stages, pools = tables(net)
    first = np.zeros(len(arrive) + 1, np.int64)
    first[1:] = np.cumsum(paths.first[path + 1] - paths.first[path])
    times = np.full((2, first[-1]), np.inf)
    items = np.zeros((len(arrive), 5), np.int64)
    items[:, AT], items[:, LAST_ROW] = paths.first[path], paths.first[path + 1] - 1
    items[:, SHIFT], items[:, MATE] = first[:-1] - items[:, AT], -1
    events = [(np.inf, READY, 0)]
    # One heap a pool for who waits for it, then one a stage for who is kept out of it.
    queues = [[(0, 0.0, 0)][1:] for _ in range(len(pools) + len(stages))]
    gathered = [[0][1:] for _ in range(len(stages))]
    going, moving, touched = [0][1:], [0][1:], [0][1:]
    limited, coming, began = net.limit.min() < NO_LIMIT, 0, False
    while True:
        t = min(events[0][0], arrive[coming] if coming < len(arrive) else np.inf)
        if t >= 0.0 and not began:  # the present: from now on pools take up work
            t, began = 0.0, True
            touched.extend(range(len(pools)))
        elif t > horizon or t == np.inf:
            break
        elif coming < len(arrive) and arrive[coming] == t:
            row = items[coming, AT]
            begin(items, stages, pools, times, of_row[row], coming, t, row)
            moving.append(coming)
            coming += 1
        else:
            _, what, i = heappop(events)
            stage = of_row[items[i, AT]] if what != OPENS else 0
            if what == OPENS:
                pools[i, WAKING] = 0
                touched.append(i)
            elif what == READY and stages[stage, GATHER] > 1:
                gathered[stage].append(i)
                if len(gathered[stage]) >= stages[stage, GATHER]:
                    going.extend(gathered[stage])
                    gathered[stage].clear()
            elif what == READY and stages[stage, TRAIN] >= 0:
                heappush(events, (opening(runs, releases, stages[stage, TRAIN], t), GO, i))
            else:
                while i >= 0:
                    going.append(i)
                    i = items[i, MATE]
        while len(going) or len(touched) or len(moving):
            for i in going:
                rank = paths.rank[path[i]]
                pool = proceed(
                    items, stages, pools, times, of_row, rank, luck[i], queues, moving, i, t
                )
                if pool >= 0:
                    touched.append(pool)
            going.clear()
            for pool in touched:
                pools[pool, WAITING] = abs(pools[pool, WAITING])
                while (
                    began and pools[pool, FREE] > 0 and pools[pool, WAITING] >= pools[pool, LEAST]
                ):
                    opens = opening(hours, spans, pools[pool, CAL], t)
                    if opens > t:
                        if not pools[pool, WAKING]:
                            pools[pool, WAKING] = 1
                            heappush(events, (opens, OPENS, pool))
                        break
                    serve(items, stages, pools, times, of_row, queues[pool], moving, pool, t)
                pools[pool, WAITING] = abs(pools[pool, WAITING])
            touched.clear()
            for i in moving:
                row = items[i, AT]
                over = after(hours, spans, stages[of_row[row], CAL], t, need[row])
                heappush(events, (over, READY, i))
            moving.clear()
            if limited and began:
                for stage in range(len(stages)):
                    kept = queues[len(pools) + stage]
                    if len(kept) and stages[stage, INSIDE] < stages[stage, LIMIT]:
                        going.append(heappop(kept)[2])
    return first, times[0], times[1]


@compiled
def tally(
    paths: Paths,
    path: Ints,
    first: Ints,
    enter: Floats,
    leave: Floats,
    delivered: Bools,
    flowing: Bools,
    progress: Bools,
    grid: Floats,
) -> tuple[Floats, Floats, Floats, Floats, int]:
    """Add up what came of a replication.

    Parameters
    ----------
    delivered : array, by item
    flowing, progress : array, by stage
        Whether time in it is lead time; whether an item in it is in progress.
    grid : array
        Evenly spaced moments from 0 to the horizon.

    Returns
    -------
    lead : array, by item
        Seconds in flowing stages.
    spent : array, by stage
        Seconds of the delivered items in it.
    inside : array, by stage
        Seconds of all items in it within the grid, 0 for stages that are not in progress.
    stock : array, moments by stages
        Items in it at each moment.
    twice : int
        Delivered items that came back to a flowing stage.
    """
    stages, horizon = len(flowing), grid[-1]
    step = grid[1] - grid[0]
    lead, spent, inside = np.zeros(len(path)), np.zeros(stages), np.zeros(stages)
    stock, twice = np.zeros((len(grid) + 1, stages)), 0
    seen = np.full(stages, -1, np.int64)
    for i in range(len(path)):
        again, shift = False, paths.first[path[i]] - first[i]
        for v in range(first[i], first[i + 1]):
            if enter[v] == np.inf:
                break
            stage, left = paths.stage[v + shift], leave[v]
            if flowing[stage]:
                again |= seen[stage] == i
                seen[stage] = i
                if left < np.inf:
                    lead[i] += left - enter[v]
            if delivered[i] and left < np.inf:
                spent[stage] += left - enter[v]
            if progress[stage]:
                inside[stage] += max(min(left, horizon) - max(enter[v], 0.0), 0.0)
            if enter[v] <= horizon:
                stock[min(max(int(np.ceil(enter[v] / step)), 0), len(grid)), stage] += 1
                out = np.ceil(min(max(left, 0.0), horizon + step) / step)
                stock[min(int(out), len(grid)), stage] -= 1
        twice += again and delivered[i]
    for moment in range(1, len(grid)):
        stock[moment] += stock[moment - 1]
    return lead, spent, inside, stock[:-1], twice
