"""Fit and run on worlds whose truth is known."""

import json

import numpy as np
import pytest

from tests.waits import queues
from tests.worlds import DAY, START, make_log, make_stream
from vsmlib.errors import ParameterError
from vsmlib.flow import Flow
from vsmlib.whole import Scenario, fit

KEYS = {
    "baseline",
    "scenario",
    "difference",
    "stages",
    "verdict",
    "fit",
    "load",
    "priority",
    "people",
    "exposure",
    "effort",
    "warnings",
    "name",
}
STAGES = (queues.Stage(work=10, pool=0), queues.Stage(work=18, pool=1))


@pytest.fixture(scope="module")
def model():
    world = queues.World(list(STAGES), people=(1, 2), gap=12, items=1500)
    return fit(queues.flow(queues.Run(world).go()))


def run(model, text="{}", **keys):
    keys = {"horizon_days": 10, "replications": 40, "seed": 1} | keys
    return model.run(Scenario.parse(text), **keys)


def test_the_fit_finds_who_is_there(model):
    found = {row["stage"]: row["capacity"] for row in model.fit["stages"]}
    assert found == {"Wait 0": None, "Work 0": 1, "Wait 1": None, "Work 1": 2}
    assert model.fit["arrivals_per_week"] == pytest.approx(7 * 24 * 5, rel=0.1)


def test_the_json_is_as_designed(model):
    made = run(model, "{stages: {Work 0: {capacity: +1}}}").to_dict()
    assert set(made) == KEYS
    json.dumps(made, allow_nan=False)
    for when in ("baseline", "scenario"):
        lead = made[when]["lead_time_s"]
        assert len(lead["quantiles"]) == 21
        assert lead["quantiles"][10] == lead["p50"] <= lead["p85"]
        assert made[when]["throughput_per_week"] > 0 < made[when]["wip"]
    for figure in made["difference"].values():
        assert figure["low"] <= figure["estimate"] <= figure["high"]
    before, after = made["baseline"]["lead_time_s"]["p50"], made["scenario"]["lead_time_s"]["p50"]
    assert made["difference"]["lead_time_p50_s"]["estimate"] == pytest.approx(after - before)
    assert [row["stage"] for row in made["stages"]] == ["Wait 0", "Wait 1"]


def test_the_same_seed_is_the_same_future(model):
    one, two = run(model), run(model)
    assert one.to_dict() == two.to_dict()
    assert run(model, seed=2)["baseline"] != one["baseline"]
    assert one["verdict"] == "no_difference"
    assert one["difference"]["lead_time_p50_s"] == {"estimate": 0, "low": 0, "high": 0}


def test_more_people_at_the_constraint(model):
    made = run(model, "{stages: {Work 0: {capacity: +1}}}")
    assert made["verdict"] == "better"
    first = made["stages"][0]
    assert first["wait_after_s"] < first["wait_before_s"] / 2


def test_more_than_can_be_done(model):
    made = run(model, "{arrivals: {scale: 1.5}}")
    assert made["verdict"] == "unstable"
    assert any("Work 0" in text for text in made["warnings"])
    first = made["load"][0]
    assert first["before"] == pytest.approx(10 / 12, rel=0.1)
    assert first["after"] == pytest.approx(1.5 * first["before"])


def test_what_no_week_has_shown(model):
    made = run(model, "{arrivals: {scale: 3}}", replications=5)
    assert any("any week of the past" in text for text in made["warnings"])


def test_littles_law_in_a_run(model):
    """Rate times time is what is in progress; the horizon's ends blur it a little."""
    made = run(model, horizon_days=60)["baseline"]
    rate = made["throughput_per_week"] / (7 * 86_400)
    assert made["wip"] == pytest.approx(rate * made["lead_time_s"]["mean"], rel=0.03)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{stages: {Wrok 0: {capacity: +1}}}", "did you mean 'Work 0'"),
        ("{stages: {Work 0: {capacity: -1}}}", "capacity would be 0"),
        ("{stages: {Done: {service_time: {scale: 2}}}}", "belongs to a stage where work is done"),
    ],
)
def test_scenarios_that_do_not_fit(model, text, said):
    with pytest.raises(ParameterError) as caught:
        run(model, text)
    assert said in str(caught.value)


def test_nothing_delivered_is_said():
    events = [("A", START, 0, "queue", None), ("B", START + DAY, 1, "work", None)]
    with pytest.raises(ParameterError, match="none of the 2 items was delivered"):
        fit(Flow(make_log(events), make_stream()))


def test_a_stream_without_waits_still_has_a_future():
    rng = np.random.default_rng(1)
    events = []
    for i in range(60):
        t = START + i * DAY
        events.append((f"i{i}", t, 2 * i, "work", None))
        events.append((f"i{i}", t + int(rng.exponential(3 * DAY)), 2 * i + 1, "done", None))
    made = fit(Flow(make_log(events), make_stream()))
    assert any("no wait stage" in text for text in made.fit["unidentified"])
    result = made.run(horizon_days=60, replications=20, seed=1)
    assert result["baseline"]["lead_time_s"]["p50"] > DAY / 1e6
