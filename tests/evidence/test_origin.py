"""Where a change came from: stages add up to the whole, and a wait that moves is seen to move."""

import numpy as np
import pandas as pd
import pytest

from tests.evidence.worlds import STAGES, world
from tests.worlds import DAY, START, make_log, make_stream
from vsmlib.evidence import compare
from vsmlib.flow import Flow
from vsmlib.log import from_us

CHANGE = from_us(START + 140 * DAY).date()


def staged(queue, work, seed=1):
    """Two items a day; mean days in the queue and at work, before and after day 140."""
    rng, rows = np.random.default_rng(seed), []
    for i in range(560):
        after, begun = i >= 280, i / 2
        ends = begun + np.cumsum([rng.gamma(4, queue[after] / 4), rng.gamma(4, work[after] / 4)])
        for name, when in zip(("queue", "work", "done"), (begun, *ends), strict=True):
            rows.append((f"i{i}", START + int(when * DAY), len(rows), name, None))
    return Flow(make_log(rows, observed=START + 281 * DAY), make_stream(STAGES))


def test_the_stage_that_was_cut_made_the_change():
    made = compare(staged((6, 6), (2, 2)), at=CHANGE)
    assert not any(row["low_s"] > 0 or row["high_s"] < 0 for row in made["stages"])
    assert made.verdict == "no_evidence"
    assert made.origin.endswith("on average, which may be chance.")
    made = compare(staged((6, 3), (2, 2)), at=CHANGE)
    queue, work = made["stages"]
    assert (queue["stage"], work["stage"]) == ("Queue", "Work")
    assert queue["change_s"] / 86400 == pytest.approx(-3, abs=0.8)
    assert queue["high_s"] < 0
    assert work["low_s"] < 0 < work["high_s"]
    assert made["moved"] is None
    assert "“Queue”" in made.origin


def test_stages_add_up_to_the_mean_lead_time_where_all_is_over():
    rows = [(f"i{i}", START + i * DAY, i, "queue", None) for i in range(80)]
    rows += [
        (f"i{i}", START + i * DAY + (1 + i % 2) * DAY // 8, i, "work", None) for i in range(80)
    ]
    rows += [
        (f"i{i}", START + i * DAY + (3 + i % 5) * DAY // 8, i, "done", None) for i in range(80)
    ]
    flow = Flow(make_log(rows, observed=START + 90 * DAY), make_stream(STAGES))
    made = compare(flow, at=from_us(START + 40 * DAY).date())
    lead = pd.Series([3 + i % 5 for i in range(80)]) * 10800.0
    before = sum(row["before_s"] for row in made["stages"])
    after = sum(row["after_s"] for row in made["stages"])
    assert before == pytest.approx(lead[:40].mean())
    assert after == pytest.approx(lead[40:].mean())


def test_a_wait_that_moved_is_no_success_unsaid():
    made = compare(staged((6, 3), (2, 5)), at=CHANGE, metric="wait:Queue")
    assert made.verdict == "improved"
    assert (made["moved"]["from"], made["moved"]["to"]) == ("Queue", "Work")
    assert made["moved"]["share"] == pytest.approx(1, abs=0.3)
    assert "The wait moved" in made.origin


def test_two_periods_and_two_groups():
    flow = staged((6, 3), (2, 2))
    days = [from_us(START + n * DAY).date() for n in (20, 100, 150, 250)]
    made = compare(flow, before=(days[0], days[1]), after=(days[2], days[3]))
    assert made.verdict == "improved"
    assert (made["before"]["n"] + made["before"]["open"], made["at"]) == (160, None)
    flow, _ = world(3, side=300, weekly=15, items=lambda i, _: {"team": "ab"[i % 2]})
    made = compare(flow, groups=("team", "a", "b"))
    assert made.verdict in ("no_evidence", "too_little_data")
    assert "team a against those with b" in made["assumptions"][0]


def test_groups_that_differ_are_told_apart():
    rng, rows, items = np.random.default_rng(4), [], {}
    for i in range(400):
        begun, long = i / 2, rng.lognormal(0, 0.8) * (2 if i % 2 else 5)
        rows += [(f"i{i}", START + int(begun * DAY), 2 * i, "queue", None)]
        rows += [(f"i{i}", START + int((begun + long) * DAY), 2 * i + 1, "done", None)]
        items[f"i{i}"] = {"team": "ab"[i % 2]}
    flow = Flow(make_log(rows, items, observed=START + 215 * DAY), make_stream(STAGES))
    made = compare(flow, groups=("team", "a", "b"))
    assert made.verdict == "improved"
    assert made["relative"]["low"] < -0.6 < made["relative"]["high"]
    assert made.sentence.startswith("Lead time is better with b: ")
    assert compare(flow, groups=("team", "b", "a")).verdict == "worse"
