"""The event loop of one replication, compiled: items move through stages, queue and are served.

Every item brings its own path: which stages, and in each how long it needs there. So the same item
needs the same in every scenario, and only the queues differ (common random numbers). Times are
float64 seconds from now; what began in the past has negative ones.
"""

# ruff: noqa: PLR0917, C901 - compiled functions take arrays by place, and are one loop
from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np

__all__ = ["NO_LIMIT", "Clock", "Floats", "Ints", "Net", "Paths", "simulate"]

Ints = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Function = TypeVar("Function", bound=Callable[..., Any])
Heap = list[tuple[float, int, int]]  # moment, what, item or pool
Line = list[tuple[int, float, int]]  # rank, key, item
Queue = list[Line]
Names = list[int]
Lists = list[Names]
NO_LIMIT = 2**40
READY, GO, OPENS = 0, 1, 2
FIRST, LAST, RANDOM = 0, 1, 2


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


class State(NamedTuple):
    """Where everything is, while it runs."""

    path: Ints  # of each item
    luck: Floats
    at: Ints  # the row of its path that an item is in
    shift: Ints  # from there to its row of ``enter`` and ``leave``
    holds: Ints  # servers that it holds: 1, or 0
    mate: Ints  # who is served together with it
    inside: Ints  # items in each stage
    free: Ints  # servers of each pool
    waiting: Ints  # items that wait for each
    waking: Ints  # whether a pool's opening is among the events
    enter: Floats
    leave: Floats


def compiled(function: Function) -> Function:
    """Compile at first use, and keep the result on disk; threads run side by side."""
    return cast(Function, numba.njit(cache=True, nogil=True)(function))


def inlined(function: Function) -> Function:
    """Compile as a part of its caller: handing all the arrays over costs more than the work."""
    return cast(Function, numba.njit(cache=True, nogil=True, inline="always")(function))


@compiled
def after(clock: Clock, cal: int, t: float, need: float) -> float:
    """When so much work that begins at ``t`` is done."""
    if cal < 0 or need <= 0.0:
        return t + max(need, 0.0)
    low, high = clock.first[cal], clock.first[cal + 1]
    opens, closes, worked = clock.opens[low:high], clock.closes[low:high], clock.worked[low:high]
    span = np.searchsorted(opens, t, side="right") - 1
    done = need if span < 0 else need + worked[span] + min(t, closes[span]) - opens[span]
    span = np.searchsorted(worked, done, side="left") - 1
    end = opens[span] + done - worked[span]
    return end if end <= closes[span] else np.inf


@compiled
def opening(clock: Clock, cal: int, t: float) -> float:
    """Find the first moment from ``t`` on that is inside a span."""
    if cal < 0:
        return t
    low, high = clock.first[cal], clock.first[cal + 1]
    span = low + np.searchsorted(clock.closes[low:high], t, side="right")
    return max(t, clock.opens[span]) if span < high else np.inf


@compiled
def begin(
    net: Net, clock: Clock, paths: Paths, state: State, events: Heap, i: int, t: float, row: int
) -> None:
    """Put an item into the stage of a row of its path."""
    stage = paths.stage[row]
    pool = net.pool[stage]
    state.at[i] = row
    state.enter[row + state.shift[i]] = t
    state.inside[stage] += 1
    state.holds[i] = 1 if pool >= 0 else 0
    state.free[max(pool, 0)] -= state.holds[i]
    heappush(events, (after(clock, net.cal[stage], t, paths.need[row]), READY, i))


@compiled
def end(net: Net, paths: Paths, state: State, i: int, t: float) -> None:
    """Take an item out of its stage."""
    row = state.at[i]
    stage = paths.stage[row]
    state.leave[row + state.shift[i]] = t
    state.inside[stage] -= 1
    state.free[max(net.pool[stage], 0)] += state.holds[i]
    state.holds[i] = 0


@compiled
def proceed(
    net: Net,
    clock: Clock,
    paths: Paths,
    state: State,
    events: Heap,
    queues: Queue,
    i: int,
    t: float,
) -> None:
    """Let an item that is done where it is go on, or queue for a server or a place."""
    row = state.at[i]
    stage = paths.stage[row]
    state.mate[i] = -1
    if row + 1 == paths.first[state.path[i] + 1]:
        end(net, paths, state, i, t)
        return
    new = paths.stage[row + 1]
    pool = net.pool[new]
    if pool >= 0 and net.pool[stage] < 0:
        key = t if net.order[pool] == FIRST else -t
        key = state.luck[i] if net.order[pool] == RANDOM else key
        state.waiting[pool] += 1
        heappush(queues[pool], (paths.rank[state.path[i]], key, i))
    elif new > stage and state.inside[new] >= net.limit[new]:
        heappush(queues[len(net.servers) + new], (0, t, i))
    else:
        end(net, paths, state, i, t)
        begin(net, clock, paths, state, events, i, t, row + 1)


@compiled
def admit(
    net: Net, clock: Clock, paths: Paths, state: State, events: Heap, queues: Queue, t: float
) -> bool:
    """Let items that were kept out by a limit into stages that have room again."""
    moved, pools = False, len(net.servers)
    for stage in range(len(net.limit)):
        waiting = queues[pools + stage]
        while len(waiting) and state.inside[stage] < net.limit[stage]:
            i = heappop(waiting)[2]
            end(net, paths, state, i, t)
            begin(net, clock, paths, state, events, i, t, state.at[i] + 1)
            moved = True
    return moved


@compiled
def serve(
    net: Net,
    clock: Clock,
    paths: Paths,
    state: State,
    events: Heap,
    queue: Line,
    pool: int,
    t: float,
) -> None:
    """Let free servers take up who waits for them, in working hours."""
    while state.free[pool] > 0 and len(queue) >= net.least[pool]:
        opens = opening(clock, net.pool_cal[pool], t)
        if opens > t:
            if not state.waking[pool]:
                state.waking[pool] = 1
                heappush(events, (opens, OPENS, pool))
            return
        i = queue[0][2]
        stage = paths.stage[state.at[i] + 1]
        if state.inside[stage] >= net.limit[stage]:
            return
        heappop(queue)
        state.waiting[pool] -= 1
        end(net, paths, state, i, t)
        begin(net, clock, paths, state, events, i, t, state.at[i] + 1)
        join(net, paths, state, queue, pool, i, t)


@compiled
def join(net: Net, paths: Paths, state: State, queue: Line, pool: int, i: int, t: float) -> None:
    """Take more items into the batch that an item leads; they are done when it is."""
    places = net.most[pool] - 1
    while places > 0 and len(queue):
        mate = heappop(queue)[2]
        state.waiting[pool] -= 1
        end(net, paths, state, mate, t)
        row = state.at[mate] + 1
        state.at[mate] = row
        state.enter[row + state.shift[mate]] = t
        state.inside[paths.stage[row]] += 1
        state.mate[i] = mate
        i = mate
        places -= 1


@compiled
def ready(
    net: Net,
    trains: Clock,
    paths: Paths,
    state: State,
    events: Heap,
    gathered: Lists,
    what: int,
    i: int,
    going: Names,
) -> None:
    """Say who goes on now that an item's time is over: it, its batch, its train, or nobody."""
    t, _, _ = heappop(events)
    stage = paths.stage[state.at[i]]
    if what == READY and net.gather[stage] > 1:
        gathered[stage].append(i)
        if len(gathered[stage]) >= net.gather[stage]:
            going.extend(gathered[stage])
            gathered[stage].clear()
    elif what == READY and net.train[stage] >= 0:
        heappush(events, (opening(trains, net.train[stage], t), GO, i))
    else:
        while i >= 0:
            going.append(i)
            i = state.mate[i]


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
    items, pools = len(arrive), len(net.servers)
    first = np.zeros(items + 1, np.int64)
    first[1:] = np.cumsum(paths.first[path + 1] - paths.first[path])
    enter, leave = np.full(first[-1], np.inf), np.full(first[-1], np.inf)
    at, shift = paths.first[path], first[:-1] - paths.first[path]
    holds, mate = np.zeros(items, np.int64), np.full(items, -1, np.int64)
    free = np.append(net.servers, 0) if pools == 0 else net.servers.copy()
    inside, waiting = np.zeros(len(net.pool), np.int64), np.zeros(pools, np.int64)
    waking = np.zeros(pools, np.int64)
    state = State(
        path, luck, at, shift, holds, mate, inside, free, waiting, waking, enter, leave
    )  # fmt: skip
    events = [(np.inf, READY, 0)]
    # One heap a pool for who waits for it, then one a stage for who is kept out of it.
    queues = [[(0, 0.0, 0)][1:] for _ in range(pools + len(net.pool))]
    gathered = [[0][1:] for _ in net.pool]
    going = [0][1:]
    limited, coming, began = net.limit.min() < NO_LIMIT, 0, False
    while True:
        t = min(events[0][0], arrive[coming] if coming < items else np.inf)
        if t >= 0.0 and not began:  # the present: from now on pools take up work
            t, began = 0.0, True
        elif t > horizon or t == np.inf:
            break
        elif coming < items and arrive[coming] == t:
            begin(net, clock, paths, state, events, coming, t, at[coming])
            coming += 1
        elif events[0][1] == OPENS:
            waking[heappop(events)[2]] = 0
        else:
            ready(net, trains, paths, state, events, gathered, events[0][1], events[0][2], going)
            for i in going:
                proceed(net, clock, paths, state, events, queues, i, t)
            going.clear()
        if began:
            for pool in range(pools):
                if free[pool] > 0 and waiting[pool] > 0:
                    serve(net, clock, paths, state, events, queues[pool], pool, t)
            while limited and admit(net, clock, paths, state, events, queues, t):
                for pool in range(pools):
                    serve(net, clock, paths, state, events, queues[pool], pool, t)
    return first, enter, leave
