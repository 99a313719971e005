"""Parameters are read, converted and refused before a kernel starts."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.books import code, declared, write
from vsmlib.errors import ParameterError, SourceError
from vsmlib.report.parameters import Parameter, check_parameters, parameters_of

CELL = """
# what to read
source: str = "data/a=b#c"  # file or folder, x=y
stream: str | None = None
rows: int = 100
share: float = 0.85
big: bool = False
limit: int | None = None
teams: list[str] = [
    "a",  # first
    "b",
]
anything: list = []
reading: dict = {}
loose = 3
"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    path = tmp_path_factory.mktemp("notebook") / "weekly.ipynb"
    return write(path, code("1"), declared(CELL), code("rows: int = 5"))


def test_each_parameter_is_read_with_type_and_default(notebook, tmp_path):
    found = parameters_of(notebook)
    assert list(found)[:5] == ["source", "stream", "rows", "share", "big"]
    assert list(found)[5:] == ["limit", "teams", "anything", "reading", "loose"]
    assert found["source"] == Parameter("source", "str", "data/a=b#c")
    assert found["stream"] == Parameter("stream", "str | None", None)
    assert found["teams"] == Parameter("teams", "list[str]", ["a", "b"])
    assert found["loose"] == Parameter("loose", "int", 3)
    assert parameters_of(write(tmp_path / "a.ipynb", code("x = 1"))) == {}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("rows", "100", 100),
        ("rows", 7, 7),
        ("loose", "8", 8),
        ("share", "1e-3", 0.001),
        ("share", 1, 1.0),
        ("big", "yes", True),
        ("big", True, True),
        ("stream", "none", "none"),
        ("stream", None, None),
        ("stream", Path("a/b.yaml"), "a/b.yaml"),
        ("limit", "none", None),
        ("limit", "12", 12),
        ("teams", "a, b,c", ["a", "b", "c"]),
        ("teams", '["a, b"]', ["a, b"]),
        ("teams", [], []),
        ("anything", [1, "x", {"k": None}], [1, "x", {"k": None}]),
        (
            "reading",
            "item=key, timezone=Europe/Berlin",
            {"item": "key", "timezone": "Europe/Berlin"},
        ),
        ("reading", '{"bots": ["a,b"]}', {"bots": ["a,b"]}),
        ("reading", "", {}),
    ],
)
def test_values_are_converted_by_the_declared_type(notebook, name, value, expected):
    converted = check_parameters(notebook, {name: value})[name]
    assert converted == expected
    assert type(converted) is type(expected)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("rows", "abc", "takes int, not 'abc'; accepted: int in plain.*by default 100; next:"),
        ("rows", 3.5, "takes int, not 3.5"),
        ("rows", True, "takes int, not True"),
        ("rows", "", "takes int, not ''"),
        ("rows", None, "takes int, not 'None'"),
        ("share", "nan", "takes float, not 'nan'"),
        ("share", float("inf"), "takes float, not inf"),
        ("big", "perhaps", "takes bool, not 'perhaps'"),
        ("source", 5, "takes str, not 5"),
        ("source", b"a", "takes str, not"),
        ("source", "a\udcff.csv", "takes str, not 'a.*plain Unicode"),
        ("teams", "[1", r"takes list\[str\], not '\[1'"),
        ("teams", [1], r"takes list\[str\], not '\[1\]'"),
        ("anything", [object()], "takes list, not"),
        ("reading", "Europe/Berlin", "takes dict, not 'Europe/Berlin'"),
        ("reading", "[1]", r"takes dict, not '\[1\]'"),
    ],
)
def test_wrong_values_are_refused(notebook, name, value, says):
    with pytest.raises(ParameterError, match=f"weekly.ipynb: parameter '{name}' {says}"):
        check_parameters(notebook, {name: value})


def test_an_unknown_name_is_refused_with_the_nearest_and_the_list(notebook):
    says = "unknown parameter 'row'; accepted: source, stream, rows,.*did you mean 'rows'"
    with pytest.raises(ParameterError, match=says):
        check_parameters(notebook, {"row": 1})


@pytest.mark.parametrize(
    "name", ["github_token", "dbPassword", "api_key", "APIKEY", "client_secret"]
)
def test_secrets_are_refused_and_not_repeated(notebook, name):
    with pytest.raises(ParameterError, match=f"'{name}' has the name of a secret.*env") as error:
        check_parameters(notebook, {name: "hunter2"})
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("name", ["tokens", "author", "keyword", "monkey"])
def test_harmless_names_are_not_taken_for_secrets(tmp_path, name):
    notebook = write(tmp_path / "a.ipynb", declared(f"{name}: int = 1"))
    assert check_parameters(notebook, {name: "2"}) == {name: 2}


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("rows: int = 10 * 10", "malformed node"),
        ("rows: Decimal = 1", "type 'Decimal' is not one of str, int"),
        ("rows: int", "line 1 is no `name = value`"),
        ("a = 1\nb.c = 2", "line 2 is no `name = value`"),
        ("rows: int = (", "never closed"),
    ],
)
def test_a_declaration_that_cannot_be_checked_is_refused(tmp_path, cell, says):
    notebook = write(tmp_path / "a.ipynb", declared(cell))
    with pytest.raises(ParameterError, match=f"a.ipynb: the parameters cell.*{says}"):
        parameters_of(notebook)


@pytest.mark.parametrize("content", ["", "{}", "[]", "not json", '{"cells": 3}', '{"cells": [3]}'])
def test_a_file_that_is_no_notebook_is_refused(tmp_path, content):
    path = tmp_path / "a.ipynb"
    path.write_text(content)
    with pytest.raises(SourceError, match=r"a.ipynb: it is no Jupyter notebook.*\.ipynb file"):
        parameters_of(path)


@given(st.text())
def test_any_text_is_kept_as_it_is(notebook, text):
    assert check_parameters(notebook, {"source": text}) == {"source": text}
