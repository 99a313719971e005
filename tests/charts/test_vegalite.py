"""Plain Vega-Lite: what Altair's own objects write, and rows that come back as they were."""

import csv
import io

import altair as alt
import pandas as pd
import pytest

from vsmlib.charts import vegalite
from vsmlib.charts.vegalite import calculated, channel, compact, figures, layer, shared, text, tips


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


@pytest.mark.parametrize("name", ["plain", "a, b", 'said "no"', "two\nlines", "等待", ""])
def test_rows_come_back_as_they_were(name):
    table = pd.DataFrame({"a name": [name, "x"], "n": [3, -1], "share": [0.1, float("nan")]})
    made = compact(table)
    first, second = csv.DictReader(io.StringIO(made.values, newline=""))
    assert first == {"a name": name, "n": "3", "share": "0.1"}
    assert second == {"a name": "x", "n": "-1", "share": ""}
    assert made.format == {"type": "csv", "parse": {"n": "number", "share": "number"}}


def test_names_are_quoted_only_where_one_needs_it():
    plain, quoted = (compact(pd.DataFrame({"name": [name]})).values for name in ("a", "a,b"))
    assert (plain, quoted) == ("name\na\n", 'name\n"a,b"\n')


def test_figures_keep_all_their_digits():
    numbers = [0.1 + 0.2, 1e-9, 5.0, 123456789.123456, 1.7e300]
    made = compact(pd.DataFrame({"n": numbers})).values.split()[1:]
    assert [float(number) for number in made] == numbers


def test_shared_rows_are_named_after_what_they_are():
    tables = [compact(pd.DataFrame({"n": [n]})) for n in (1, 1, 2)]
    one, same, other = (shared(table).name for table in tables)
    assert one == same == tables[0].name
    assert one != other


def test_lists_are_json():
    made = vegalite.nested(pd.DataFrame({"item": ["A"], "parts": [[1.5, 2.0]]}))
    assert (made.values, made.format) == ('[{"item":"A","parts":[1.5,2.0]}]', {"type": "json"})
