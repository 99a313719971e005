"""Plain Vega-Lite: what Altair's own objects write."""

import altair as alt
import pytest

from vsmlib.charts.vegalite import calculated, channel, figures, layer, text, tips


@pytest.mark.parametrize("what", ["when:T", "sum(weight):Q", "count():Q", "lead time:N"])
def test_a_channel_is_altairs(what):
    axis, scale = {"tickCount": 5, "title": None}, {"domain": [0, 1]}
    theirs = alt.X(what, axis=alt.Axis(**axis), scale=alt.Scale(**scale)).to_dict()
    assert channel(what, axis=axis, scale=scale) == theirs


def test_a_layer_is_altairs():
    """All transforms in one, with a mark, tooltips and fixed places."""
    chart = alt.Chart().transform_filter("datum.n > 1")
    chart = chart.transform_aggregate(n="sum(weight)", most="max(n)", groupby=["type"])
    chart = chart.transform_joinaggregate(top="max(n)")
    order = alt.SortField("n", order="descending")
    chart = chart.transform_window(rank="row_number()", sort=[order])
    chart = chart.transform_calculate(a="datum.n + 1").transform_calculate(b="datum.a")
    chart = chart.mark_text(align="left", color="#ffffff")
    theirs = chart.encode(text="b:N", x=alt.value(3), y=alt.value(-4), tooltip=["a:N", "b:N"])
    made = [
        {"filter": "datum.n > 1"},
        figures("aggregate", {"n": "sum(weight)", "most": "max(n)"}, groupby=["type"]),
        figures("joinaggregate", {"top": "max(n)"}),
        figures("window", {"rank": "row_number()"}, sort=[{"field": "n", "order": "descending"}]),
        *calculated(a="datum.n + 1", b="datum.a"),
    ]
    ours = text("b", 3, -4, made, color="#ffffff")
    ours["encoding"]["tooltip"] = tips("a", "b")
    assert ours == {part: theirs.to_dict()[part] for part in ours}


def test_a_layer_without_data_or_transforms_does_not_name_them():
    assert layer("bar", {}) == {"mark": {"type": "bar"}, "encoding": {}}
