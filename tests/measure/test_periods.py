"""Periods counted back from the end of observation, signal and noise, thresholds."""

from datetime import datetime, timedelta

import pandas as pd
import pytest

import vsmlib as vsm
from vsmlib.errors import StreamError
from vsmlib.flow import Flow
from vsmlib.measure import alerts, periods, shifts
from vsmlib.stream import ValueStream

STREAM = """name: S
stages:
- {name: Queue, kind: wait, enter: [queue]}
- {name: Work, kind: active, enter: [work]}
- {name: Done, kind: done, enter: [done]}
"""
BEGIN = datetime.fromisoformat("2026-01-01T00:00:00+00:00")


def flow(leads, rules="", every=28):
    """An item delivered in the middle of each period, after so many days: half queue, half work."""
    rows = [("open", BEGIN, "queue"), ("open", BEGIN + timedelta(days=every * len(leads)), "note")]
    for number, (queue, work) in enumerate(leads):
        done = BEGIN + timedelta(days=every * (number + 0.5))
        began = done - timedelta(days=work)
        rows.append((f"i{number}", began - timedelta(days=queue), "queue"))
        rows += [(f"i{number}", began, "work"), (f"i{number}", done, "done")]
    frame = pd.DataFrame(rows, columns=["item", "time", "event"])
    return Flow(vsm.read(frame), ValueStream.parse(STREAM + rules), start="2026-01-01")


def test_each_period_has_what_was_delivered_in_it():
    table = periods(flow([(1, 1), (2, 2), (0, 0), (1, 3)]))
    assert table["delivered"].tolist() == [1, 1, 1, 1]
    day = 86400
    assert table["lead_time_p50_s"].tolist() == [2 * day, 4 * day, 0, 4 * day]
    assert table["flow_efficiency"].fillna(-1).tolist() == [0.5, 0.5, -1, 0.75]
    assert table["to"].iloc[-1] == BEGIN + timedelta(days=112)
    assert (table["from"].iloc[1:].tolist()) == table["to"].iloc[:-1].tolist()
    assert len(periods(flow([(1, 1)] * 12))) == 8
    assert len(periods(flow([(1, 1)], every=20))) == 0


def test_a_shift_is_a_signal_only_outside_the_usual_swing():
    steady = [(1, 1), (1.2, 1.2), (0.9, 0.9), (1.1, 1.1), (1, 1)]

    def verdict(*last):
        table = shifts(periods(flow([*steady, *last])))
        return dict(zip(table["measure"], table["verdict"], strict=True))["lead_time_p50_s"]

    assert verdict((5, 5)) == "worse"
    assert verdict((0.1, 0.1)) == "better"
    assert verdict((1.1, 1.1)) == "noise"
    few = shifts(periods(flow(steady[:3])))
    assert set(few["verdict"]) == {"unknown"}
    # limits by hand: earlier p50 2, 2.4, 1.8, 2.2, 2 days; mean 2.08, mean moving range 0.4
    row = shifts(periods(flow([*steady, (1, 1)]))).iloc[0]
    assert row["upper"] / 86400 == pytest.approx(2.08 + 2.66 * 0.4)
    assert row["lower"] / 86400 == pytest.approx(2.08 - 2.66 * 0.4)


def test_alerts_hold_the_flow_against_the_thresholds_of_its_stream():
    leads = [(1, 1)] * 5 + [(9, 1)]
    rules = "alerts: {sle: 2d, age: 2w, efficiency_drop: 0.1}\n"
    sle, age, drop = alerts(flow(leads, rules))
    assert sle == {"code": "sle", "value": 10 * 86400.0, "threshold": 2 * 86400.0}
    assert (age["code"], age["count"], age["items"]) == ("age", 1, ["open"])
    assert drop["code"] == "efficiency"
    assert drop["value"] == pytest.approx(0.4)
    assert alerts(flow(leads)) == []
    assert alerts(flow(leads, "alerts: {sle: 11d, age: 52w, efficiency_drop: 0.5}\n")) == []
    assert alerts(flow([], "alerts: {sle: 1h, efficiency_drop: 0.1}\n")) == []


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ("alerts: {sle: soon}", r"line 6, alerts.sle: 'soon' is no span of time; accepted: hours"),
        ("alerts: {efficiency_drop: 5}", r"'5' is no share; accepted: a number from 0 to 1"),
        ("alerts: {slo: 3d}", r"unknown key 'slo'.*did you mean 'sle'"),
    ],
)
def test_wrong_thresholds_name_their_line(rules, says):
    with pytest.raises(StreamError, match=says):
        ValueStream.parse(STREAM + rules)
