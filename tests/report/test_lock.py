"""One run at a time in a folder: the second says so, a killed one leaves no lock."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.report.books import code, declared, write
from vsmlib.errors import ParameterError
from vsmlib.report import report, run_all
from vsmlib.report.lock import alone
from vsmlib.report.portfolio import Job

ROOT = Path(__file__).parents[2]
HOLD = """
import sys, time, pathlib
from vsmlib.report.lock import alone
with alone(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write(tmp_path / "report.ipynb", declared('source: str = ""'), code("print(source)"))


@pytest.fixture
def other(tmp_path):
    """Another process that holds the folder ``out``."""
    words = [sys.executable, "-c", HOLD, str(tmp_path / "out")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_two_runs_do_not_share_a_folder(book, other):
    Path("out/report.html").write_text("earlier")
    jobs = [Job("a", "a", "x", notebook=str(book))]
    for run in (lambda: report("x", out="out", notebook=book), lambda: run_all(jobs, "out")):
        with pytest.raises(ParameterError, match=r"^out: another run is at work there.*--out"):
            run()
    assert sorted(p.name for p in Path("out").iterdir()) == [".lock", "report.html"]
    assert Path("out/report.html").read_text() == "earlier"


def test_a_killed_run_leaves_no_lock(book, other):
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert Path("out/.lock").exists()
    report("x", out="out", notebook=book)
    assert sorted(p.name for p in Path("out").iterdir()) == ["report.html", "report.ipynb"]


def test_a_folder_that_cannot_be_written_is_no_other_run(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ParameterError, match="no report can be written there"):
        run_all([], tmp_path / "file" / "out")


def test_a_lock_is_for_the_folder_and_goes_with_its_file(tmp_path):
    with alone(tmp_path / "a"), alone(tmp_path / "b"):
        with pytest.raises(ParameterError), alone(tmp_path / "a"):
            pass
        assert (tmp_path / "a" / ".lock").exists()
    with pytest.raises(ValueError, match="mine"), alone(tmp_path / "a"):
        raise ValueError("mine")
    assert not (tmp_path / "a" / ".lock").exists()
    # A file that was put in the place of the held one holds nothing, and neither does the old one.
    with alone(tmp_path / "a"):
        (tmp_path / "a" / ".lock").unlink()
        with alone(tmp_path / "a"):
            pass
