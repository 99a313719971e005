"""Controls for a change: what they say, and the outcome that follows them."""

import asyncio

import pytest

from tests.whole import worlds
from vsmlib.board import WhatIf
from vsmlib.whole import Scenario, fit

KEYS = {"horizon_days": 28, "replications": 24, "seed": 1}


@pytest.fixture(scope="module")
def model():
    stages = (worlds.Stage(6, 2), worlds.Stage(5.3, 1))
    return fit(worlds.flow(worlds.past(worlds.World(stages, per_week=28, items=300))))


def test_untouched_it_has_the_outcome_of_its_scenario(model):
    scenario = Scenario.from_dict({"name": "A", "arrivals": {"scale": 0.8}})
    trial = WhatIf(model, scenario, **KEYS)
    assert trial.outcome.to_dict() == model.run(scenario, **KEYS).to_dict()
    assert trial.said.value == "24 futures"
    assert trial.chosen().arrivals.scale == 0.8


def test_the_controls_show_what_it_begins_with(model):
    half = {"name": "A", "stages": {"Work 1": {"service_time": {"scale": 0.5}}}}
    trial = WhatIf(model, Scenario.from_dict(half), **KEYS)
    assert trial.what.value == ("service_time", "Work 1")
    assert trial.scale.value == 50
    assert trial.chosen().stages == Scenario.from_dict(half).stages


def test_a_moved_slider_is_a_scenario(model):
    trial = WhatIf(model, **KEYS)
    trial.what.value = ("service_time", "Work 1")
    trial.scale.value = 50
    assert trial.chosen().stages["Work 1"].service_time.scale == 0.5
    assert trial.outcome["verdict"] == "better"
    trial.what.value = ("capacity", "Work 1")
    trial.people.value = 1
    assert trial.chosen().stages["Work 1"].capacity == 1
    assert trial.people.layout.display != "none"


def test_what_cannot_be_is_said_and_the_outcome_stays(model):
    trial = WhatIf(model, **KEYS)
    trial.what.value = ("capacity", "Work 1")
    before = trial.outcome
    trial.people.value = -1
    assert "capacity would be 0" in trial.said.value
    assert trial.outcome is before


def test_first_a_coarse_answer_then_a_better_one(model):
    async def moved():
        trial = WhatIf(model, **KEYS)
        trial.coming.value = 120
        first = trial.said.value
        await trial._task
        return first, trial.said.value

    assert asyncio.run(moved()) == ("20 futures", "24 futures")
