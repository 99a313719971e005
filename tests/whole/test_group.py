"""Times in stages are of the same items before and after, however many are delivered by when."""

from dataclasses import replace

import pytest

import vsmlib as vsm
from tests.whole import worlds
from vsmlib.whole import Scenario, fit
from vsmlib.words import DAY

WEEKS = 12
# Faster development, and slower tests behind it: far fewer items come through within the horizon.
TRAP = {"Work 0": {"service_time": {"scale": 0.5}}, "Work 1": {"service_time": {"scale": 1.3}}}


@pytest.fixture(scope="module")
def world():
    stages = (worlds.Stage(8, 2, spread=0.5), worlds.Stage(5, 1, spread=0.5))
    return worlds.World(stages, per_week=28, seed=3)


@pytest.fixture(scope="module")
def model(world):
    return fit(worlds.flow(worlds.past(world)))


def times(model, stages):
    made = model.run(
        Scenario.from_dict({"stages": stages}), horizon_days=WEEKS * 7, replications=40
    )
    return made, made.times.set_index("stage")


def test_what_comes_before_the_change_does_not_move(model):
    """Of the items delivered by then, those behind the slow stage were in the others for longer."""
    made, stage = times(model, {"Work 1": {"service_time": {"scale": 1.3}}})
    assert made["difference"]["throughput_per_week"]["high"] < 0
    for name in ("Wait 0", "Work 0"):
        assert stage.loc[name, "after_s"] == stage.loc[name, "before_s"]
    assert stage.loc["Work 1", "after_s"] == pytest.approx(1.3 * stage.loc["Work 1", "before_s"])


def test_other_releases_move_nothing_before_them():
    """Items of the sample stay up to ten years: whoever is late is delivered in each future."""
    stream = vsm.ValueStream.load("github-pull-requests-to-release")
    model = fit(vsm.Flow(vsm.read("sample"), stream, start="2023-01-01"))
    monthly = {"stages": {"Waiting for release": {"release_every": 30 * DAY}}}
    made = model.run(Scenario.from_dict(monthly), horizon_days=180, replications=20)
    stage = made.times.set_index("stage")
    before = stage.drop(index="Waiting for release")
    assert (before["after_s"] == before["before_s"]).all()
    half = stage.loc["Waiting for release", "after_s"] / DAY
    assert half == pytest.approx(15, abs=1)


def test_the_queue_of_the_trap_is_as_long_as_in_truth(world, model):
    _, stage = times(model, TRAP)
    coding, testing = world.stages
    slower = replace(testing, work=testing.work * 1.3)
    then = replace(world, stages=(replace(coding, work=coding.work / 2), slower))
    true, _ = worlds.truth(world, then, WEEKS * worlds.WEEK, futures=20)
    for n, wait in enumerate(("Wait 0", "Wait 1")):
        assert stage.loc[wait, "after_s"] == pytest.approx(true["waits"][n], rel=0.15, abs=600)
    assert stage.loc["Work 0", "after_s"] == pytest.approx(
        stage.loc["Work 0", "before_s"] / 2, rel=0.05
    )
