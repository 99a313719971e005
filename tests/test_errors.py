"""Errors are one line: what, where, what is accepted, what to do next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsmlib.errors import ParameterError, RunError, VsmError, one_of, shown


def test_all_parts_in_order():
    error = VsmError("bad", where="a.csv", accepted="good", hint="try again")
    assert str(error) == "a.csv: bad; accepted: good; next: try again"
    assert (error.what, error.where, error.accepted, error.hint) == (
        *("bad", "a.csv", "good", "try again"),
    )


def test_exit_codes():
    assert (ParameterError("x").exit_code, RunError("x").exit_code) == (2, 1)


@given(st.text(), st.text())
def test_always_one_line(what, where):
    assert len(str(VsmError(f"no {shown(what)}", where=where)).splitlines()) <= 1
    assert len(shown(what)) <= 61


@pytest.mark.parametrize(
    ("got", "hint"), [("tem", "did you mean 'team'?"), ("zzz", "choose one of these columns")]
)
def test_unknown_names(got, hint):
    assert one_of("column", got, ["team", "type"])[2] == hint


def test_long_lists_are_cut():
    assert one_of("column", "x", map(str, range(99)))[1].endswith("29, … (99 in all)")
