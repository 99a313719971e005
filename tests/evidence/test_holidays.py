"""Holidays of the calendar are no change of the stream."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.evidence.worlds import STAGES, paused
from tests.worlds import DAY, START, make_log, make_stream
from vsmlib.evidence import compare
from vsmlib.evidence.holidays import met, open_share
from vsmlib.flow import Flow
from vsmlib.log import from_us

SEEDS = range(6)
# A Monday, a Tuesday and a Saturday.
OFF = {"dates": ["2026-01-05", "2026-01-06", "2026-01-10"]}


def office(zone="UTC", **more):
    calendar = {"timezone": zone, "hours": {"mon-fri": ["09:00-17:00"]}, "holidays": OFF, **more}
    log = make_log([("a", START, 0, "queue", None), ("a", START + 40 * DAY, 1, "done", None)])
    return Flow(log, make_stream(STAGES, calendar=calendar))


def rows(*days, takes=3.0):
    return pd.DataFrame({"at_us": [midnight(day) for day in days], "value": takes * 86_400,
                         "known": True})  # fmt: skip


def midnight(day):
    return (date(2026, 1, day) - date(1970, 1, 1)).days * DAY


def test_an_item_meets_the_holidays_of_a_usual_time():
    flow = office()
    assert met(flow, rows(2, 3, 5, 6, 7), ahead=True).tolist() == [0, 1, 2, 1, 0]
    assert met(flow, rows(4, 5, 6, 8, 9), ahead=False).tolist() == [0, 1, 2, 1, 0]


def test_a_holiday_on_a_day_off_and_a_stream_without_a_calendar_meet_none():
    assert not met(office(), rows(9, 10, 11, takes=1.0), ahead=True).any()
    bare = Flow(office().log, make_stream(STAGES))
    assert not met(bare, rows(2, 3, 5), ahead=True).any()
    assert open_share(bare, midnight(5), np.arange(-1, 2)).tolist() == [1, 1, 1]


def test_days_are_those_of_the_zone():
    late = rows(4, takes=0.0).assign(at_us=midnight(5) - DAY // 24)
    assert met(office(), late, ahead=True).tolist() == [0]
    assert met(office("Asia/Tokyo"), late, ahead=True).tolist() == [1]


def test_a_week_has_the_share_of_its_days_on_which_there_is_work():
    assert open_share(office(), midnight(5), np.arange(-1, 2)).tolist() == [1, 0.6, 1]
    always = office(hours={"mon-sun": ["00:00-24:00"]})
    assert open_share(always, midnight(5), np.array([0])) == pytest.approx([4 / 7])


def test_where_there_is_nothing_there_are_no_holidays():
    assert open_share(office(), midnight(5), np.arange(0)).tolist() == []
    assert met(office(), rows(5).iloc[:0], ahead=True).tolist() == []


@pytest.mark.parametrize("metric", ["lead_time", "throughput", "rework", "flow_efficiency"])
def test_a_side_without_anything_is_too_little_data_with_holidays_too(metric):
    flow, _ = paused(0)
    for days in (1, 5, 222):
        at = from_us(START + days * DAY).date()
        made = compare(flow, at=at, metric=metric, guard=False)
        assert made.verdict == "too_little_data"


@pytest.fixture(scope="module")
def answers():
    return {told: [compared(seed, told) for seed in SEEDS]
            for told in (True, False)}  # fmt: skip


def compared(seed, declared, **more):
    flow, at = paused(seed, declared=declared, **more)
    return compare(flow, at=at, guard=False)


def test_a_fortnight_off_is_no_change(answers):
    assert {made.verdict for made in answers[True]} == {"no_evidence"}
    assert all("holidays fell to" in " ".join(made["assumptions"]) for made in answers[True])
    assert not any("holidays" in " ".join(made["assumptions"]) for made in answers[False])


def test_what_took_longer_for_a_fortnight_off_does_not_make_the_others_quick(answers):
    lows = {told: np.mean([made["relative"]["low"] for made in each])
            for told, each in answers.items()}  # fmt: skip
    assert lows[True] > lows[False] + 0.02


def test_throughput_is_that_of_open_days():
    """Two weeks without a delivery are none that tell of a slower stream."""
    made = {}
    for told in (True, False):
        flow, at = paused(3, declared=told)
        made[told] = compare(flow, at=at, metric="throughput", guard=False)
    assert made[True]["p_value"] > made[False]["p_value"]
    assert "holidays fell to 13% of the weeks before" in " ".join(made[True]["assumptions"])
