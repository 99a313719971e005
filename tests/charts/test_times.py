"""Where lead time goes, and the lead time of every item."""

import pytest

from tests.charts import frames, looking
from vsmlib.charts.times import draw_lead_time_scatter, draw_time_by_stage

ROWS = frames.PULL_REQUESTS


def scatter(items, **changes):
    lead = items["lead_time_s"].quantile([0.5, 0.85, 0.95]).tolist() if len(items) else [None] * 3
    keys = dict(zip(("p50", "p85", "p95"), lead, strict=True), mean=None)
    lead_s = items["lead_time_s"].notna()
    summary = {**frames.summary(ROWS), "delivered": int(lead_s.sum()), "lead_time_s": keys}
    again = (items["rework_visits"][lead_s] > 0).mean() if len(items) else None
    summary |= {"rework_share": again, **changes}
    return draw_lead_time_scatter(items, summary)


def test_bars_are_as_long_as_shares_and_in_flow_order():
    table = frames.stages(ROWS)
    chart = draw_time_by_stage(table, frames.summary(ROWS))
    bars, flowing = looking.rows(chart, "length"), table[table["kind"].isin(["active", "wait"])]
    assert [bar["stage"] for bar in bars] == flowing["stage"].tolist()
    assert [bar["length"] for bar in bars] == flowing["share_of_lead_time"].tolist()
    found = looking.texts(chart)
    for words in ("Waiting for re-review", "32%", "3.9 days per item", "4 h 39 min per item"):
        assert words in found
    assert "Merged" not in found
    point = "Where does the lead time go? 32% of it into Waiting for re-review"
    assert looking.title(chart) == point


def test_every_delivered_item_is_a_point_and_rework_has_its_shape():
    items = frames.items(200)
    chart = scatter(items)
    points = looking.rows(chart, "when", "seconds")
    assert len(points) == 200
    again = int((items["rework_visits"] > 0).sum())
    assert sum(p["kind"] == f"with rework ({again})" for p in points) == again
    found = looking.texts(chart)
    assert any(text.startswith("85% ≤ ") for text in found)
    assert looking.spec(chart)["description"].endswith(f"{again} with rework.")


def test_items_in_progress_are_no_points():
    items = frames.items(20)
    items.loc[:4, "lead_time_s"] = None
    assert len(looking.rows(scatter(items), "when", "seconds")) == 15


def test_a_sample_says_so_and_keeps_the_slowest():
    items = frames.items(6001)
    chart = scatter(items)
    points = looking.rows(chart, "when", "seconds")
    assert len(points) == 2000
    assert "a sample of 2,000 drawn" in looking.subtitle(chart)
    assert max(p["seconds"] for p in points) == pytest.approx(items["lead_time_s"].max(), abs=1e-3)


def test_a_sample_made_before_says_so_and_whose_it_is():
    chart = scatter(frames.items(500), delivered=700_000, rework_share=0.1)
    assert "700,000 items delivered" in looking.subtitle(chart)
    assert "a sample of 500 drawn" in looking.subtitle(chart)
    assert looking.spec(chart)["description"].endswith("70,000 with rework.")


def test_one_item_is_one_item():
    chart = scatter(frames.items(1, 3, 0.1))
    assert "The one delivered took " in looking.title(chart)
    assert "1 item delivered" in looking.subtitle(chart)


def test_days_are_those_of_the_streams_zone():
    items = frames.items(1)
    items["delivered_at"] = (
        items["delivered_at"].iloc[0].replace(year=2026, month=1, day=31, hour=23, minute=30)
    )
    point = looking.rows(scatter(items), "when", "seconds")[0]
    assert point["delivered"] == "2026-02-01"  # half past midnight in Berlin
    assert point["when"].startswith("2026-02-01T00:30")
    assert point["when"].endswith("Z")


def test_items_that_took_no_time_can_be_drawn():
    assert "Half within 0 s" in looking.title(scatter(frames.items(5).assign(lead_time_s=0.0)))
