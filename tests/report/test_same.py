"""The same inputs make the same report; its executed notebook runs again to the same figures."""

import re

import nbformat
import papermill
import pytest

from vsmlib.report import report

CSV = """key,when,status,team
A-1,2026-03-02T09:00:00Z,To do,red
A-1,2026-03-03T09:00:00Z,Doing,red
A-1,2026-03-05T09:00:00Z,Done,red
A-2,2026-03-04T09:00:00Z,Doing,blue
"""
TIMES = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(\+00:00|Z)?|\"duration\": [\d.e-]+"
MADE = r"on \d+ \w+ \d{4} at \d\d:\d\d UTC, in \d+ s"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log.csv").write_text(CSV)
    return tmp_path


def made(folder, name):
    report("log.csv", out="out", parameters={"window_from": ""}, forms=["markdown"])
    return (folder / "out").rename(folder / name)


def said(path):
    """What the cells of an executed notebook gave out, without who ran them when."""
    cells = nbformat.read(path, as_version=4).cells
    return [[o.get("data", o.get("text")) for o in c.get("outputs", [])] for c in cells]


def test_same_inputs_same_bytes_apart_from_stated_times(folder):
    one, two = made(folder, "one"), made(folder, "two")
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(two) for path in two.rglob("*") if path.is_file())
    for name in files:
        first, second = (
            (out / name).read_bytes()
            if name.suffix == ".parquet"
            else re.sub(f"{TIMES}|{MADE}", "T", (out / name).read_text(encoding="utf-8"))
            for out in (one, two)
        )
        assert first == second, name


def test_the_executed_notebook_runs_again_to_the_same_figures(folder):
    made(folder, "earlier")
    (folder / "earlier").rename(folder / "out")
    paths = report("log.csv", out="out", parameters={"window_from": ""})
    again = folder / "again.ipynb"
    papermill.execute_notebook(str(paths.notebook), str(again), progress_bar=False)
    assert said(again) == said(paths.notebook)
    assert "Since the last report" in str(said(again))
