"""Cumulative flow, and throughput by week."""

import itertools

import pandas as pd

from tests.charts import frames, looking
from vsmlib.charts.over_time import draw_cumulative_flow, draw_throughput, draw_wip_over_time

ROWS, SUMMARY = frames.PULL_REQUESTS, frames.summary(frames.PULL_REQUESTS)


def pile(wip, rows=ROWS, reading=None):
    return draw_cumulative_flow(wip, [row[0] for row in rows], [row[1] for row in rows], reading)


def in_progress(wip, rows=ROWS):
    return draw_wip_over_time(wip, [row[0] for row in rows], [row[1] for row in rows])


def test_the_pile_has_every_days_counts_done_at_the_bottom():
    wip = frames.wip(ROWS, days=50)
    chart = pile(wip)
    table = pd.DataFrame(looking.rows(chart, "day", "y1"))
    levels = wip.pivot(index="date", columns="stage", values="wip")
    assert len(table) == 50
    assert table["y1"].tolist() == levels["Merged"].tolist()
    assert table["y8"].tolist() == levels.drop(columns="Closed").sum(axis=1).tolist()
    assert "counted every local day, at the end of the day" in looking.subtitle(chart)


def test_names_stand_beside_the_pile_in_flow_order():
    labels = looking.rows(pile(frames.wip(ROWS)), "swatch", "place")
    assert labels[0]["text"].startswith("Coding: ")
    assert labels[-1]["text"].startswith("Merged: ")
    assert all(b["place"] - a["place"] >= 13 for a, b in itertools.pairwise(labels))


def test_a_long_time_is_thinned_from_its_last_day_and_says_so():
    wip = frames.wip(ROWS, days=1000)
    chart = pile(wip)
    days = [row["day"] for row in looking.rows(chart, "day", "y1")]
    assert len(days) <= 250
    assert days[-1] == str(wip["date"].max().date())
    assert "counted every 4 local days" in looking.subtitle(chart)


def test_one_day_is_an_area_too():
    days = looking.rows(pile(frames.wip(ROWS, days=1)), "day", "y1")
    assert [day["day"] for day in days] == ["2025-09-30", "2025-10-01"]


def test_a_stage_named_like_a_part_of_the_tooltip_is_a_stage():
    rows = [("image", "wait", 2, 1), ("title", "done", 0, 1)]
    found = looking.channels(pile(frames.wip(rows), rows))
    assert [c["title"] for c in found if c.get("format") == ",d"] == ["image.", "title."]


def test_bars_are_weeks_and_part_weeks_are_pale():
    weeks = frames.throughput(60)
    chart = draw_throughput(weeks, SUMMARY)
    bars = pd.DataFrame(looking.rows(chart, "zero", "pale"))
    assert bars["delivered"].tolist()[:60] == weeks["delivered"].tolist()
    assert bars["pale"].tolist()[:60] == [0.4, *[1] * 58, 0.4]
    assert bars["arrived"].tolist()[60:] == weeks["arrived"].tolist()[1:-1]  # the line
    assert "faint: observed in part" in looking.subtitle(chart)
    assert looking.title(chart) == "How many items are delivered? 5 a week, while 5.3 arrive"


def test_bars_of_four_weeks_have_a_mean_of_four_weeks():
    chart = draw_throughput(frames.throughput(40), SUMMARY, weeks=4)
    assert {"Items per 4 weeks", "mean 19.9"} <= set(looking.texts(chart))
    assert looking.rows(chart, "zero", "pale")[0]["end"] == "2025-07-31T01:55:12Z"


def test_one_part_week_is_drawn_pale():
    chart = draw_throughput(frames.throughput(1), SUMMARY)
    assert {bar["pale"] for bar in looking.rows(chart, "zero", "pale")} == {0.4}


READING = {"days": 91.0, "mean_wip": 7.0, "departures_per_week": 4.9}
READING |= {"arrivals_per_week": 6.0, "mean_lead_time_s": 8 * frames.DAY}
READING["mean_time_in_stream_s"] = 10 * frames.DAY


def test_littles_law_is_a_triangle_at_the_end_of_the_pile():
    wip = frames.wip(ROWS)
    chart = pile(wip, reading=READING)
    corners = looking.rows(chart, "n", "y0")[:4]
    done = wip[wip["stage"] == "Merged"]["wip"].iloc[-1]
    last = wip["date"].max()
    assert [corner["y0"] for corner in corners] == [done, done, done + 7, done]
    assert corners[1]["when"] == corners[2]["when"] == f"{last:%Y-%m-%dT00:00:00Z}"
    assert corners[0]["when"] == f"{last - pd.Timedelta(days=10):%Y-%m-%dT00:00:00Z}"
    assert looking.subtitle(chart).endswith(
        "triangle: Little's law, last 13 weeks: 7 in the stream on average, 6 arrive and 4.9 leave "
        "a week, so each stays about 10 days, while the mean lead time is 8 days"
    )


def test_a_triangle_without_room_is_said_and_not_drawn():
    for change in ({"mean_time_in_stream_s": 5.4e12}, {"mean_wip": 9000.0}):
        chart = pile(frames.wip(ROWS), reading={**READING, **change})
        assert not looking.rows(chart, "n", "y0")
        assert "Little's law, last 13 weeks" in looking.subtitle(chart)
        assert "triangle" not in looking.subtitle(chart)
    chart = pile(frames.wip(ROWS), reading={**READING, "mean_time_in_stream_s": None})
    assert "Little" not in looking.subtitle(chart)


def test_work_in_progress_piles_up_the_stages_that_are_not_ends():
    wip = frames.wip(ROWS, days=50)
    table = pd.DataFrame(looking.rows(in_progress(wip), "day", "y1"))
    held = wip[~wip["stage"].isin(["Merged", "Closed"])].groupby("date")["wip"].sum()
    assert table["y7"].tolist() == held.tolist()
    assert "y8" not in table
    labels = looking.rows(in_progress(wip), "swatch", "place")
    assert [label["text"].split(": ")[0] for label in labels][::6] == ["Coding", "Parked"]
    point = f"{held.iloc[-1]} items at the end, at most {held.max()} on {held.idxmax():%Y-%m-%d}"
    assert looking.title(in_progress(wip)) == f"How much is in progress? {point}"


def test_the_fullest_day_of_a_long_time_is_drawn():
    wip = frames.wip(ROWS, days=1000)
    fullest = wip["date"].unique()[500]
    wip.loc[(wip["date"] == fullest) & (wip["stage"] == "Coding"), "wip"] = 99
    days = [row["day"] for row in looking.rows(in_progress(wip), "day", "y1")]
    assert len(days) <= 401
    assert f"{fullest:%Y-%m-%d}" in days
