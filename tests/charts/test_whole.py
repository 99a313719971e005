"""The stream before and after a scenario."""

from types import SimpleNamespace

import pandas as pd
import pytest

from tests.charts import looking
from tests.whole import worlds
from tests.worlds import HAND, flow_of
from vsmlib import charts, measure
from vsmlib.charts.colours import DARK
from vsmlib.whole import Outcome, Scenario, fit


@pytest.fixture(scope="module")
def flow():
    stages = (worlds.Stage(11, 2, spread=0.5), worlds.Stage(5.5, 1, spread=0.5))
    return worlds.flow(worlds.past(worlds.World(stages, per_week=29.5, seed=2, items=400)))


@pytest.fixture(scope="module")
def outcome(flow):
    scenario = Scenario.from_dict({"stages": {"Work 0": {"service_time": {"scale": 0.5}}}})
    return fit(flow).run(scenario, horizon_days=84, replications=20)


def test_lead_times_are_those_of_both_futures(outcome):
    chart = charts.lead_times(outcome)
    rows = pd.DataFrame(looking.rows(chart, "lead_time_s", "when"))
    half = rows[rows["quantile"] == 0.5].set_index("when")["lead_time_s"]
    assert half["before"] == pytest.approx(outcome["baseline"]["lead_time_s"]["p50"])
    assert half["after"] == pytest.approx(outcome["scenario"]["lead_time_s"]["p50"])
    assert looking.colours(chart) <= set(DARK)


def test_the_queue_moves_on(outcome):
    chart = charts.queue_shift(outcome)
    rows = {row["stage"]: row for row in looking.rows(chart, "stage", "start", "end")}
    assert rows["Wait 1"]["end"] > rows["Wait 1"]["start"]
    assert rows["Work 0"]["end"] == pytest.approx(rows["Work 0"]["start"] / 2, rel=0.1)
    assert "in Wait 1" in looking.title(chart)


@pytest.mark.parametrize(
    ("after", "says"),
    [
        ([40.0, 130.0, 100.0], "−2.5 days in Build, +1.3 days in Queue"),
        ([100.0, 40.0, 101.0], "−2.5 days in Queue"),
        ([101.0, 190.0, 100.0], "+3.8 days in Queue"),
        ([100.0, 100.0, 100.0], "nowhere: nothing changes"),
    ],
)
def test_only_moves_worth_a_word_are_told(after, says):
    table = pd.DataFrame(
        {"stage": ["Build", "Queue", "Test"], "kind": "wait", "before_s": [100 * 3600.0] * 3}
    )
    table["after_s"] = [hours * 3600 for hours in after]
    assert looking.title(charts.queue_shift(SimpleNamespace(times=table))).endswith(says)


def test_what_is_in_progress_is_what_came_less_what_left(outcome):
    ends = outcome.moving.set_index(["when", "what", "day"])["mean"]
    for when in ("before", "after"):
        stock = ends[when]["in progress"]
        net = ends[when]["arrived"].iloc[-1] - ends[when]["delivered"].iloc[-1]
        assert stock.iloc[-1] - stock.iloc[0] == pytest.approx(net, abs=0.5)
    chart = charts.stock_and_flow(outcome)
    said = looking.spec(chart)["description"]
    assert "in progress" in said
    assert said.endswith(".")
    assert looking.size(chart)[0] <= 864
    assert looking.colours(chart) <= set(DARK)


def test_the_map_after_grows_as_the_simulation_does(flow, outcome):
    sums, ratio = measure.stage_sums(flow), outcome.times.set_index("stage")
    said = looking.spec(charts.map_after(flow, outcome))["description"]
    assert "Two value stream maps: mean lead time" in said
    assert sums.summary["delivered"] > 0
    assert ratio.loc["Wait 1", "after_s"] > ratio.loc["Wait 1", "before_s"]


def test_a_single_item_has_a_future_that_can_be_drawn():
    made = fit(flow_of(HAND)).run(horizon_days=30, replications=4)
    assert isinstance(made, Outcome)
    for draw in (charts.lead_times, charts.queue_shift, charts.stock_and_flow):
        looking.svg(draw(made))
