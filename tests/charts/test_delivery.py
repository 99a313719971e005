"""The five keys drawn: three panels on one axis of days."""

from tests.charts import frames, looking
from vsmlib.charts.delivery import draw_five_keys


def test_each_key_has_its_figure_and_the_year_of_its_bucket():
    chart = draw_five_keys(*frames.five_keys(), "Europe/Berlin")
    titles = [panel["title"]["text"] for panel in looking.spec(chart)["vconcat"]]
    assert titles[0].startswith("Change lead time (median): 17 h, less than one day (2025); 60")
    assert titles[1] == (
        "Deployment frequency: 2 a week, once a day to once a week (2025); "
        "17% failed; 0% rework, by week"
    )
    assert titles[2].endswith("5 h, less than one day (2025); 10 incidents")
    assert "60 deployments, 2 a week" in looking.title(chart)


def test_every_change_is_a_point_and_failures_are_told_apart():
    chart = draw_five_keys(*frames.five_keys(), "UTC")
    assert len(looking.rows(chart, "item", "lasted")) == 60 + 10
    bars = looking.rows(chart, "outcome", "deployments")
    assert {bar["outcome"] for bar in bars} == {"fine", "failed"}
    assert sum(bar["deployments"] for bar in bars) == 60


def test_without_incidents_there_is_no_panel_of_them():
    keys, times, periods = frames.five_keys()
    keys.loc[2:, ["value", "p50", "p85", "p95"]] = None
    keys.loc[2, "n"] = 0
    chart = draw_five_keys(keys, times[times["key"] == "change_lead_time"], periods, "UTC", 4)
    assert len(looking.spec(chart)["vconcat"]) == 2
    assert "no data for failed deployment recovery time" in looking.subtitle(chart)
