"""How busy people have to be: rate times work by capacity, in hours; and how sure that is."""

from dataclasses import replace

import numpy as np
import pytest

from tests.whole import worlds
from vsmlib.whole import Scenario, change, fit
from vsmlib.whole.load import doubt, of_pools


def fitted(**keys):
    stages = keys.pop("stages", (worlds.Stage(8, 2), worlds.Stage(4, 1)))
    world = worlds.World(stages, per_week=28, **keys)
    return fit(worlds.flow(worlds.past(world))).fitted


@pytest.fixture(scope="module")
def plain():
    return fitted()


def load(fitted, text="{}"):
    scenario = Scenario.parse(text)
    system = change.changed(fitted.now, fitted.past, fitted.queues, scenario)
    return of_pools(fitted, scenario, system)


def test_it_is_rate_times_work_by_capacity(plain):
    """28 items a week with 8 hours by two people, and 4 hours by one: two thirds each."""
    assert load(plain) == pytest.approx([28 * 8 / 2 / 168, 28 * 4 / 168], rel=0.08)


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("{arrivals: {scale: 1.5}}", (1.5, 1.5)),
        ("{stages: {Work 0: {capacity: +2}}}", (0.5, 1)),
        ("{stages: {Work 1: {service_time: {scale: 0.25}}}}", (1, 0.25)),
    ],
)
def test_scenarios_change_it_in_proportion(plain, text, factor):
    assert load(plain, text) == pytest.approx(load(plain) * factor)


def test_returns_are_work_as_well():
    """A third comes back: half as much again."""
    once = load(fitted(stages=(worlds.Stage(8, 2), worlds.Stage(2, 1, rework=1 / 3, back=1))))
    assert once[1] == pytest.approx(28 * 2 * 1.5 / 168, rel=0.1)


def test_people_are_there_in_their_hours_only():
    hours = fitted(stages=(worlds.Stage(2, 2), worlds.Stage(1, 1)), hours=True)
    assert load(hours) == pytest.approx([28 * 2 / 2 / 40, 28 * 1 / 40], rel=0.08)


def test_without_pools_there_is_nobody_to_be_busy(plain):
    none = replace(plain, queues=replace(plain.queues, pools=[]))
    assert doubt(none).tolist() == []


def test_the_doubt_is_that_of_rate_and_work(plain):
    """Weekly counts and work of exponential times vary by their root: a few per cent of each."""
    found = doubt(plain)
    weeks, items = plain.arrivals.blocks, len(plain.past.first) - 1
    counts = np.bincount((-plain.arrivals.moments // plain.arrivals.block).astype(int))
    rate = np.std(counts, ddof=1) / np.sqrt(weeks) / counts.mean()
    assert found == pytest.approx([1.645 * np.hypot(rate, 1 / np.sqrt(items))] * 2, rel=0.1)
    assert (found < 0.1).all()


def test_few_items_say_little(plain):
    few = plain.past.until(float(np.sort(plain.past.start[plain.past.first[:-1]])[30]))
    assert (doubt(replace(plain, past=few)) > doubt(plain)).all()
