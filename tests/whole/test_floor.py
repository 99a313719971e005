"""The floor: lines keep their order, stages and pools count who is there."""

import numpy as np
import pytest

from tests.whole.lines import standing
from vsmlib.whole import floor as at
from vsmlib.whole.agenda import agenda
from vsmlib.whole.floor import (
    NO_LIMIT,
    Floor,
    Net,
    enter,
    is_full,
    join,
    laid_out,
    leave,
    take,
    touch,
)

NONE = np.array([-1, -1])
STAGE = at.STAGES, at.STAGES + at.A_STAGE  # the rows of both stages


def net(**changes):
    """A wait and work that two people do."""
    fields = {
        "pool": np.array([-1, 0]),
        "cal": NONE,
        "limit": np.array([NO_LIMIT, 2]),
        "train": np.array([0, -1]),
        "gather": np.array([1, 1]),
        "servers": np.array([2]),
        "pool_cal": np.array([-1]),
        "most": np.array([1]),
        "order": np.array([[1, 0]]),
    }
    return Net(**fields | changes)


@pytest.fixture
def world():
    """Three items that each pass both stages; the floor, the pool's row and the first item's."""
    rows, pools, first = laid_out(net(), 3, np.array([0, 2, 4, 6]), np.array([0, 1, 0]))
    visits = np.full((3, 6), np.inf)
    stage = np.tile(STAGE, 3)
    none = np.zeros(0, np.int64)
    floor = Floor(rows, stage, visits, agenda(4), none, np.zeros((3, 0)), none)
    return floor, int(pools[0]), first


def test_everything_has_its_row(world):
    floor, pool, first = world
    assert len(floor.rows) == first + 3
    assert pool == at.STAGES + 2 * at.A_STAGE
    assert first == pool + 1 + 2, "a line for each of the two classes"
    wait, work = (floor.rows[row] for row in STAGE)
    assert (wait[at.POOL], work[at.POOL]) == (-1, pool)
    assert (wait[at.TRAIN], work[at.TRAIN]) == (3, -1), "trains are numbered behind the hours"
    assert (wait[at.LIMIT], work[at.LIMIT]) == (NO_LIMIT, 2)
    assert floor.rows[pool, at.FREE] == 2
    assert floor.rows[pool + 1 : pool + 3, at.GOES].tolist() == [1, 0]
    assert floor.rows[first:, [at.AT, at.END, at.CLASS, at.MATE]].tolist() == [
        [0, 1, 0, -1], [2, 3, 1, -1], [4, 5, 0, -1],
    ]  # fmt: skip


def test_without_items_and_pools_there_are_lines_only():
    none = np.zeros(0, np.int64)
    empty = net(pool=NONE, servers=none, pool_cal=none, most=none, order=np.zeros((0, 1), np.int64))
    rows, pools, first = laid_out(empty, 0, np.zeros(1, np.int64), none)
    assert len(pools) == 0
    assert first == len(rows) == at.STAGES + 2 * at.A_STAGE
    assert (rows[[at.GOING, at.LOOK]][:, [at.FIRST, at.LAST]] == -1).all()


def test_who_joins_first_is_taken_first(world):
    floor, pool, first = world
    for one in (first + 2, first, first + 1):
        join.py_func(floor, pool + 1, one)
    assert standing(floor, pool + 1) == [first + 2, first, first + 1]
    assert [take.py_func(floor, pool + 1) for _ in range(2)] == [first + 2, first]
    join.py_func(floor, pool + 1, first)
    assert [take.py_func(floor, pool + 1) for _ in range(2)] == [first + 1, first]
    assert floor.rows[pool + 1, [at.FIRST, at.LAST]].tolist() == [-1, -1]


def test_a_pool_is_looked_at_once(world):
    floor, pool, _ = world
    touch.py_func(floor, pool)
    touch.py_func(floor, pool)
    assert standing(floor, at.LOOK) == [pool]


def test_who_is_served_holds_a_server_till_he_leaves(world):
    floor, pool, first = world
    for i in (first, first + 1):
        floor.rows[i, at.AT] += 1
        enter.py_func(floor, STAGE[1], i, 5.0)
    assert floor.rows[pool, at.FREE] == 0
    assert is_full.py_func(floor, STAGE[1])
    assert not is_full.py_func(floor, STAGE[0])
    leave.py_func(floor, STAGE[1], first, 7.0)
    assert floor.rows[pool, at.FREE] == 1
    assert not is_full.py_func(floor, STAGE[1])
    assert standing(floor, at.LOOK) == [pool]
    assert floor.visits[[at.ENTERED, at.LEFT], 1].tolist() == [5, 7]
    assert floor.visits[[at.ENTERED, at.LEFT], 3].tolist() == [5, np.inf]
