"""Flow efficiency by period, and what is delivered."""

import pandas as pd
import pytest

from tests.charts import frames, looking
from vsmlib.charts.weeks import (
    draw_flow_distribution,
    draw_flow_efficiency_over_time,
    period,
    worded,
)

SUMMARY = frames.summary(frames.PULL_REQUESTS)


def test_long_windows_have_longer_periods():
    found = [period({"days": days}) for days in (30, 365, 1329, 4500, 20_000)]
    assert found == [1, 1, 4, 13, 52]
    assert [worded(n) for n in (1, 4)] == ["week", "4 weeks"]


def test_every_period_with_items_is_a_point_and_few_items_are_pale():
    table = frames.efficiency(48)
    chart = draw_flow_efficiency_over_time(table, SUMMARY, 4)
    points = pd.DataFrame(looking.rows(chart, "flow efficiency", "share"))
    known = table[table["flow_efficiency"].notna()]
    assert points["share"].tolist() == known["flow_efficiency"].tolist()
    few = (known["delivered"] < 5) | ~known["complete"]
    assert (points["pale"] < 0.5).tolist() == few.tolist()
    assert points["size"].idxmax() == known["delivered"].reset_index(drop=True).idxmax()


def test_the_title_pools_each_half():
    table = frames.efficiency(4).assign(
        process_time_s=[1, 2, 30, 30], lead_time_s=[10, 20, 50, 100]
    )
    table["flow_efficiency"] = table["process_time_s"] / table["lead_time_s"]
    title = looking.title(draw_flow_efficiency_over_time(table, SUMMARY, 4))
    assert title.endswith("10% in the first half, 40% in the second")
    table.loc[:1, ["process_time_s", "lead_time_s"]] = 0
    assert "half" not in looking.title(draw_flow_efficiency_over_time(table, SUMMARY, 4))


def distribution(sorts):
    table = frames.distribution(sorts)
    summary = {**SUMMARY, "delivered": int(table["delivered"].sum())}
    chart = draw_flow_distribution(table, summary, 4)
    return table, chart, pd.DataFrame(looking.rows(chart, "begins", "sort"))


def test_bars_are_as_high_as_shares_on_one_scale():
    table, chart, bars = distribution(["bug", "feature", "debt"])
    drawn = table[table["delivered"] > 0].sort_values(["week", "item_type"])
    height = (bars["foot"] - bars["top"]).set_axis([bars["begins"], bars["sort"]]).sort_index()
    share = (drawn["share"] / table["share"].max() * 46).tolist()
    assert height.tolist() == pytest.approx(share, abs=0.01)
    assert {"bug", "feature", "debt"} <= set(looking.texts(chart))


def test_many_sorts_are_the_most_frequent_and_others():
    sorts = [f"sort {i}" for i in range(12)]
    table, _chart, bars = distribution(sorts)
    assert bars["sort"].unique().tolist() == [*sorts[:6], "6 others"]
    assert bars["items"].sum() == table["delivered"].sum()


def test_one_sort_is_a_single_low_row_that_says_so():
    _, chart, _ = distribution(["story"])
    assert looking.title(chart) == "What is delivered? Nothing but story"
    assert looking.size(chart)[1] < 200


def test_items_of_no_sort_are_nothing_to_draw():
    chart = draw_flow_distribution(frames.distribution(["(none)"]), SUMMARY, 4)
    assert "No delivered item says of which item_type it is" in looking.texts(chart)


def test_the_first_period_ends_where_the_next_begins():
    table = frames.distribution(["bug"], weeks=3).assign(delivered=5, share=1.0)
    chart = draw_flow_distribution(table, SUMMARY, weeks=4)
    ends = [row["end"] for row in looking.rows(chart, "begins", "sort")]
    assert ends[0] < "2025-07-14"
    assert ends[2] > "2025-08-10"
