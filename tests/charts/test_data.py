"""Rows come back as they were, whatever they hold, and stay as they are."""

import csv
import io
import math

import pandas as pd
import pytest

from vsmlib.charts.data import compact, nested, shared
from vsmlib.charts.frame import rows


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
    made = nested(pd.DataFrame({"item": ["A"], "parts": [[1.5, 2.0]]}))
    assert (made.values, made.format) == ('[{"item":"A","parts":[1.5,2.0]}]', {"type": "json"})


def test_rows_are_plain_and_what_json_has_no_word_for_is_none():
    moment = float("nan")
    table = pd.DataFrame({"name": ["a", None], "n": [1, 2], "s": [math.inf, 2.5], "t": moment})
    chart = rows(table).mark_point()
    found = [
        {"name": "a", "n": 1, "s": None, "t": None},
        {"name": None, "n": 2, "s": 2.5, "t": None},
    ]
    assert chart.data.values == found
    assert rows(found).data.values == found
    assert [*chart.to_dict()["datasets"].values()] == [found]
    assert [type(value) for value in chart.data.values[1].values()] == [
        type(None),
        int,
        float,
        type(None),
    ]


def test_rows_are_not_copied_with_a_chart_nor_changed_by_who_asks_for_them():
    chart = rows([{"n": 1}]).mark_point()
    assert chart.copy().data is chart.data
    for made in (chart.data.values, next(iter(chart.to_dict()["datasets"].values()))):
        made[0]["n"] = 2
    assert chart.data.values == [{"n": 1}]
