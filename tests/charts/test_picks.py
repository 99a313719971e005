"""Choices hold in all views; the explorer stays a chart of Altair's that can be worked with."""

import json

import altair as alt
import pandas as pd
import pytest

from tests.charts import frames, looking
from tests.charts.test_explorer import draw
from vsmlib.charts.picks import CHOSEN, PICKS

FIRST = alt.Chart(pd.DataFrame({"a": [1, 2]})).mark_bar().encode(x="a:Q")


@pytest.fixture
def chart():
    return draw(frames.shape(9))


def test_each_choice_is_made_in_one_layer_and_holds_in_all_views_but_two(chart):
    made = chart.to_dict()
    layers = {layer.get("name"): layer for view in made["concat"] for layer in view["layer"]}
    places = {param["name"]: param["views"] for param in made["params"]}
    assert sorted(places) == sorted(PICKS)
    assert all(len(views) == 1 and views[0] in layers for views in places.values())
    without = [
        view["title"]["text"]
        for view in made["concat"]
        if not any(CHOSEN in layer.get("transform", []) for layer in view["layer"])
    ]
    # Days that are chosen, and what is in progress, which has no day of delivery.
    assert [name.split()[:3] for name in without] == [["How", "much", "was"], ["How", "old", "is"]]


def test_rows_of_visits_are_written_once(chart):
    text = json.dumps(chart.to_dict())
    views = chart.to_dict()["concat"]
    named = [view["data"]["name"] for view in views if "name" in view.get("data", {})]
    assert len(named) == 3
    assert len(set(named)) == 1
    assert text.count("type,when,begins,seconds,lasted,way,rework,stage,spent") == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda chart: chart.properties(title="Another"),
        lambda chart: chart.configure_axis(grid=False),
        lambda chart: chart.resolve_scale(x="independent"),
        lambda chart: chart & FIRST,
        lambda chart: FIRST | chart,
        lambda chart: chart | FIRST,
        lambda chart: chart.add_params(alt.param(name="wide", value=3)),
        lambda chart: chart.add_params(alt.selection_point(name="more", fields=["type"])),
    ],
)
def test_it_can_be_changed_and_put_beside_others(chart, change):
    before = chart.to_dict()
    changed = change(chart)
    assert changed.to_dict(validate=True) != before
    assert "300 items chosen" in " ".join(looking.texts(changed))
    assert chart.to_dict() == before


def test_a_selection_that_is_added_is_made_in_every_view(chart):
    made = chart.add_params(alt.selection_point(name="more", fields=["type"])).to_dict()
    views = made["params"][-1]["views"]
    assert views == [view["layer"][0]["name"] for view in made["concat"]]


def test_what_is_handed_out_can_be_changed(chart):
    before = json.dumps(chart.to_dict())
    copied, made = chart.copy(), chart.to_dict()
    copied.concat[0].layer[0]["mark"]["color"] = "red"
    made["concat"][0]["layer"][0]["mark"]["color"] = "red"
    assert json.dumps(chart.to_dict()) == before


def test_the_theme_of_the_moment_counts(chart):
    before = chart.to_dict()
    with alt.theme.enable("none"):
        assert "config" not in chart.to_dict()
    assert chart.to_dict() == before


def test_another_stream_is_another_drawing():
    kinds = [
        (name, "wait" if kind == "active" else kind, *rest) for name, kind, *rest in frames.shape(9)
    ]
    one, other = draw(frames.shape(9)).to_dict(), draw(kinds).to_dict()
    assert one != other
    assert draw(frames.shape(9)).to_dict() == one
