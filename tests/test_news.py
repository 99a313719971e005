"""What is new, in words; links are made of hostile names without harm."""

import json

import pandas as pd
import pytest

from tests.worlds import HOUR, START, flow_of
from vsmlib import news
from vsmlib.errors import ParameterError
from vsmlib.sentences import promise, rests

EVIL = '"><script>x'


def test_two_periods_stand_beside_each_other():
    table = pd.DataFrame(
        {
            "lead_time_p50_s": [86400.0, 86400, 864000],
            "lead_time_p85_s": [1.0, 2, None],
            "flow_efficiency": [0.5] * 3,
            "delivered": [3, 4, 3],
        }
    )
    assert list(news.told(table, "Now:")) == [
        "Now:",
        "Median lead time went from 1 day to 10 days.",
        "Flow efficiency stayed at 50%.",
        "The number of items delivered went from 4 to 3.",
    ]
    assert "no two periods" in str(news.told(table[:0], ""))
    assert "no two periods" in str(news.told(table[:1], ""))


def delivered(weeks, *, busy=True):
    """A flow that delivers so many items in each week, each two days after it began."""
    events = []
    for week, many in enumerate(weeks):
        for n in range(many):
            end = START + (week * 7 + 4) * 24 * HOUR
            events.append((f"{week}-{n}", end - 48 * HOUR, len(events), "work", "ada"))
            events.append((f"{week}-{n}", end, len(events), "done", "ada"))
    end = START + (len(weeks) * 7 + 3) * 24 * HOUR
    events.append(("last", end, len(events), "work" if busy else "commented", "ada"))
    return flow_of(events)


def test_a_release_is_no_signal_where_work_comes_in_bursts():
    bursts = delivered([0, 30, *[0] * 10, 30, *[0] * 10, 30, *[0] * 10, 62, 0])
    said = news.changed(bursts)
    assert said[0].startswith("Work is delivered in bursts: nothing was in 5 of the last 8 periods")
    assert "signal" not in str(said)
    assert "from 30 to 62" in str(said)
    assert rests(bursts) in str(promise(bursts))


def test_steady_work_is_compared_by_weeks_and_a_jump_is_told_first():
    steady = delivered([5, 6, 5, 6] * 9)
    assert rests(steady) == ""
    first, *said = news.changed(steady)
    assert first.startswith("In the last four weeks, against those before")
    assert len(said) == 3
    assert not any("improved" in one or "worse" in one for one in said)
    jump = delivered([5, 6, 5, 6] * 8 + [20, 20, 20, 20])
    assert news.changed(jump)[1].startswith("Throughput improved: 5.5 a week before, 20 a week")
    assert rests(delivered([0] * 12)) == ""


def test_too_short_a_log_has_nothing_to_compare():
    assert "no two periods" in str(news.changed(delivered([5, 5, 5])))


def test_the_last_report_is_compared_where_there_is_one(tmp_path):
    now = {"lead_time_s": {"p50": 86400.0}, "flow_efficiency": 0.5, "in_progress": 3}
    path = tmp_path / "last.json"
    path.write_text(
        json.dumps(now | {"in_progress": 5, "window": {"observed_until": "2026-01-01T"}})
    )
    assert str(news.since(now, path)) == (
        "Since the last report, with data until 2026-01-01: median lead time 1 day, "
        "flow efficiency 50% and in progress 3 (was 5)."
    )
    for text in ("{}", "[]", "no", '{"window": 3}'):
        path.write_text(text)
        assert "no earlier report" in str(news.since(now, path))
    assert "no earlier report" in str(news.since(now, ""))


def test_alerts_are_sentences():
    found = [
        {"code": "sle", "value": 864000.0, "threshold": 172800.0},
        {"code": "age", "value": 9e6, "threshold": 864000.0, "count": 6, "items": ["a", "b"]},
        {"code": "efficiency", "value": 0.12, "threshold": 0.1},
    ]
    said = news.alerts(found)
    assert "85% took 10 days or less; 2 days were expected" in said[0]
    assert said[1] == "6 items in progress are older than 10 days: a, b and more."
    assert "12 points" in said[2]
    assert str(news.alerts([])).startswith("Nothing is beyond")


def test_links_hold_names_as_data():
    table = pd.DataFrame({"age": [EVIL]}, index=[EVIL])
    for template in ("", "https://x/{item}", "https://x/{project}?n={number}"):
        made = news.Linked(table, template)._repr_html_()
        assert "<script" not in made
        assert 'x/">' not in made
    with pytest.raises(ParameterError, match="is no address"):
        news.Linked(table, "javascript:alert({item})")
