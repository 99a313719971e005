"""Ageing work in progress."""

import pandas as pd
import pytest

from tests.charts import frames, looking
from vsmlib.charts.aging import draw_aging_wip

ROWS = frames.PULL_REQUESTS
DAY = frames.DAY


def draw(aging, pace=None, in_progress=None):
    pace = frames.pace(ROWS) if pace is None else pace
    summary = {**frames.summary(ROWS), "in_progress": in_progress or len(aging)}
    return draw_aging_wip(aging, pace, frames.stages(ROWS), summary)


def test_every_item_in_progress_is_a_point_in_its_stages_column():
    aging = frames.aging(ROWS, 40)
    points = pd.DataFrame(looking.rows(draw(aging), "item", "shape"))[:40]
    columns = points.assign(column=points["x"] // 1).groupby("stage")["column"]
    assert (columns.nunique() == 1).all()
    order = columns.first().sort_values().index.tolist()
    assert order == [row[0] for row in ROWS if row[0] in order]


def test_the_title_counts_what_is_older_than_the_pace():
    aging = frames.aging(ROWS, 4).assign(position=1, stage="Coding", age_s=[9e9, 5.0, 5.0, 5.0])
    pace = frames.pace(ROWS).head(1)
    late, young = (looking.title(draw(aging, pace.assign(late=n))) for n in (1, 0))
    assert "1 of 4 items is older than 85% of delivered ones" in late
    assert "0 of 4 items are older than 85%" in young


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


def test_a_sample_made_before_is_one_too():
    said = looking.subtitle(draw(frames.aging(ROWS, 500), in_progress=60_000))
    assert "60,000 items in progress" in said
    assert "a sample of 500 drawn" in said
