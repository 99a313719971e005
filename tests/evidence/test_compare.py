"""Verdicts: found where there is something to find, held back where there is not, never wild."""

import json

import numpy as np
import pytest

from tests.evidence.worlds import STAGES, world
from tests.worlds import DAY, START, make_log, make_stream
from vsmlib.errors import ParameterError
from vsmlib.evidence import compare, compare_all
from vsmlib.flow import Flow
from vsmlib.log import from_us

METRICS = ["lead_time", "cycle_time", "flow_efficiency", "throughput", "rework", "wait:Queue"]


@pytest.fixture(scope="module")
def faster():
    return world(1, cut=0.5)


@pytest.fixture(scope="module")
def same():
    return world(2)


@pytest.mark.parametrize("metric", METRICS)
def test_the_answer_has_the_agreed_shape(faster, metric):
    flow, at = faster
    made = json.loads(json.dumps(compare(flow, at=at, metric=metric), allow_nan=False))
    assert made["metric"] == metric
    assert {"n", "value"} <= set(made["before"])
    assert set(made["effect"]) == {"estimate", "low", "high", "unit"}
    assert set(made["relative"]) == {"estimate", "low", "high"}
    assert all(isinstance(line, str) for line in made["assumptions"])
    if made["p_value"] is not None:
        change = made["after"]["value"] - made["before"]["value"]
        assert made["effect"]["estimate"] == pytest.approx(change)
        assert made["effect"]["low"] <= change <= made["effect"]["high"]


def test_a_cut_by_half_is_found(faster):
    flow, at = faster
    for metric in ("lead_time", "cycle_time", "wait:Queue"):
        made = compare(flow, at=at, metric=metric)
        assert made.verdict == "improved"
        assert made["relative"]["low"] < -0.5 < made["relative"]["high"] < 0
        assert "improved" in made.sentence
    assert compare(flow, at=at, metric="flow_efficiency").verdict == "no_evidence"
    assert made["more_weeks"] is None


def test_nothing_is_said_where_earlier_dates_would_have_been_called_a_change():
    """Every quarter the level jumps: this change is one of many."""
    rng, rows = np.random.default_rng(11), []
    for i in range(1200):
        level = 2.5 if i // 130 % 2 else 0.4
        for name, when in (("queue", i / 2), ("done", i / 2 + level * rng.lognormal(0, 0.3))):
            rows.append((f"i{i}", START + int(when * DAY), len(rows), name, None))
    flow = Flow(make_log(rows, observed=START + 601 * DAY), make_stream(STAGES))
    made = compare(flow, at=from_us(START + 520 * DAY).date(), weeks=9)
    assert made["earlier"]["called"] > 1
    assert made.verdict == "no_evidence"
    assert "earlier dates the same test would have found a change" in made.sentence


def test_a_change_after_a_steady_past_is_told():
    flow, at = world(12, side=600, weekly=10, cut=0.5)
    made = compare(flow, at=at)
    assert made.verdict == "improved"
    assert made["earlier"]["dates"] >= 4


def test_twice_the_time_is_worse():
    flow, at = world(3, cut=2.0)
    assert compare(flow, at=at).verdict == "worse"


def test_nothing_is_found_where_nothing_is(same):
    flow, at = same
    verdicts = {metric: compare(flow, at=at, metric=metric).verdict for metric in METRICS}
    assert not {"improved", "worse"} & set(verdicts.values())
    assert verdicts["lead_time"] == "no_evidence"


def test_five_items_a_side_are_too_few():
    flow, at = world(4, side=5, weekly=1, cut=0.2)
    made = compare(flow, at=at)
    assert made.verdict == "too_little_data"
    assert made["p_value"] is None
    assert "each side needs 10 items that are over" in made.sentence


def test_more_weeks_are_told_when_they_would_help():
    flow, at = world(5, side=60, weekly=3)
    day = from_us(START + (20 + 6) * 7 * DAY).date()
    made = compare(Flow(flow.log, flow.stream, end=day), at=at)
    assert made.verdict == "too_little_data"
    assert made["more_weeks"] > 0
    assert f"{made['more_weeks']} more week" in made.sentence


def test_what_is_open_or_straddles_is_not_lost():
    """All quick items first: without what is still open the after side would look quick."""
    flow, at = world(6, side=150, weekly=30, sigma=1.2)
    made = compare(flow, at=at)
    assert made["before"]["open"] > 0
    assert made["after"]["open"] > 0
    assert made.verdict != "improved"


def test_values_are_plain_medians_where_all_is_over():
    rows = [(f"i{i}", START + i * DAY, i, "queue", None) for i in range(60)]
    rows += [(f"i{i}", START + i * DAY + (1 + i % 4) * DAY // 8, i + 60, "done", None)
             for i in range(60)]  # fmt: skip
    flow = Flow(make_log(rows, observed=START + 90 * DAY), make_stream(STAGES))
    made = compare(flow, at=from_us(START + 30 * DAY).date())
    assert (made["before"]["n"], made["before"]["open"]) == (30, 0)
    assert made["before"]["value"] == np.median([(1 + i % 4) * 3 * 3600 for i in range(30)])
    assert made["before"]["value"] == pytest.approx(2.5 * 10800, rel=0.3)


def test_a_control_group_takes_out_what_all_share():
    flow, at = world(7, side=400, weekly=20, cut=0.5, items=lambda i, _: {"team": "ab"[i % 2]})
    assert compare(flow, at=at).verdict == "improved"
    made = compare(flow, at=at, control=("team", "b"))
    assert made.verdict in ("no_evidence", "too_little_data")
    assert made["control"]["before"]["n"] > 100


def test_another_mix_of_types_is_allowed_for():
    """Bugs are quick; after the change there are only more of them."""
    rng = np.random.default_rng(80)
    rows, items = [], {}
    for i in range(600):
        bug = rng.uniform() < (0.2 if i < 300 else 0.8)
        begun = START + int(i * DAY / 3)
        long = rng.lognormal(0, 0.5) * (0.3 if bug else 3)
        rows += [(f"i{i}", begun, 2 * i, "queue", None)]
        rows += [(f"i{i}", begun + int(long * DAY), 2 * i + 1, "done", None)]
        items[f"i{i}"] = {"item_type": "bug" if bug else "story"}
    flow = Flow(make_log(rows, items, observed=START + 250 * DAY), make_stream(STAGES))
    made = compare(flow, at=from_us(START + 100 * DAY).date())
    assert made.verdict == "no_evidence"
    assert any("mix of item types changed" in line for line in made["assumptions"])


def test_speed_bought_with_rework_is_no_success():
    flow, at = world(9, side=300, weekly=15, cut=0.5, back=0.5)
    made = compare(flow, at=at)
    assert made.verdict == "no_evidence"
    assert made["guard"]["verdict"] == "worse"
    assert "got worse" in made.sentence
    assert compare(flow, at=at, guard=False).verdict == "improved"


def test_many_metrics_need_more_each(faster):
    flow, at = faster
    made = compare_all(flow, at=at, metrics=["lead_time", "throughput", "rework"])
    assert [one["metric"] for one in made] == ["lead_time", "throughput", "rework"]
    assert all(one["p_adjusted"] >= one["p_value"] for one in made if one["p_value"] is not None)
    assert made[0].verdict == "improved"
    assert len(compare_all(flow, at=at, metrics=["rework", "rework"])) == 1


def test_a_log_of_ended_items_only_leaves_its_end_out():
    flow, at = world(10, side=150, weekly=15)
    done = set(flow.visits.query("kind == 'done'")["item_id"])
    events = flow.log.events[lambda e: e["item_id"].isin(done)]
    stamps = (events["timestamp"].astype("int64")).tolist()
    rows = list(zip(events["item_id"], stamps, events["seq"], events["event"],
                    [None] * len(events), strict=True))  # fmt: skip
    ended = Flow(make_log(rows), make_stream(STAGES))
    made = compare(ended, at=at)
    assert made["after"]["open"] == 0
    assert any("no item in progress" in line for line in made["assumptions"])
    assert made.verdict == "no_evidence"


def test_equal_values_are_nothing_to_compare():
    rows = [(f"i{i}", START + i * DAY, i, "queue", None) for i in range(60)]
    rows += [(f"i{i}", START + i * DAY + DAY // 2, i + 60, "done", None) for i in range(60)]
    flow = Flow(make_log(rows, observed=START + 90 * DAY), make_stream(STAGES))
    made = compare(flow, at="2026-04-01", guard=False)
    assert made.verdict == "too_little_data"
    assert made["lacks"] == "every item has the same value"


def test_items_that_take_no_time_have_no_efficiency():
    rows = [(f"i{i}", START + i * DAY, 2 * i + n, name, None)
            for i in range(60) for n, name in enumerate(("queue", "done"))]  # fmt: skip
    flow = Flow(make_log(rows, observed=START + 90 * DAY), make_stream(STAGES))
    made = compare(flow, at="2026-04-01", metric="flow_efficiency")
    assert (made.verdict, made["more_weeks"]) == ("too_little_data", None)
    assert made.sentence.endswith("30 after): no time was taken.")


def test_all_open_is_too_little():
    rows = [(f"i{i}", START + i * DAY, i, "queue", None) for i in range(60)]
    flow = Flow(make_log(rows), make_stream(STAGES))
    made = compare(flow, at="2026-04-01")
    assert (made.verdict, made["before"]["value"]) == ("too_little_data", None)
    assert "10 items that are over (still open: 59)" in made.sentence


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"at": "1999-01-01"}, "outside the log"),
        ({"at": "soon"}, "no date"),
        ({"metric": "velocity"}, "unknown metric 'velocity'"),
        ({"metric": "wait:Nowhere"}, "unknown metric"),
        ({"control": ("squad", "a")}, "unknown item column"),
        ({"control": ("team", "zz")}, "unknown team"),
        ({"weeks": 0}, "--weeks 0"),
        ({"at": None, "groups": ("team", "a", "a")}, "names 'a' twice"),
        ({"at": None}, "not one way"),
        ({"groups": ("team", "a", "b")}, "not one way"),
        ({"at": None, "before": ("2026-03-02", "2026-04-01")}, "not one way"),
        ({"at": None, "groups": ("squad", "a", "b")}, "unknown item column"),
        (
            {
                "at": None,
                "before": ("2026-04-01", "2026-05-01"),
                "after": ("2026-03-02", "2026-04-01"),
            },
            "cannot be compared",
        ),
    ],
)
def test_what_cannot_be_asked_is_said(same, options, said):
    flow, at = same
    with pytest.raises(ParameterError, match=said):
        compare(flow, **{"at": at, **options})
