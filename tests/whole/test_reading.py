"""A flow as arrays: whose hours count, and what the log says of the items."""

import numpy as np
import pytest

from tests.opening import calendar
from tests.whole import worlds
from tests.worlds import HAND, flow_of, make_log, make_stream
from vsmlib.flow import Flow
from vsmlib.whole import fit, reading

NIGHTS = {"timezone": "UTC", "hours": {"mon-sun": ["20:00-24:00"]}}


@pytest.fixture(scope="module")
def office():
    stages = (worlds.Stage(2, 2), worlds.Stage(1.2, 1))
    return worlds.past(worlds.World(stages, per_week=26, hours=True, items=400))


def test_hours_that_nobody_said_are_those_that_were_kept(office):
    stated, found = (reading.read(worlds.flow(office, stated=said)) for said in (True, False))
    assert stated.hours is None
    assert found.hours.hours == {"mon-fri": ("09:00-17:00",)}
    assert found.cal.tolist() == stated.cal.tolist()
    np.testing.assert_allclose(found.work, stated.work, atol=1e-3)
    made = fit(worlds.flow(office, stated=False)).fit["found"]
    assert made[0].endswith("at work mon-fri 09:00-17:00 (UTC), for then work begins and ends")


def test_hours_that_nobody_keeps_give_way(office):
    flow = worlds.flow(office, stated=False)
    past = reading.read(Flow(flow.log, make_stream([*map(dict, _stages(flow))], calendar=NIGHTS)))
    assert past.hours.hours == {"mon-fri": ("09:00-17:00",)}
    active = [past.names.index(f"Work {n}") for n in (0, 1)]
    assert past.cal[active].tolist() == [1, 1]


def test_hours_that_are_kept_stay(office):
    assert reading.read(worlds.flow(office, calendar=calendar())).hours is None


def _stages(flow):
    return [{"name": s.name, "kind": s.kind, "enter": [*s.enter]} for s in flow.stream.stages]


def test_by_hand():
    past = reading.read(flow_of(HAND))
    assert past.first.tolist() == [0, 6, 7]
    assert (past.end - past.start)[:5].tolist() == [7200, 14_400, 14_400, 3600, 3600]
    assert past.blocked.tolist()[:2] == [0, 7200]
    assert past.work[1] == 7200
    assert past.still.tolist() == [False] * 5 + [True, True]


def test_labels_are_those_of_the_items():
    items = {"A": {"item_type": "bug", "priority": None}, "B": {"priority": "High"}}
    labels = reading.read(Flow(make_log(HAND, items), make_stream())).labels
    assert labels["item_type"].names == ["bug"]
    assert labels["item_type"].code.tolist() == [0, -1]
    assert labels["priority"].code.tolist() == [-1, 0]
