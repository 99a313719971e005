"""The notebooks' anatomy, and runs by papermill: defaults, another parameter set, a bad one.

That each runs top to bottom and says the stored figures is nbval's part of the suite.
"""

import ast
import json
import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pandas as pd
import papermill as pm
import pytest

from vsmlib.report import parameters_of

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CSV = """key;when;status
A-1;02.03.2026 09:00;To do
A-1;03.03.2026 09:00;In progress
A-1;13.03.2026 09:00;Done
A-2;14.03.2026 09:00;In progress
"""
HEADLINE = "nbval-check-output"
# Verdicts and forecasts need more than two items; what each is asked there, and what it says.
EVIDENCE = {
    "07_validate_a_change": ({"at": "2026-05-30", "metrics": ["lead_time", "rework"]}, ["Lead time improved"]),
    "08_forecast": ({"items": 10}, ["When will 10 more items be delivered? 2026-"]),
}


def cells(path, kind=None):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return [c for c in notebook.cells if kind in (None, c.cell_type)]


def tags(cell):
    return cell.metadata.get("tags", [])


@pytest.fixture(params=NOTEBOOKS, ids=lambda p: p.stem)
def notebook(request):
    return request.param


def test_first_cell_is_a_title_with_question_and_use(notebook):
    first = cells(notebook)[0]
    assert first.cell_type == "markdown"
    assert re.match(r"# \S", first.source)
    assert "?" in first.source
    assert re.search(r"\*\*For\*\*|For everyone", first.source)


def test_one_parameters_cell_before_any_other_code(notebook):
    code = cells(notebook, "code")
    assert [("parameters" in tags(c)) for c in code] == [True] + [False] * (len(code) - 1)
    assert len(parameters_of(notebook)) == len(code[0].source.splitlines())
    assert all("  # " in line for line in code[0].source.splitlines()), "each has a meaning"


def test_cells_are_short_steps(notebook):
    for cell in cells(notebook, "code"):
        assert len(cell.source.splitlines()) <= 10
        tree = ast.parse(cell.source)
        assert not any(isinstance(n, ast.FunctionDef | ast.ClassDef) for n in ast.walk(tree))


def test_as_much_prose_as_code_and_headings_never_skip(notebook):
    assert len(cells(notebook, "markdown")) >= len(cells(notebook, "code"))
    prose = "\n".join(c.source for c in cells(notebook, "markdown"))
    levels = [len(m) for m in re.findall(r"^(#+) ", prose, re.M)]
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_stored_clean(notebook):
    stored = json.loads(notebook.read_text(encoding="utf-8"))
    assert set(stored["metadata"]) <= {"kernelspec", "language_info"}
    headlines = 0
    for cell in cells(notebook, "code"):
        if HEADLINE in tags(cell):
            headlines += 1
            assert cell.outputs
            assert all(o.get("name") == "stdout" for o in cell.outputs)
        else:
            assert not cell.outputs
            assert cell.execution_count is None
        assert set(cell.metadata) <= {"tags"}
    assert headlines >= 1


def test_ends_with_provenance(notebook):
    assert "vsm.provenance(" in cells(notebook, "code")[-1].source


def test_linked_from_the_start():
    start = (ROOT / "notebooks" / "00_start_here.ipynb").read_text(encoding="utf-8")
    assert all(p.name in start for p in NOTEBOOKS if p.stem != "00_start_here")


def run(path, folder, **parameters):
    out = folder / path.name
    pm.execute_notebook(str(path), str(out), parameters, progress_bar=False, cwd=str(folder))
    return nbformat.read(out, as_version=4)


def test_runs_on_another_table(notebook, tmp_path):
    more, words = EVIDENCE.get(notebook.stem, ({}, ("11 days", "columns_guessed")))
    (tmp_path / "board.csv").write_text(CSV + (steady() if more else ""))
    reading = {"timezone": "Europe/Berlin"}
    done = run(notebook, tmp_path, source="board.csv", window_from="", reading=reading, **more)
    (headline,) = [c for c in done.cells if HEADLINE in tags(c)]
    said = "".join(o.get("text", "") for o in headline.outputs)
    assert any(word in said for word in words)


def steady():
    """An item a day for half a year, that takes one to three days; half of it from day 90 on."""
    rows = []
    for i in range(180):
        begun, took = pd.Timestamp("2026-03-01") + pd.Timedelta(days=i), 24 * (1 + i % 3)
        ended = begun + pd.Timedelta(hours=took if i < 90 else took / 2)
        for when, status in ((begun, "To do"), (ended, "Done")):
            rows.append(f"B-{i};{when:%d.%m.%Y %H:%M};{status}\n")
    return "".join(rows)


def test_waste_of_little_data_is_a_smaller_answer(tmp_path):
    (tmp_path / "open.csv").write_text("key;when;status\nA;2026-03-02 09:00;To do\nB;2026-03-14 09:00;"
                                       "In progress\n")  # fmt: skip
    path, reading = ROOT / "notebooks" / "04_find_waste.ipynb", {"timezone": "Europe/Berlin"}
    done = run(path, tmp_path, source="open.csv", window_from="", reading=reading)
    said = json.dumps(done)
    assert "every wait is still open" in said
    assert "it takes five known people" in said


def test_the_heaviest_notebook_stays_small(tmp_path):
    run(ROOT / "notebooks" / "05_explore_flow.ipynb", tmp_path)
    assert (tmp_path / "05_explore_flow.ipynb").stat().st_size < 5_000_000


def test_fails_clearly_on_a_bad_parameter(notebook, tmp_path):
    with pytest.raises(pm.PapermillExecutionError) as caught:
        run(notebook, tmp_path, window_from="last Monday")
    assert caught.value.ename == "ParameterError"
    assert "'last Monday'" in caught.value.evalue
