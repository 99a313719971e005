"""Limits that people keep: found, told apart from stages that are simply never full, and kept."""

import numpy as np
import pytest

from tests.whole import worlds
from tests.worlds import START, make_log, make_stream
from vsmlib.flow import Flow
from vsmlib.whole import Scenario, fit, limits, queues, reading

WEEKS = 12


def world(limit):
    stages = (worlds.Stage(8, 2), worlds.Stage(5.2, 1, limit=limit))
    return worlds.World(stages, per_week=26)


@pytest.fixture(scope="module")
def model():
    return fit(worlds.flow(worlds.past(world(3))))


def limits_of(model):
    return {row["stage"]: row["wip_limit"] for row in model.fit["stages"] if row["wip_limit"]}


@pytest.mark.parametrize("limit", [1, 3])
def test_a_limit_is_found(limit):
    assert limits_of(fit(worlds.flow(worlds.past(world(limit))))) == {"Wait 1": limit}


def test_without_a_limit_none_is_found(model):
    assert limits_of(fit(worlds.flow(worlds.past(world(0))))) == {}
    assert any("no more than 3" in text for text in model.fit["found"])


def test_work_that_waits_for_room_is_no_longer_work(model):
    """Work 0 takes 8 hours; what the log shows of it is longer, for finished items stay there."""
    past, found = model.fitted.past, model.fitted.queues
    rows = (past.stage == past.names.index("Work 0")) & ~past.still
    kept = rows & (found.low < found.high)
    assert 0.1 < kept.sum() / rows.sum() < 0.6
    assert (found.low[rows] <= found.high[rows]).all()
    assert past.work[rows].mean() / 3600 > 8.5
    assert found.low[rows].mean() / 3600 < 8 < found.high[rows].mean() / 3600


def test_a_changed_limit_is_foretold(model):
    true, _ = worlds.truth(world(3), world(1), WEEKS * worlds.WEEK, futures=20)
    made = model.run(
        Scenario.parse("{stages: {Wait 1: {wip_limit: 1}}}"), horizon_days=84, replications=40
    )
    waits = [row["wait_after_s"] for row in made["stages"]]
    assert waits[1] == pytest.approx(true["waits"][1], rel=0.1)
    assert made["scenario"]["lead_time_s"]["p50"] == pytest.approx(true["p50"], rel=0.2)
    as_it_is = model.run(horizon_days=84, replications=2)["warnings"]
    assert not any("no such limit" in text for text in as_it_is), "the log shows this one"


def short_wait(same_moment):
    """A flow whose wait is never full for people who hand on one at a time, an hour after."""
    rng, events, t = np.random.default_rng(2), [], 0.0
    for i in range(300):
        begun, t = t, t + 4 + rng.exponential(4)
        left = t + (rng.exponential(2) if same_moment else 1)
        for event, at in (("work", begun), ("review", t), ("done", left)):
            events.append((f"i{i}", START + int(at * 3.6e9), len(events), event, None))
    return Flow(make_log(events), make_stream())


@pytest.mark.parametrize("same_moment", [False, True])
def test_a_stage_that_never_has_two_has_no_limit(same_moment):
    past = reading.read(short_wait(same_moment))
    assert limits.find(past, queues.find(past)) == {}
