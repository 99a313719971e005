"""Forecasts: the agreed shape, what is met as often as said, days off, growth, bad questions."""

import json
from datetime import date, timedelta

import numpy as np
import pytest

from tests.evidence.worlds import STAGES
from tests.worlds import DAY, START, make_log, make_stream
from vsmlib.errors import ParameterError
from vsmlib.evidence import forecast
from vsmlib.evidence.backtest import days_until, warnings
from vsmlib.evidence.deliveries import history
from vsmlib.evidence.rates import ERRORS, History, plain
from vsmlib.flow import Flow

LAST = START + 400 * DAY


def steady(seed=1, days=400, rate=2.0, weekdays=False, **keys):
    """Flow of items that take a day; as many a day as chance has it."""
    rng = np.random.default_rng(seed)
    rows = []
    for day in range(days):
        if weekdays and day % 7 > 4:
            continue
        for _ in range(rng.poisson(rate)):
            name, when = f"i{len(rows)}", START + day * DAY + int(rng.uniform() * DAY)
            rows += [(name, when - DAY, len(rows), "queue", None)]
            rows += [(name, when, len(rows), "done", None)]
    return Flow(make_log(rows, observed=START + days * DAY - 1), make_stream(STAGES, **keys))


def test_the_answer_has_the_agreed_shape():
    flow = steady()
    for asked in ({"items": 30}, {"until": "2027-06-01"}):
        made = json.loads(json.dumps(forecast(flow, **asked), allow_nan=False))
        assert made["question"].endswith("?")
        assert set(made["backtest"]["coverage"]) == {"p50", "p85", "p95"}
        assert made["backtest"]["windows"] > 50
        assert "past windows" in forecast(flow, **asked).sentence


def test_when_and_how_many_agree_with_the_rate():
    flow = steady()
    made = forecast(flow, items=60)
    today = date.fromisoformat(made["as_of"])
    days = [(date.fromisoformat(made[p]) - today).days + 1 for p in ("p50", "p85", "p95")]
    assert days == sorted(days)
    assert 25 <= days[0] <= 36
    many = forecast(flow, until=today + timedelta(days=30))
    assert many["p50"] >= many["p85"] >= many["p95"]
    assert 50 <= many["p50"] <= 70


def test_what_is_said_is_met_at_least_as_often_where_all_is_steady():
    """Ten windows are few to show that a stream is steadier than others are."""
    met = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        counts = rng.poisson(1.5, 330).astype(float)
        guess = History(counts[:300], np.arange(700) % 7).how_many(30)
        met.append([counts[300:].sum() >= round(guess.quantile(q)) for q in (0.5, 0.15, 0.05)])
    share = np.mean(met, axis=0)
    assert 0.45 <= share[0] <= 0.75  # 0.62 of 600: the median of others' short windows is low
    assert share[1] >= 0.85
    assert share[2] >= 0.95


def test_days_off_are_waited_out():
    busy = steady(weekdays=True)
    calendar = {
        "timezone": "UTC",
        "hours": {"mon-fri": ["09:00-17:00"]},
        "holidays": {"dates": [str(date(2027, 4, 6) + timedelta(days=n)) for n in range(14)]},
    }
    shut = Flow(busy.log, make_stream(STAGES, calendar=calendar))
    one, other = (date.fromisoformat(forecast(flow, items=10)["p50"]) for flow in (busy, shut))
    assert other - one >= timedelta(days=10)


def test_growth_takes_longer_and_may_never_end():
    flow = steady()
    still, grows = (forecast(flow, items=30, growth=g)["p85"] for g in (0, 7))
    assert grows > still
    assert forecast(flow, items=30, growth=40)["p50"] is None


def test_a_stream_that_stops_is_warned_of():
    flow = steady(rate=4.0)
    rows = flow.log.events[["item_id", "timestamp", "seq", "event"]]
    early = rows[rows["timestamp"].astype("int64") < LAST - 40 * DAY]
    events = [(r.item_id, int(r.timestamp.value // 1000), r.seq, r.event, None)
              for r in early.itertuples()]  # fmt: skip
    quiet = Flow(make_log(events, observed=LAST), make_stream(STAGES))
    assert any("may have changed" in text for text in forecast(quiet, items=30)["warnings"])


def test_a_release_is_no_drift_but_a_new_pace_is():
    def told(counts):
        past = History(counts, np.arange(len(counts) + 400) % 7)
        return warnings(past, fair)

    fair = {"windows": 50, "coverage": {"p85": 0.85}, "pinball_ratio": 0.9}

    releases = np.zeros(1000)
    releases[60::93] = 30  # the last one 10 days ago
    assert releases[-28:].sum() == 30
    assert told(releases) == []
    steady = np.random.default_rng(1).poisson(2.0, 700).astype(float)
    assert told(steady) == []
    steady[-28:] *= 4
    assert "may have changed" in told(steady)[0]
    fair["pinball_ratio"] = 1.294
    assert "loss was 1.3 times that of resampling days" in told(releases)[0]


def test_a_date_and_a_number_are_one_answer():
    """By the day that is met with a probability, so many are delivered with that probability."""
    counts = np.random.default_rng(1).poisson(0.5, 400).astype(float)
    past = History(counts, np.arange(4100) % 7)
    levels = [0.5, 0.85, 0.95]
    for level, day in zip(levels, days_until(past, 30, levels), strict=True):
        assert past.how_many(day).chance(30) == pytest.approx(level, abs=0.06)


def test_growth_asks_for_more_the_later_it_gets():
    past = History(np.ones(400), np.arange(4100) % 7)
    (plainly,), (grows,) = (days_until(past, 20, [0.5], growth) for growth in (0.0, 3.5))
    assert grows == pytest.approx(2 * plainly, abs=2)


def test_the_rate_forgets_by_half_in_a_month():
    counts = np.concatenate([np.full(500, 4.0), np.zeros(31)])
    past = History(counts, np.zeros(600, dtype=int))
    usual = past.clock[1] - past.clock[0]
    assert past.rates[500] * usual == pytest.approx(4.0, rel=0.01)
    assert past.rates[531] * usual == pytest.approx(2.0, rel=0.01)


def test_the_errors_of_others_rise_with_the_days_ahead():
    """Most short windows bring less than their mean; here there are none of its own."""
    past = History(np.ones(40), np.arange(4100) % 7)
    near, far = (past.how_many(days).errors for days in (30, 300))
    assert near == pytest.approx(ERRORS)
    assert far - near == pytest.approx(0.15 * np.log(10))


def test_errors_of_long_ago_count_less():
    wild, calm, end = np.repeat([0.0, 4.0] * 4, 55), np.full(440, 2.0), np.full(215, 2.0)
    wide = []
    for before in ((wild, calm), (calm, wild)):
        guess = History(np.concatenate([*before, end]), np.arange(2000) % 7).how_many(30)
        wide.append(guess.quantile(0.95) - guess.quantile(0.05))
    assert wide[0] < 0.9 * wide[1]


def test_a_chance_is_that_of_the_number_it_is_met_with():
    counts = np.random.default_rng(1).poisson(2.0, 900).astype(float)
    guess = History(counts, np.arange(2000) % 7).how_many(60)
    assert (np.diff(guess.levels) >= 0).all()
    assert guess.levels[[0, -1]] == pytest.approx([0, 1])
    for q in (0.05, 0.15, 0.5, 0.9):
        assert guess.chance(guess.quantile(q) + 0.5) == pytest.approx(1 - q, abs=0.01)


def test_history_ends_with_the_last_observed_day():
    past, today = history(steady())
    assert past.days == 401  # items enter a day before the first is delivered
    assert today == date(2027, 4, 6)


def test_chances_rise_with_the_date_and_hold_what_was_answered():
    made = forecast(steady(), items=60)
    assert made.chances["date"].is_monotonic_increasing
    by = made.chances.set_index("chance")["date"]
    assert [by[q].isoformat() for q in (0.5, 0.85, 0.95)] == [
        made[p] for p in ("p50", "p85", "p95")
    ]
    many = forecast(steady(), until="2027-05-01")
    assert many.chances["items"].is_monotonic_decreasing


def test_past_windows_are_what_the_coverage_counts():
    quiet = forecast(steady(rate=0.2), until="2027-04-10")
    past = quiet.past
    assert (past["p95"] == 0).any(), "none at all is a promise, too"
    assert past[["p50", "p85", "p95"]].max(axis=None) < 20
    for name, share in quiet["backtest"]["coverage"].items():
        assert (past["came"] >= past[name]).mean() == share
    assert len(past) == quiet["backtest"]["windows"]


def test_the_plain_one_counts_days_and_items():
    counts = np.array([1.0, 1.0])
    assert set(plain(counts, items=70, runs=5)) == {70}
    assert set(plain(counts, days=9, runs=5)) == {9}
    assert plain(np.zeros(9), items=1, runs=2).tolist() == [3653, 3653]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "either"),
        ({"items": 3, "until": "2028-01-01"}, "either"),
        ({"items": 0}, "--items 0"),
        ({"items": 3, "growth": float("nan")}, "--growth nan"),
        ({"until": "2028-01-01", "growth": 2}, "--growth 2 without --items"),
        ({"item": "nobody"}, "not in progress; accepted: an item in progress, and there is none"),
        ({"until": "2026-04-01"}, "not in the future"),
        ({"until": "soon"}, "no date"),
    ],
)
def test_what_cannot_be_asked_is_said(asked, said):
    with pytest.raises(ParameterError, match=said):
        forecast(steady(days=60), **asked)


def test_too_short_a_past_is_said():
    with pytest.raises(ParameterError, match="too little to forecast from"):
        forecast(steady(days=10), items=5)
