"""Live charts: without a network, with a drawing for where no script runs, and read back."""

import pandas as pd
import pytest

import vsmlib as vsm
from vsmlib import charts
from vsmlib.charts.axes import lasted


@pytest.fixture(scope="module")
def flow():
    stream = vsm.ValueStream.load("github-pull-requests-to-release")
    return vsm.Flow(vsm.read("sample"), stream, start="2023-01-01")


@pytest.fixture
def shown(flow):
    return charts.live(charts.explorer(flow))


def choose(shown, **choices):
    """Tell the widget what a browser would."""
    empty = {name: {"value": {}, "store": []} for name in shown.selections.trait_names()}
    shown._vl_selections = empty | {
        name: {"value": value, "store": []} for name, value in choices.items()
    }


def test_its_scripts_are_inside(shown):
    assert "vegaEmbed" in shown._esm or "vega-embed" in shown._esm
    assert "esm.sh" not in shown._esm
    assert not [line for line in shown._esm.splitlines() if line.startswith("import")]


def test_where_no_script_runs_its_drawing_stands_for_it(shown):
    data, _ = shown._repr_mimebundle_()
    assert data["text/html"].startswith('<img alt="Linked views of 396 delivered items')
    assert data["text/plain"].startswith("Linked views of 396 delivered items")
    assert "application/vnd.jupyter.widget-view+json" in data


def test_without_a_choice_all_items_are_listed_slowest_first(flow, shown):
    listed = charts.selected(flow, shown)
    assert len(listed) == vsm.measure.summary(flow)["delivered"]
    assert listed["lead_time_s"].is_monotonic_decreasing


def test_an_area_lists_the_items_in_it(flow, shown):
    first, last = pd.Timestamp("2024-01-01"), pd.Timestamp("2025-01-01")
    when = [int(end.timestamp() * 1000) for end in (first, last)]
    choose(shown, area={"when": when, "seconds": [10 * 86400.0, 100 * 86400.0]})
    items = vsm.measure.items(flow)
    local = items["delivered_at"].dt.tz_convert(flow.stream.zone).dt.tz_localize(None)
    inside = local.between(first, last) & items["lead_time_s"].between(864e3, 864e4)
    assert 0 < inside.sum() < len(items)
    assert set(charts.selected(flow, shown)["item_id"]) == set(items["item_id"][inside])


def test_two_choices_hold_together(flow, shown):
    word = lasted(3 * 86400.0)
    point = {"vlPoint": {"or": [{"lasted": word}]}, "lasted": [word]}
    choose(shown, lasted=point)
    listed = charts.selected(flow, shown)
    assert len(listed) > 0
    assert listed["lead_time_s"].between(86400, 7 * 86400).all()
    none = {"vlPoint": {"or": [{"type": "incident"}]}, "type": ["incident"]}
    choose(shown, lasted=point, type=none)
    assert charts.selected(flow, shown).empty


def test_a_way_and_rework_are_read_back(flow, shown):
    whole, names = vsm.measure.ways(flow), flow.stream.stage_names
    most = vsm.measure.variants(flow)["path"][0]
    way = " ".join(str(names.index(stage) + 1) for stage in most.split(" > "))
    choose(shown, way={"vlPoint": {"or": [{"way": way}]}, "way": [way]})
    assert set(charts.selected(flow, shown)["path"]) == {most}
    choose(shown, rework={"vlPoint": {"or": [{"rework": "yes"}]}, "rework": ["yes"]})
    assert len(charts.selected(flow, shown)) == (whole["rework_visits"] > 0).sum()
