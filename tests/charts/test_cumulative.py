"""Cumulative flow."""

import itertools

import pandas as pd

from tests.charts import frames, looking
from vsmlib import charts

ROWS = frames.PULL_REQUESTS
NAMES, KINDS = [row[0] for row in ROWS], [row[1] for row in ROWS]


def test_the_pile_has_every_days_counts_done_at_the_bottom():
    wip = frames.wip(ROWS, days=50)
    chart = charts.draw_cumulative_flow(wip, NAMES, KINDS)
    table = pd.DataFrame(looking.rows(chart, "day", "y1"))
    levels = wip.pivot(index="date", columns="stage", values="wip")
    assert len(table) == 50
    assert table["y1"].tolist() == levels["Merged"].tolist()
    assert table["y8"].tolist() == levels.drop(columns="Closed").sum(axis=1).tolist()
    assert "end of the day" in looking.subtitle(chart)


def test_names_stand_beside_the_pile_in_flow_order():
    chart = charts.draw_cumulative_flow(frames.wip(ROWS), NAMES, KINDS)
    labels = list(looking.rows(chart, "swatch", "dy"))
    heights = [row["place"] + row["dy"] for row in labels]
    assert heights == sorted(heights)
    assert next(row["text"].split(":")[0] for row in labels) == "Coding"
    assert labels[-1]["text"].startswith("Merged: ")
    assert all(b - a >= 13 for a, b in itertools.pairwise(heights))


def test_a_long_time_is_thinned_from_its_last_day_and_says_so():
    wip = frames.wip(ROWS, days=1000)
    chart = charts.draw_cumulative_flow(wip, NAMES, KINDS)
    days = [row["day"] for row in looking.rows(chart, "day", "y1")]
    assert len(days) <= 400
    assert days[-1] == str(wip["date"].max().date())
    assert "counted every 3 local days" in looking.subtitle(chart)


def test_one_day_is_an_area_too():
    chart = charts.draw_cumulative_flow(frames.wip(ROWS, days=1), NAMES, KINDS)
    assert len(looking.rows(chart, "day", "y1")) == 2


def test_a_stage_named_like_a_part_of_the_tooltip_is_a_stage():
    names = ["image", "title"]
    wip = frames.wip([("image", "wait", 2, 1), ("title", "done", 0, 1)])
    chart = charts.draw_cumulative_flow(wip, names, ["wait", "done"])
    tips = [
        tip["title"]
        for layer in looking.layers(looking.spec(chart))
        for tip in layer.get("encoding", {}).get("tooltip", [])
    ]
    assert tips == ["day", "image.", "title."]
