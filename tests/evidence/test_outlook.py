"""One item, by its stage and how long it is there; promises are met as often as they say."""

import json
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from tests.evidence.worlds import STAGES
from tests.worlds import DAY, START, make_log, make_stream
from vsmlib.errors import ParameterError
from vsmlib.evidence import forecast, outlook
from vsmlib.evidence.outlook import Visits, coverage, item_record
from vsmlib.flow import Flow
from vsmlib.log import from_us


def line(seed=1, n=600, cancelled=0.0, mean=6.0):
    """Two items a day that queue, and are worked on for a day on average; exponential times."""
    rng, rows = np.random.default_rng(seed), []
    for i in range(n):
        begun = i / 2
        queue = begun + rng.exponential(mean)
        end = "drop" if rng.uniform() < cancelled else "done"
        for name, when in zip(
            ("queue", "work", end), (begun, queue, queue + rng.exponential()), strict=True
        ):
            if when < n / 2:
                rows.append((f"i{i}", START + int(when * DAY), len(rows), name, None))
    return Flow(make_log(rows, observed=START + n // 2 * DAY), make_stream(STAGES))


def days_left(flow, day):
    return (pd.Timestamp(day) - pd.Timestamp(from_us(flow.observed_us).date())).days


def test_what_forgets_its_age_has_as_long_to_go_whatever_its_age():
    """An exponential time has no memory: its median is that of the whole, plus a day of work."""
    flow = line()
    table = outlook(flow)
    queue = table[(table["stage"] == "Queue") & (table["stage_age_s"] < 8 * 86400)]
    left = queue["p50"].map(lambda day: days_left(flow, day))
    assert len(queue) >= 5
    assert left.mean() == pytest.approx(6 * np.log(2) + 1, abs=1.5)
    assert left.max() - left.min() <= 4
    work = table[(table["stage"] == "Work") & (table["stage_age_s"] < 86400)]
    assert work["p50"].map(lambda day: days_left(flow, day)).max() <= 1
    assert table["p85"].dropna().is_monotonic_increasing


def test_promises_of_the_past_were_met_as_often_as_they_said():
    records = []
    for seed in range(6):
        flow = line(seed)
        records.append(item_record(flow, Visits.of(flow)))
    made = coverage(pd.concat(records))
    assert made["windows"] > 500
    for level, share in {"p50": 0.5, "p85": 0.85, "p95": 0.95}.items():
        assert made["coverage"][level] == pytest.approx(share, abs=0.07)


def test_cancelled_items_do_not_lengthen_the_promise():
    some, none = (outlook(line(cancelled=c)) for c in (0.4, 0.0))
    for table in (some, none):
        assert table["p50"].notna().any()
    left = [t.loc[t["stage"] == "Queue", "p50"].dropna().min() for t in (some, none)]
    assert abs(left[0] - left[1]) <= timedelta(days=2)


def test_one_item_has_the_shape_of_every_forecast():
    flow = line()
    item = outlook(flow)["item_id"].iloc[0]
    made = forecast(flow, item=item)
    plain = json.loads(json.dumps(made, allow_nan=False))
    row = outlook(flow).iloc[0]
    assert [plain[p] for p in ("p50", "p85", "p95")] == [
        row[p].isoformat() for p in ("p50", "p85", "p95")
    ]
    assert plain["backtest"]["windows"] > 20
    assert item in made.sentence
    assert made.chances["chance"].is_monotonic_increasing


def test_too_few_like_it_promise_nothing():
    flow = line(n=20)
    assert outlook(flow)[["p50", "p85", "p95"]].isna().all(axis=None)
    item = outlook(flow)["item_id"].iloc[0]
    made = forecast(flow, item=item)
    assert made["p85"] is None
    assert made["warnings"]
    with pytest.raises(ParameterError, match="'i0' is not in progress; accepted: one of"):
        forecast(line(), item="i0")
