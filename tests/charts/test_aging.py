"""Ageing work in progress."""

import pandas as pd
import pytest

from tests.charts import frames, looking
from vsmlib.charts.aging import draw_aging_wip

ROWS = frames.PULL_REQUESTS
DAY = frames.DAY


def draw(aging, pace=None):
    pace = frames.pace(ROWS) if pace is None else pace
    return draw_aging_wip(aging, pace, frames.stages(ROWS), frames.summary(ROWS))


def test_every_item_in_progress_is_a_point_in_its_stages_column():
    aging = frames.aging(ROWS, 40)
    points = pd.DataFrame(looking.rows(draw(aging), "item", "shape"))[:40]
    columns = points.assign(column=points["x"] // 1).groupby("stage")["column"]
    assert (columns.nunique() == 1).all()
    order = columns.first().sort_values().index.tolist()
    assert order == [row[0] for row in ROWS if row[0] in order]


def test_the_title_counts_what_is_older_than_the_pace():
    aging = frames.aging(ROWS, 4).assign(position=1, stage="Coding", age_s=[9e9, 5.0, 5.0, 5.0])
    pace = pd.DataFrame([("Coding", 1, 10.0, 20.0, 30.0)], columns=frames.pace(ROWS).columns)
    assert "1 of 4 items is older than 85% of delivered ones" in looking.title(draw(aging, pace))
    young = aging.assign(age_s=1.0)
    assert "0 of 4 items are older than 85%" in looking.title(draw(young, pace))


def test_bands_are_the_pace_of_delivered_items():
    chart = draw(frames.aging(ROWS, 40))
    bands = looking.rows(chart, "upper")
    assert len(bands) == 6 * 3
    coding = [band["upper"] for band in bands if band["x"] < 1]
    assert coding == pytest.approx(frames.pace(ROWS).iloc[0][["p50_s", "p85_s", "p95_s"]].tolist())
    assert "95% ≤ 74 days" in looking.texts(chart)


def test_the_oldest_are_named_without_their_owner():
    aging = frames.aging(ROWS, 74)
    chart = draw(aging)
    names = [name.removeprefix("acme/") for name in aging["item_id"]]
    assert names[0] in looking.texts(chart)
    said = looking.subtitle(chart).split("oldest: ")[1]
    assert all(name in said for name in names[:3])
    assert names[3] not in said


def test_a_stopped_clock_has_a_column_only_where_it_holds_items():
    aging = frames.aging(ROWS, 5)
    assert "Parked" not in " ".join(looking.texts(draw(aging)))
    parked = aging.assign(position=7, stage="Parked")
    assert "Parked" in " ".join(looking.texts(draw(parked)))


def test_without_delivered_items_there_are_no_bands():
    chart = draw(frames.aging(ROWS, 5), frames.pace(ROWS).head(0))
    assert not looking.rows(chart, "upper")
    assert looking.title(chart).startswith("What is getting old? The oldest item is ")
    assert "grey" not in looking.subtitle(chart)


def test_many_items_are_a_sample_that_says_so():
    chart = draw(frames.aging(ROWS, 2500))
    assert len(looking.rows(chart, "item", "shape")) == 2001  # and the label
    assert "a sample of 2,000 drawn" in looking.subtitle(chart)
