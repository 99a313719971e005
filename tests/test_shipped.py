"""Notebooks and sample are found in a checkout and in an installed wheel."""

import tomllib
from pathlib import Path

import pytest

from tests.report.books import write
from vsmlib import shipped
from vsmlib.errors import ParameterError, RunError


@pytest.fixture(params=["checkout", "wheel"])
def installed(request, tmp_path, monkeypatch):
    """An installation of either kind, with two notebooks and a sample."""
    package = tmp_path / "site" / "vsmlib"
    wheel = request.param == "wheel"
    books = package / "_shipped" / "notebooks" if wheel else package.parent / "notebooks"
    sample = package / "_shipped" / "sample" if wheel else package.parent / "data" / "sample"
    for folder in (package, books, sample):
        folder.mkdir(parents=True, exist_ok=True)
    for name in ("report", "00_start_here"):
        write(books / f"{name}.ipynb")
    monkeypatch.setattr(shipped, "PACKAGE", package)
    return books, sample


def test_notebooks_are_listed_in_the_order_of_their_names(installed):
    books, _ = installed
    assert shipped.notebooks() == [books / "00_start_here.ipynb", books / "report.ipynb"]


@pytest.mark.parametrize("name", ["report", "report.ipynb"])
def test_a_notebook_is_found_by_its_name(installed, name):
    assert shipped.notebook(name) == installed[0] / "report.ipynb"


def test_the_sample_is_found(installed):
    assert shipped.sample_folder() == installed[1]


def test_a_path_is_taken_as_it_is(installed, tmp_path):
    mine = write(tmp_path / "mine.ipynb")
    assert shipped.notebook(str(mine)) == mine


def test_an_unknown_notebook_is_refused_with_the_nearest_name(installed):
    with pytest.raises(ParameterError, match=r"unknown notebook 'reprot'.*did you mean 'report'"):
        shipped.notebook("reprot")


def test_a_missing_path_is_refused(installed):
    with pytest.raises(ParameterError, match=r"no notebook 'there/is/none.ipynb'.*\.ipynb file"):
        shipped.notebook("there/is/none.ipynb")


def test_an_incomplete_installation_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(shipped, "PACKAGE", tmp_path)
    with pytest.raises(RunError, match=r"no notebooks.*install vsmlib again"):
        shipped.notebooks()
    with pytest.raises(RunError, match=r"no sample.*install vsmlib again"):
        shipped.sample_folder()


def test_the_wheel_takes_every_notebook_and_nothing_else_beside_them():
    root = Path(__file__).parents[1]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    taken = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    there = {f"notebooks/{path.name}" for path in (root / "notebooks").glob("*.ipynb")}
    assert set(taken) == there | {"data/sample"}
