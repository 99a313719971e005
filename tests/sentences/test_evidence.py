"""Verdicts and forecasts in words: what is certain, what is a candidate, what cannot be said."""

from datetime import date

import pandas as pd

from vsmlib import sentences

DAY = 86400.0


def test_stage_changes_have_signs_and_intervals():
    row = {"stage": "Review", "kind": "wait", "before_s": 3 * DAY, "after_s": DAY,
           "change_s": -2 * DAY, "low_s": -3 * DAY, "high_s": DAY / 2}  # fmt: skip
    made = sentences.stage_changes({"stages": [row]})
    assert made.loc["Review"].to_list() == [
        "waiting", "3 days", "1 day", "−2 days", "−3 days to +12 h",
    ]  # fmt: skip
    assert sentences.stage_changes({}).empty


def test_fake_dates_are_counted_and_named():
    table = pd.DataFrame({"at": [date(2026, 1, 5), date(2026, 3, 2)],
                          "verdict": ["no_evidence", "worse"]})  # fmt: skip
    said = str(sentences.fake_dates(table))
    assert "Of 2 dates before it" in said
    assert "1 one would" not in said
    assert "2026-03-02 (worse)" in said
    assert "too little time" in str(sentences.fake_dates(table.head(0)))


def test_candidates_are_never_called_tested():
    table = pd.DataFrame({"at": [date(2026, 1, 5)], "before": [DAY], "after": [2 * DAY]})
    table.attrs["unit"] = "s"
    made = sentences.candidate_table(table)
    assert made.loc["2026-01-05"].to_list() == ["1 day", "2 days", "candidate, not tested"]


def test_the_outlook_leaves_empty_what_nobody_knows():
    table = pd.DataFrame({
        "item_id": ["a", "b"], "stage": ["Review", "Work"], "stage_age_s": [DAY, 9 * DAY],
        "p50": [date(2026, 5, 1), None], "p85": [date(2026, 5, 9), None], "p95": [None, None],
    })  # fmt: skip
    made = sentences.outlook_table(table)
    assert made.loc["a"].to_list() == ["Review", "1 day", "2026-05-01", "2026-05-09", ""]
    assert made.loc["b"].to_list()[2:] == ["", "", ""]
    assert "1 can be promised; the first is a by 2026-05-09" in str(sentences.outlook(table))
    assert "none can be promised" in str(sentences.outlook(table.tail(1)))
    assert str(sentences.outlook(table.head(0))) == "Nothing is in progress."
