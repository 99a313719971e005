"""The five keys drawn: three panels on one axis of days."""

import pandas as pd

import vsmlib as vsm
from tests.charts import frames, looking
from vsmlib.charts.delivery import BAR, MOST_GROUPS, draw_five_keys


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


def by_team(names):
    """The keys of teams, each twice as slow as the one before; the last without incidents."""
    keys, times, periods = frames.five_keys()
    split = pd.concat(keys.assign(team=name, value=keys["value"] * 2**n, p85=keys["p85"] * 2**n)
                      for n, name in enumerate(names))  # fmt: skip
    last = split["team"].eq(names[-1]) & ~split["key"].isin(["change_lead_time"])
    split.loc[last, ["value", "p85"]] = None
    return keys, times, periods, "UTC", 1, split[["team", *keys.columns]]


def test_a_row_a_team_in_order_of_names_not_of_figures():
    chart = draw_five_keys(*by_team(["web", "app"]))
    assert "By team, in order of names" in str(looking.spec(chart))
    texts = looking.rows(chart, "text", "x", "y")
    names = [row["text"] for row in sorted(texts, key=lambda row: row["y"]) if row["x"] == 0]
    assert names == ["app", "web"]
    lead = [row["text"] for row in sorted(texts, key=lambda row: row["y"]) if 100 < row["x"] < 250]
    assert lead == ["Lead time", "1.4 days", "17 h"]
    assert sum(row["text"] == "–" for row in texts) == 4
    bars = looking.rows(chart, "x", "x2", "colour")
    assert max(bar["x2"] - bar["x"] for bar in bars) == BAR
    assert min(bar["x2"] - bar["x"] for bar in bars) >= 0


def test_of_many_teams_the_first_are_drawn_and_the_rest_is_told():
    chart = draw_five_keys(*by_team([f"team {n:02}" for n in range(40)]))
    assert f"the first {MOST_GROUPS} of 40" in str(looking.spec(chart))
    texts = looking.rows(chart, "text", "x", "y")
    assert sum(row["x"] == 0 for row in texts) == MOST_GROUPS


def test_the_sample_by_team():
    flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
    chart = vsm.charts.five_keys(flow, by="team")
    names = [row["text"] for row in looking.rows(chart, "text", "x", "y") if row["x"] == 0]
    assert names == sorted(set(vsm.measure.five_keys(flow, "team")["team"]))
