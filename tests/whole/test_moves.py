"""What items and pools do at a moment, each alone; the kernel's tests have them together."""

import numpy as np
import pytest

from tests.whole.lines import standing
from vsmlib.whole import floor as at
from vsmlib.whole.agenda import agenda, next_at, pop
from vsmlib.whole.floor import NO_LIMIT, Floor, Net, laid_out
from vsmlib.whole.moves import GO, OPENS, be_ready, can_serve, go, let_in, proceeds, start, taken_up
from vsmlib.whole.spans import Clock, together

WAIT, WORK, AFTER = (at.STAGES + at.A_STAGE * s for s in range(3))
DAY = Clock(np.array([0, 1]), np.array([10.0]), np.array([100.0]), np.array([0.0]))
TRAIN = Clock(np.array([0, 1]), np.array([30.0]), np.array([31.0]), np.array([0.0]))
ITEMS = 4


def floor(need=2.0, kind=(0,) * ITEMS, **changes):
    """A wait, work by one person from 10 on, and a wait behind it; every item is in the first."""
    fields = {
        "pool": np.array([-1, 0, -1]),
        "cal": np.array([-1, 0, -1]),
        "limit": np.full(3, NO_LIMIT),
        "train": np.full(3, -1),
        "gather": np.ones(3, np.int64),
        "servers": np.array([1]),
        "pool_cal": np.array([0]),
        "most": np.array([1]),
        "order": np.array([[0, 1]]),
    }
    fields |= changes
    first = 3 * np.arange(ITEMS + 1)
    rows, pools, items = laid_out(Net(**fields), 1, first, np.array(kind))
    visits = np.full((3, 3 * ITEMS), np.inf)
    visits[at.NEED] = need
    clock, spans = together(DAY, TRAIN)
    limited = at.STAGES + at.A_STAGE * np.flatnonzero(fields["limit"] < NO_LIMIT)
    stage = np.tile([WAIT, WORK, AFTER], ITEMS)
    made = Floor(rows, stage, visits, agenda(20), clock, spans, limited)
    for i in range(ITEMS):
        at.enter.py_func(made, WAIT, items + i, 0.0)
    return made, int(pools[0]), items


def coming(made):
    found = []
    while next_at(made.agenda) < np.inf:
        found.append((next_at(made.agenda), pop(made.agenda)))
    return found


def test_time_runs_round_the_clock_or_in_hours():
    made, _, items = floor(need=3.0)
    start.py_func(made, items, 1.0)
    made.rows[items + 1, at.AT] += 1  # at work, by the hours
    start.py_func(made, items + 1, 1.0)
    assert coming(made) == [(4.0, items), (13.0, items + 1)]


def test_what_takes_no_time_goes_on_at_once():
    made, _, items = floor(need=0.0)
    start.py_func(made, items, 1.0)
    assert standing(made, at.GOING) == [items]
    assert coming(made) == []


def test_a_train_is_waited_for():
    made, _, items = floor(train=np.array([0, -1, -1]))
    be_ready.py_func(made, items, 5.0)
    be_ready.py_func(made, items + 1, 30.5)
    assert coming(made) == [(30.0, GO + items), (30.5, GO + items + 1)]


def test_a_batch_waits_for_its_last():
    made, _, items = floor(gather=np.array([3, 1, 1]))
    for i in range(2):
        be_ready.py_func(made, items + i, 1.0)
    assert standing(made, at.GOING) == []
    be_ready.py_func(made, items + 2, 2.0)
    assert standing(made, at.GOING) == [items, items + 1, items + 2]
    be_ready.py_func(made, items + 3, 3.0)
    assert standing(made, at.GOING)[3:] == [], "the next batch begins"


def test_mates_go_together():
    made, _, items = floor()
    made.rows[items, at.MATE] = items + 2
    go.py_func(made, items)
    assert standing(made, at.GOING) == [items, items + 2]


def test_who_is_ready_queues_by_class():
    made, pool, items = floor(kind=(1, 0, 1, 0))
    for i in range(ITEMS):
        assert not proceeds.py_func(made, items + i, 1.0)
    assert made.rows[pool, at.WAITING] == 4
    taken = []
    while made.rows[pool, at.WAITING]:
        taken.append(taken_up.py_func(made, pool, 20.0) - items)
    assert taken == [1, 3, 0, 2]


def test_one_server_takes_a_batch_and_is_free_when_it_is_done():
    made, pool, items = floor(most=np.array([3]))
    for i in range(ITEMS):
        proceeds.py_func(made, items + i, 1.0)
    assert taken_up.py_func(made, pool, 20.0) == items
    assert made.rows[pool, [at.FREE, at.WAITING]].tolist() == [0, 1]
    assert made.rows[items : items + 3, at.MATE].tolist() == [items + 1, items + 2, -1]
    go.py_func(made, items)
    assert standing(made, at.GOING) == [items, items + 1, items + 2]


def test_nobody_is_served_before_the_opening():
    made, pool, items = floor()
    assert not can_serve.py_func(made, pool, 20.0), "nobody waits"
    proceeds.py_func(made, items, 1.0)
    assert not can_serve.py_func(made, pool, 1.0)
    assert not can_serve.py_func(made, pool, 2.0)
    assert coming(made) == [(10.0, OPENS + pool)], "woken once"
    assert can_serve.py_func(made, pool, 10.0)
    made.rows[pool, at.FREE] = 0
    assert not can_serve.py_func(made, pool, 10.0)


@pytest.fixture
def behind():
    """Two items at work that have somewhere to go: a wait that takes one."""
    made, pool, items = floor(limit=np.array([NO_LIMIT, NO_LIMIT, 1]), servers=np.array([2]))
    for i in range(2):
        at.leave.py_func(made, WAIT, items + i, 10.0)
        made.rows[items + i, at.AT] += 1
        at.enter.py_func(made, WORK, items + i, 10.0)
    return made, pool, items


def test_who_finds_no_room_stays_and_holds_the_server(behind):
    made, pool, items = behind
    assert proceeds.py_func(made, items, 12.0)
    assert not proceeds.py_func(made, items + 1, 13.0)
    assert standing(made, AFTER + at.OUTSIDE) == [items + 1]
    assert made.rows[pool, at.FREE] == 1
    let_in.py_func(made)
    assert standing(made, at.GOING) == [], "still full"
    assert not proceeds.py_func(made, items, 14.0)  # its last stage: it is out
    let_in.py_func(made)
    assert standing(made, at.GOING) == [items + 1]
    assert proceeds.py_func(made, at.take.py_func(made, at.GOING), 14.0)
    assert made.rows[pool, at.FREE] == 2


def test_before_the_present_nobody_enters_where_a_limit_holds(behind):
    made, _, items = behind
    assert not proceeds.py_func(made, items, -3.0)
    assert standing(made, AFTER + at.OUTSIDE) == [items]
    let_in.py_func(made)
    assert standing(made, at.GOING) == [items]
