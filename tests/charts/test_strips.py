"""Strips of single items."""

import pandas as pd

from tests.charts import frames, looking
from vsmlib.charts.strips import draw_stage_strips

ROWS, DAY = frames.PULL_REQUESTS, frames.DAY


def draw(strips, delivered=944):
    return draw_stage_strips(strips, frames.summary(ROWS, delivered))


def parts(chart):
    return pd.DataFrame(looking.rows(chart, "stage", "lasted"))


def lines(chart):
    rows = looking.rows(chart, "kind", "start")
    return pd.DataFrame([row for row in rows if row["kind"] == "rework"])


def test_every_visit_is_a_part_of_its_items_strip():
    table = frames.strips(ROWS, 40)
    chart = draw(table)
    bars = parts(chart)
    seen = table[table["start_s"] < bars["end"].max()]
    assert bars["start"].tolist() == seen["start_s"].round(1).tolist()
    assert bars.groupby("item")["top"].nunique().eq(1).all()
    assert bars["top"].is_monotonic_increasing
    assert "a sample, the slowest tenth of it kept" in looking.subtitle(chart)


def test_repeats_are_underlined():
    chart = draw(frames.strips(ROWS, 10).assign(visit=2))
    assert len(lines(chart)) == parts(chart)["kind"].isin(["active", "wait"]).sum()


def test_what_is_much_longer_is_cut_and_says_so():
    table = frames.strips(ROWS, 20)
    table.loc[table["item_id"] == table["item_id"].iloc[0], ["start_s", "end_s"]] *= 50
    chart = draw(table)
    assert "2 cut at 22 weeks" in looking.subtitle(chart)
    assert sum(text.startswith("→ ") for text in looking.texts(chart)) == 2


def test_one_item_is_one_strip():
    chart = draw(frames.strips(ROWS, 1), 1)
    assert "1 item of 1 item delivered" in looking.subtitle(chart)
    assert looking.size(chart)[1] < 220


def test_items_that_went_to_and_fro_without_end_leave_room_for_few():
    table = pd.concat([frames.strips(ROWS, 40)] * 30).sort_values("item_id", kind="stable")
    drawn = parts(draw(table.reset_index(drop=True)))
    assert len(drawn) < 5000
    assert 5 < drawn["item"].nunique() < 40
