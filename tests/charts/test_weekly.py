"""Throughput by week."""

import pandas as pd

from tests.charts import frames, looking
from vsmlib import charts

SUMMARY = frames.summary(frames.PULL_REQUESTS)


def test_bars_are_weeks_and_part_weeks_are_pale():
    weeks = frames.throughput(60)
    chart = charts.draw_throughput(weeks, SUMMARY)
    bars = pd.DataFrame(looking.rows(chart, "zero", "pale"))
    assert bars["delivered"].tolist() == weeks["delivered"].tolist()
    assert bars["pale"].tolist() == [0.4, *[1] * 58, 0.4]
    line = pd.DataFrame([r for r in looking.rows(chart, "mid") if "pale" not in r])
    assert line["arrived"].tolist() == weeks["arrived"].tolist()[1:-1]
    assert "part weeks pale" in looking.subtitle(chart)


def test_medians_are_of_whole_weeks():
    weeks = frames.throughput(12).assign(delivered=4, arrived=6)
    weeks.loc[[0, 11], "delivered"] = 99
    assert looking.title(charts.draw_throughput(weeks, SUMMARY)) == (
        "How many items are delivered? In the median 4 per week, against 6 arriving"
    )


def test_many_weeks_are_added_up_in_blocks_from_the_last():
    weeks = frames.throughput(700)
    chart = charts.draw_throughput(weeks, SUMMARY)
    bars = pd.DataFrame(looking.rows(chart, "zero", "pale"))
    assert len(bars) == 54
    assert bars["delivered"].sum() == weeks["delivered"].sum()
    assert bars["delivered"].iloc[-1] == weeks["delivered"].iloc[-13:].sum()
    assert not bars["complete"].iloc[0]  # 700 weeks are 53 blocks and 11 weeks
    assert "Items per 13 weeks" in looking.texts(chart)


def test_one_part_week_is_drawn_pale():
    chart = charts.draw_throughput(frames.throughput(1), SUMMARY)
    assert [bar["pale"] for bar in looking.rows(chart, "zero", "pale")] == [0.4]
    assert "part weeks pale" in looking.subtitle(chart)
