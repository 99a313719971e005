"""The lever table on a stream whose constraint is known."""

import pytest

from tests.whole import drawn, worlds
from vsmlib.errors import ParameterError
from vsmlib.whole import Scenario, fit


@pytest.fixture(scope="module")
def model():
    stages = (worlds.Stage(6, 2), worlds.Stage(5.3, 1), worlds.Stage(3, 2))
    return fit(worlds.flow(worlds.past(worlds.World(stages, per_week=28))))


def test_the_constraint_comes_first(model):
    table = model.levers(horizon_days=84, replications=40)
    assert set(table.loc[table["constraint"], "stage"]) == {"Work 1"}
    top = table.iloc[0]
    assert top["stage"] == "Work 1"
    assert top["high_s"] < 0
    assert (table["low_s"] <= table["effect_s"]).all()
    assert set(table["lever"]) == {"capacity", "service_time", "wait"}


def test_a_local_optimisation_is_marked():
    """Fast work before a narrow place: the queue moves, the customer sees little of it."""
    stages = (worlds.Stage(11, 2, spread=0.5), worlds.Stage(5.5, 1, spread=0.5))
    model = fit(worlds.flow(worlds.past(worlds.World(stages, per_week=29.5, seed=2))))
    table = model.levers(horizon_days=84, replications=40).set_index(["lever", "stage"])
    first = table.loc["service_time", "Work 0"]
    assert first["moved_to"] == "Wait 1"
    assert first["moved_s"] > 0
    trap = model.run(
        Scenario.from_dict({"stages": {"Work 0": {"service_time": {"scale": 0.5}}}}),
        horizon_days=84,
        replications=40,
    )
    rows = {row["stage"]: row for row in trap["stages"]}
    assert rows["Wait 1"]["wait_after_s"] > rows["Wait 1"]["wait_before_s"]
    assert rows["Wait 0"]["wait_after_s"] < rows["Wait 0"]["wait_before_s"]


@pytest.mark.parametrize("seed", [1, 7])
def test_faster_work_before_a_full_stage_is_never_an_improvement(seed):
    """The queue is as long as before, in another place; `benchmarks.whole traps` has the truth."""
    world, change, _ = drawn.trap(seed)
    model = fit(worlds.flow(worlds.past(world)))
    made = model.run(Scenario.from_dict(change), horizon_days=84, replications=40)
    assert made["verdict"] != "better"
    rows = {row["stage"]: row["wait_after_s"] - row["wait_before_s"] for row in made["stages"]}
    assert rows["Wait 0"] < 0 < rows["Wait 1"]


def test_effort_is_a_share(model):
    with pytest.raises(ParameterError, match="a share between 0 and 1"):
        model.levers(effort=20)
