"""Who goes first: found where people go by it, told apart from what looks like it, and kept."""

import heapq
from dataclasses import replace

import numpy as np
import pytest

from tests.whole import worlds
from tests.whole.test_keys import cobham
from tests.worlds import START, make_log, make_stream
from vsmlib.flow import Flow
from vsmlib.whole import Scenario, fit

BOTH = (worlds.Stage(5.2, 1), worlds.Stage(4.6, 1))


def world(**first):
    stages = (replace(BOTH[0], **first), BOTH[1])
    return worlds.World(stages, per_week=27, urgent=0.3)


@pytest.fixture(scope="module")
def ordered():
    return worlds.past(world(in_order=True))


@pytest.fixture(scope="module")
def model(ordered):
    return fit(worlds.flow(ordered))


def first_of(model):
    return {row["stage"]: row["first"] for row in model.fit["stages"] if row["capacity"]}


def labelled(run, labels):
    """The same events with other columns of the items."""
    flow = worlds.flow(run)
    names = dict.fromkeys(event[0] for event in run.events)
    items = {name: labels(name) for name in names}
    return Flow(make_log(run.events, items, observed=flow.observed_us), flow.stream)


def test_the_order_is_found_where_it_is_kept(model):
    assert first_of(model) == {"Work 0": [["bug"], ["feature"]], "Work 1": None}
    assert (
        "Work 0: by item_type first bug, then feature, in 100% of the choices"
        in (model.fit["found"])
    )
    assert "Work 1: first come, first served, in 100% of the choices" in model.fit["found"]
    assert not model.fit["unidentified"]


def test_it_is_found_by_the_priority_as_well(ordered):
    def by(name):
        return {"item_type": "task", "priority": {"bug": "High"}.get(ordered.type_of(name), "Low")}

    found = fit(labelled(ordered, by))
    assert first_of(found)["Work 0"] == [["High"], ["Low"]]


def by_level(levels, items=900):
    """A queue of one person who takes the lowest level first, and within it who came first."""
    rng, events, free, t = np.random.default_rng(5), [], 0.0, 0.0
    came, kinds = [], {}
    for i in range(items):
        t += rng.exponential(6)
        came.append((t, int(rng.integers(len(levels))), f"i{i}"))
        kinds[f"i{i}"] = {"item_type": "x", "priority": levels[came[-1][1]]}
    waiting = []
    while came or waiting:
        free = free if waiting else max(free, came[0][0])
        while came and came[0][0] <= free:
            entered, level, name = came.pop(0)
            heapq.heappush(waiting, (level, entered, name))
        _, entered, name = heapq.heappop(waiting)
        begun, free = free, free + rng.gamma(4, 5.2 / 4)
        for event, at in (("queue", entered), ("work", begun), ("done", free)):
            events.append((name, START + int(at * 3.6e9), len(events), event, None))
    return fit(Flow(make_log(events, kinds), make_stream()))


def test_three_levels():
    found = by_level(["High", "Medium", "Low"])
    assert first_of(found)["Work"] == [["High"], ["Medium"], ["Low"]]


def test_what_is_served_alike_is_one_level(ordered):

    def by(name):
        kind = ordered.type_of(name)
        return {"item_type": "chore" if kind == "feature" and int(name[1:]) % 2 else kind}

    assert first_of(fit(labelled(ordered, by)))["Work 0"] == [["bug"], ["chore", "feature"]]


def test_the_simulation_keeps_it():
    """Both classes take Cobham's mean times; who goes first already gains nothing by a scenario."""
    one = worlds.World((worlds.Stage(6, 1, in_order=True),), per_week=16.8, urgent=0.4)
    model = fit(worlds.flow(worlds.past(one)))
    assert first_of(model) == {"Work 0": [["bug"], ["feature"]]}
    rule = Scenario.parse("{priority: {item_type: bug}}")
    made = model.run(rule, horizon_days=540, replications=40)
    assert made["baseline"] == made["scenario"]
    types = model.fitted.past.labels["item_type"]
    theory = cobham(model, float((types.code == types.names.index("bug")).mean()))
    for who, expected in zip(("first", "others"), theory, strict=True):
        assert made["priority"][who]["before"]["mean"] == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_without_an_order_none_is_found(seed):
    plain = replace(world(outside=6, outside_share=0.5), seed=seed)
    assert set(first_of(fit(worlds.flow(worlds.past(plain)))).values()) == {None}


def test_what_waits_less_for_another_reason_goes_not_first():
    """Bugs are ready at once, features after half a day on average: nobody prefers them."""
    rng, events, free, t = np.random.default_rng(4), [], 0.0, 0.0
    kinds, came = {}, []
    for i in range(900):
        t += rng.exponential(6)
        kinds[f"i{i}"] = {"item_type": "bug" if i % 3 == 0 else "feature"}
        came.append((t + (0 if i % 3 == 0 else rng.exponential(12)), t, f"i{i}"))
    for ready, entered, name in sorted(came):
        begun = max(ready, free)
        free = begun + rng.gamma(4, 5.2 / 4)
        for event, at in (("queue", entered), ("work", begun), ("done", free)):
            events.append((name, START + int(at * 3.6e9), len(events), event, None))
    found = fit(Flow(make_log(events, kinds), make_stream()))
    assert first_of(found) == {"Work": None}
    assert any("perhaps not for being taken up first" in x for x in found.fit["unidentified"])
