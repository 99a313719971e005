"""Where everything stands while a replication runs: items in stages and lines, people at work.

One table of numbers, because compiled code is fastest with few arrays. Its rows are lines, stages,
pools and items, and refer to each other by row; the names of their columns are here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vsmlib.whole.arrays import Floats, Ints, part, step

__all__ = ["NO_LIMIT", "Net", "Paths", "enter", "is_full", "join", "laid_out", "leave", "take",
           "touch"]  # fmt: skip

NO_LIMIT = 2**40
WIDTH = 8
# Rows: who can go on at this moment, and pools to be looked at; then three for each stage: its
# own, the line of those kept out of it, and of those who wait in it for their batch; then for each
# pool its own and a line for each class of items; then the items.
GOING, LOOK, STAGES = 0, 1, 2
A_STAGE, OUTSIDE, BATCH = 3, 1, 2
# Columns of lines; before a pool GOES says in which of its lines a class stands.
FIRST, LAST, GOES = 0, 1, 2
# Columns of stages; READY counts who waits for the batch.
POOL, CAL, LIMIT, TRAIN, GATHER, INSIDE, READY = 0, 1, 2, 3, 4, 5, 6
# Columns of pools, and CAL: free servers, items in line, is it on the agenda, is it in line to be
# looked at, how many items a server takes up together. In BEHIND who stands behind it in a line.
FREE, WAITING, WAKING, TOUCHED, MOST, BEHIND = 0, 2, 3, 4, 5, 7
# Columns of items, and BEHIND: the visit that it is in, its last one, is a server busy with it,
# who is served with it, its class.
AT, END, HOLDS, MATE, CLASS = 0, 1, 2, 3, 4
# Rows of visits: when it began, when it ended, and the time that it needs.
ENTERED, LEFT, NEED = 0, 1, 2


class Net(NamedTuple):
    """Stages and the pools that serve them: by class, then first come first served.

    Attributes
    ----------
    pool, cal, limit, train, gather : array, by stage
        Who serves it, the calendar its work runs by, how many items may be in it, the releases
        that end it, how many ready items leave it together (1: each by itself); -1 for none.
    servers, pool_cal, most : array, by pool
        How many servers, when they begin work, how many items one takes up together.
    order : array, pools by classes
        In which line each class of items stands before each pool: 0 is served first, then 1, ….
    """

    pool: Ints
    cal: Ints
    limit: Ints
    train: Ints
    gather: Ints
    servers: Ints
    pool_cal: Ints
    most: Ints
    order: Ints


class Paths(NamedTuple):
    """What items do: from ``first[p]`` to ``first[p + 1]`` the stages of path p, and the needs.

    ``need`` is the time in each stage without queueing; ``kind`` the class of the item.
    """

    first: Ints
    stage: Ints
    need: Floats
    kind: Ints


class Floor(NamedTuple):
    """All that a replication reads and writes.

    ``rows``: the table; ``stage`` the row of the stage of each visit; ``visits`` their times;
    ``agenda`` what is to happen; ``clock, spans`` the hours of work, and releases;
    ``limited`` the rows of stages that take only so many items.
    """

    rows: Ints
    stage: Ints
    visits: Floats
    agenda: Floats
    clock: Ints
    spans: Floats
    limited: Ints


@part
def laid_out(net: Net, trains_from: int, first: Ints, kind: Ints) -> tuple[Ints, Ints, int]:
    """Return the floor with nobody on it, the rows of its pools, and that of the first item.

    Parameters
    ----------
    trains_from : int
        The number of the first train's spans.
    first : array
        Where each item's visits begin, and one more at the end.
    kind : array, by item
        Its class.
    """
    stages, (pools, classes), items = len(net.pool), net.order.shape, len(kind)
    each = 1 + classes
    pool_rows = STAGES + A_STAGE * stages + each * np.arange(pools)
    start = STAGES + A_STAGE * stages + each * pools
    floor = np.zeros((start + items, WIDTH), np.int64)
    floor[:start, FIRST:LAST + 1] = -1  # fmt: skip
    for s in range(stages):
        row = floor[STAGES + A_STAGE * s]
        row[POOL] = pool_rows[net.pool[s]] if net.pool[s] >= 0 else -1
        row[CAL], row[LIMIT], row[GATHER] = net.cal[s], net.limit[s], net.gather[s]
        row[TRAIN] = net.train[s] + trains_from if net.train[s] >= 0 else -1
    for p in range(pools):
        row = floor[pool_rows[p]]
        row[FREE], row[CAL], row[MOST] = net.servers[p], net.pool_cal[p], net.most[p]
        for k in range(classes):
            floor[pool_rows[p] + 1 + k, GOES] = net.order[p, k]
    floor[start:, AT], floor[start:, END] = first[:-1], first[1:] - 1
    floor[start:, CLASS], floor[start:, MATE] = kind, -1
    return floor, pool_rows, start


@step
def join(floor: Floor, line: int, one: int) -> None:
    """Let an item, or a pool, stand at the end of a line."""
    floor.rows[one, BEHIND] = -1
    last = floor.rows[line, LAST]
    if last < 0:
        floor.rows[line, FIRST] = one
    else:
        floor.rows[last, BEHIND] = one
    floor.rows[line, LAST] = one


@step
def take(floor: Floor, line: int) -> int:
    """Take the first out of a line."""
    one = int(floor.rows[line, FIRST])
    floor.rows[line, FIRST] = floor.rows[one, BEHIND]
    if floor.rows[line, FIRST] < 0:
        floor.rows[line, LAST] = -1
    return one


@step
def touch(floor: Floor, pool: int) -> None:
    """Have a pool looked at: it may have work, or somebody free."""
    if not floor.rows[pool, TOUCHED]:
        floor.rows[pool, TOUCHED] = 1
        join(floor, LOOK, pool)


@step
def is_full(floor: Floor, stage: int) -> bool:
    """Say whether a stage takes no further item."""
    return bool(floor.rows[stage, INSIDE] >= floor.rows[stage, LIMIT])


@step
def enter(floor: Floor, stage: int, i: int, t: float) -> None:
    """Put an item into the stage of its visit."""
    pool = floor.rows[stage, POOL]
    floor.visits[ENTERED, floor.rows[i, AT]] = t
    floor.rows[stage, INSIDE] += 1
    if pool >= 0:
        floor.rows[i, HOLDS] = 1
        floor.rows[pool, FREE] -= 1


@step
def leave(floor: Floor, stage: int, i: int, t: float) -> None:
    """Take an item out of its stage, and have who served it looked at."""
    pool = floor.rows[stage, POOL]
    floor.visits[LEFT, floor.rows[i, AT]] = t
    floor.rows[stage, INSIDE] -= 1
    floor.rows[i, MATE] = -1
    if pool >= 0:
        floor.rows[pool, FREE] += floor.rows[i, HOLDS]
        floor.rows[i, HOLDS] = 0
        touch(floor, pool)
