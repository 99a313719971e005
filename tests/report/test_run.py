"""A notebook is run with data, never code; what fails says so and damages nothing."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.report.books import CHART, HOSTILE, RENDERER, code, declared, outputs, prose, write
from vsmlib.errors import ParameterError, RunError, SourceError
from vsmlib.report import ReportPaths, page, report, run_notebook
from vsmlib.report.run import name_of

ROOT = Path(__file__).parent.parent.parent
CELL = """
source: str = "sample"  # what to read
tables: str | None = None
wrong: str = ""
texts: list[str] = []
"""
WORK = """
import pathlib
folder = pathlib.Path(tables)
folder.mkdir(exist_ok=True)
_ = (folder / "a.csv").write_text(pathlib.Path(source).read_text())
if wrong == "quit":
    import os
    os._exit(9)
if wrong == "source":
    class SourceError(ValueError): pass
    raise SourceError(f"{source}: row 3 is wrong; next: mend it")
if wrong:
    raise KeyError("first line\\nsecond")
"""


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """A notebook that copies its source, draws a chart, and fails on request."""
    monkeypatch.chdir(tmp_path)
    Path("events.csv").write_text("events")
    Path("note {books}").mkdir()
    return write(
        Path("note {books}/weekly.ipynb"),
        prose("# Weekly"),
        declared(CELL),
        prose("## The work"),
        code(WORK),
        code(RENDERER),
        prose("## The chart"),
        code(CHART % HOSTILE),
        code("print(source, tables)"),
    )


@pytest.fixture
def earlier(tmp_path):
    """An earlier report, the notebook of a run that failed, and a file of the user's."""
    out = tmp_path / "out"
    (out / "tables").mkdir(parents=True)
    for name in ("weekly.html", "weekly.ipynb", "weekly.partial.ipynb", "tables/old.csv", "mine"):
        (out / name).write_text("earlier")
    return out


def plain(path, *cells):
    return write(path / "plain.ipynb", declared(CELL), *cells)


def test_values_are_data_and_arrive_as_they_are(tmp_path):
    texts = [
        HOSTILE,
        '"); import os; os._exit(3); print("',
        "'''\n\"\"\"",
        "a\\nb\\",
        "\\N{DIGIT ONE}\\x41{source}%s$HOME",
        "\u2028\u2029\u0085\x0b\x1c\x00\r\n\ufeff",
        "Ü日本🎉\U0010ffff",
        "# no comment",
        "",
    ]
    path = plain(tmp_path, code("import json, vsmlib; print(json.dumps([source, texts]))"))
    done = run_notebook(path, tmp_path / "out.ipynb", {"source": texts[1], "texts": texts})
    assert json.loads(outputs(done)) == [texts[1], texts]


def test_a_report_takes_the_place_of_the_earlier_one(notebook, earlier, capfd):
    out = Path("out")
    made = report("events.csv", out=out, notebook=notebook)
    assert made == ReportPaths(out / "weekly.ipynb", out / "weekly.html", out / "tables")
    assert sorted(p.name for p in out.iterdir()) == [
        "mine",
        "tables",
        "weekly.html",
        "weekly.ipynb",
    ]
    assert [(p.name, p.read_text()) for p in made.tables.iterdir()] == [("a.csv", "events")]
    text = made.html.read_text(encoding="utf-8")
    assert "<h1>Weekly</h1>" in text
    assert "from the notebook weekly.ipynb" in text
    assert len(text) < 1_300_000
    assert capfd.readouterr() == ("", "")
    assert outputs(made.notebook) == "events.csv out/tables\n"
    book = nbformat.read(made.notebook, as_version=4)
    nbformat.validate(book)
    assert book.metadata.papermill.input_path == "weekly.ipynb"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("fail", r"weekly.ipynb, section 'The work', cell \[3\]: KeyError: 'first line\\nsecond'"),
        ("quit", r"weekly.ipynb, section 'The work', cell \[3\]: the kernel died"),
    ],
)
def test_a_failed_run_keeps_the_earlier_report(notebook, earlier, wrong, says):
    hint = f"next: open {earlier / 'weekly.partial.ipynb'}"
    with pytest.raises(RunError, match=f"^{says}.*{hint}") as error:
        report("events.csv", out=earlier, notebook=notebook, parameters={"wrong": wrong})
    assert error.value.exit_code == 1
    assert "The chart" in (earlier / "weekly.partial.ipynb").read_text()
    names = ["mine", "tables", "weekly.html", "weekly.ipynb", "weekly.partial.ipynb"]
    assert sorted(p.name for p in earlier.iterdir()) == names
    for name in ("weekly.html", "weekly.ipynb", "tables/old.csv"):
        assert (earlier / name).read_text() == "earlier"


def test_a_page_that_fails_leaves_the_notebook_and_the_earlier_report(earlier, monkeypatch):
    def full(*_):
        raise RunError("cannot be written (No space left)")

    monkeypatch.setattr(page, "render_html", full)
    with pytest.raises(RunError, match="No space left"):
        report("x", out=earlier, notebook=write(earlier.parent / "weekly.ipynb", declared(CELL)))
    assert (earlier / "weekly.html").read_text() == "earlier"
    assert "start_time" in (earlier / "weekly.partial.ipynb").read_text()


def test_an_error_of_this_package_is_the_same_as_on_the_command_line(notebook):
    says = r"^events\.csv: row 3 is wrong; next: mend it$"
    with pytest.raises(SourceError, match=says) as error:
        report("events.csv", notebook=notebook, parameters={"wrong": "source"})
    assert error.value.exit_code == 2
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"text": "1"}, r"unknown parameter 'text'.*did you mean 'texts'"),
        ({"texts": 1}, r"parameter 'texts' takes list"),
        ({"tables": "/elsewhere"}, "'tables' is set by the report itself"),
    ],
)
def test_nothing_starts_and_nothing_is_written_on_a_wrong_parameter(notebook, parameters, says):
    with pytest.raises(ParameterError, match=says):
        report("x", out="out/deep", notebook=notebook, parameters=parameters)
    assert not Path("out").exists()


def test_a_notebook_must_take_what_is_given(tmp_path):
    path = write(tmp_path / "a.ipynb", declared("source: str = ''"))
    with pytest.raises(ParameterError, match="unknown parameter 'stream'; accepted: source"):
        report("x", stream="s.yaml", out=tmp_path / "out", notebook=path)


def test_a_folder_that_cannot_be_made_is_refused(notebook):
    with pytest.raises(ParameterError, match=r"no report can be written there.*another --out"):
        report("x", out="events.csv/out", notebook=notebook)


def test_a_notebook_is_never_overwritten_by_its_report(tmp_path):
    path = plain(tmp_path)
    before = path.read_bytes()
    with pytest.raises(ParameterError, match=r"would overwrite its own notebook.*--out"):
        report("x", out=tmp_path, notebook=path)
    assert path.read_bytes() == before


def test_a_bar_shows_how_far_it_is(tmp_path, capfd):
    path = plain(tmp_path, code("1"), code("2"))
    run_notebook(path, tmp_path / "o.ipynb", {"source": "x"}, progress=True)
    bar = capfd.readouterr().err
    assert "plain" in bar
    assert "1/4" in bar


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("data/events.csv.gz", "events"),
        ("some/repo/", "repo"),
        ("duckdb:///my.duckdb?table=events", "my"),
        (".hidden", "hidden"),
        ("..<img src=x>/$(rm -rf).csv", "rm-rf"),
        ("Übersicht 1.xlsx", "Übersicht-1"),
        ("/", "report"),
        (".", ROOT.name),
        ("a" * 300, "a" * 80),
    ],
)
def test_the_folder_is_named_after_the_source(source, name, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert name_of(source) == name


def test_an_interrupt_leaves_a_partial_notebook_and_no_kernel(tmp_path):
    path = plain(
        tmp_path,
        code("import os, pathlib, time"),
        code("_ = pathlib.Path(source).write_text(str(os.getpid())); time.sleep(60)"),
    )
    script = (
        "import sys; from vsmlib.report import report;"
        "report(sys.argv[1], out=sys.argv[2], notebook=sys.argv[3])"
    )
    kernel, out = tmp_path / "kernel.pid", tmp_path / "out"
    with subprocess.Popen(
        [sys.executable, "-c", script, kernel, out, path],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while not (kernel.exists() and kernel.read_text()):
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.1)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[1]
    assert process.returncode != 0
    assert said.strip().endswith("KeyboardInterrupt")
    assert "never" not in said
    assert [p.name for p in out.iterdir()] == ["plain.partial.ipynb"]
    with pytest.raises(ProcessLookupError):
        os.kill(int(kernel.read_text()), 0)
