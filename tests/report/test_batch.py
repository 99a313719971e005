"""Many reports: none stops the others, none unfinished looks finished, the next run repairs."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.report.books import code, declared, prose, write
from vsmlib.report import run_all
from vsmlib.report.portfolio import Job

ROOT = Path(__file__).parents[2]
WORK = """
import json, os, pathlib, time
text = pathlib.Path(source).read_text()
folder = pathlib.Path(tables)
folder.mkdir(exist_ok=True)
late = {"code": "sle", "value": 9, "threshold": 8}
figures = {"delivered": len(text), "alerts": [late] if "late" in text else []}
_ = (folder / "summary.json").write_text(json.dumps(figures))
if text == "corrupt":
    class SourceError(ValueError): pass
    raise SourceError("row 3 is wrong")
if text == "kill":
    os._exit(9)
if text == "once" and not pathlib.Path("again").exists():
    pathlib.Path("again").touch()
    os._exit(9)
if text == "sleep":
    pathlib.Path("kernel.pid").write_text(str(os.getpid()))
    time.sleep(120)
if text == "big":
    print("x" * 3_000_000)
"""


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    """Make jobs, one for each text that its source holds."""
    monkeypatch.chdir(tmp_path)
    book = write(
        tmp_path / "report.ipynb",
        declared('source: str = ""\ntables: str = ""'),
        prose("# Weekly"),
        code(WORK),
    )

    def make(**texts):
        for name, text in texts.items():
            (tmp_path / f"{name}.csv").write_text(text)
        return [Job(name, name, f"{name}.csv", notebook=str(book)) for name in texts]

    return make


def statuses(run):
    return {row["name"]: row["status"] for row in run["reports"]}


def stored(out="out"):
    return json.loads(Path(out, "run.json").read_text())


def process(out, *names, seconds=60):
    """Start a run in a process of its own."""
    script = (
        "import sys, signal; from vsmlib.report import Job, run_all;"
        "signal.signal(signal.SIGTERM, signal.default_int_handler);"
        f"run_all([Job(n, n, n + '.csv', notebook='report.ipynb') for n in {names!r}],"
        f"{out!r}, workers=2, timeout_s={seconds}, retries=0)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", script], env=environment, stderr=subprocess.PIPE)


def wait_for(path):
    for _ in range(1200):
        if Path(path).exists() and Path(path).read_text():
            return Path(path).read_text()
        time.sleep(0.1)
    raise AssertionError(f"no {path}")


def gone(pid):
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        # a zombie that nobody waits for is gone as well
        if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            return True
        time.sleep(0.1)
    return False


def test_one_that_fails_stops_no_other_and_the_run_says_why(jobs):
    seen = []
    run = run_all(
        jobs(good="good", bad="corrupt", dead="kill", once="once", late="late"),
        "out",
        progress=lambda row, cell, cells: seen.append((row["name"], cell, cells)),
    )
    assert run == stored()
    assert run["exit_code"] == 1
    assert run["finished"]
    done = dict.fromkeys(("good", "once", "late"), "done")
    assert statuses(run) == {**done, "bad": "failed", "dead": "failed"}
    rows = {row["name"]: row for row in run["reports"]}
    # bad input does not mend itself; what died is tried again
    assert (rows["bad"]["reason"], rows["bad"]["attempts"]) == ("row 3 is wrong", 1)
    assert rows["dead"]["attempts"] == rows["once"]["attempts"] == 2
    assert "the kernel died" in rows["dead"]["reason"]
    assert rows["good"]["figures"] == {"delivered": 4}
    assert ("good", 3, 4) in seen
    assert ("good", 0, 0) in seen
    page = Path("out/index.html").read_text()
    order = [page.index(f">{name}") for name in ("bad", "dead", "late", "good")]
    assert order == sorted(order)
    assert 'href="good/report.html"' in page
    assert "row 3 is wrong" in page
    assert not Path("out/bad/report.html").exists()


def test_a_rerun_makes_what_is_missing_changed_or_damaged_and_nothing_else(jobs):
    first = run_all(jobs(a="1", b="1", c="1", d="corrupt"), "out")
    assert first["exit_code"] == 1
    Path("out/b/report.html").write_text("damaged")
    Path("out/c/.partial-left").mkdir()
    again = run_all(jobs(a="1", b="1", c="22", d="mended"), "out")
    assert statuses(again) == {"a": "unchanged", "b": "done", "c": "done", "d": "done"}
    assert again["exit_code"] == 0
    assert again["reports"][0]["figures"] == {"delivered": 1}
    assert "Weekly" in Path("out/b/report.html").read_text()
    assert not [*Path("out").glob("*/.*partial*")]
    third = run_all(jobs(a="1", b="1", c="22", d="mended"), "out")
    assert set(statuses(third).values()) == {"unchanged"}
    assert statuses(run_all(jobs(a="1"), "out", force=True)) == {"a": "done"}


def test_a_failure_keeps_the_earlier_report(jobs):
    run_all(jobs(a="1"), "out")
    earlier = Path("out/a/report.html").read_text()
    run = run_all(jobs(a="corrupt"), "out")
    assert run["exit_code"] == 1
    assert Path("out/a/report.html").read_text() == earlier
    assert statuses(run_all(jobs(a="1"), "out")) == {"a": "unchanged"}


def test_each_report_has_a_time_limit(jobs):
    run = run_all(jobs(slow="sleep", good="1"), "out", timeout_s=12, retries=0)
    assert statuses(run) == {"slow": "failed", "good": "done"}
    assert run["reports"][0]["reason"] == "it took longer than 12 s and was stopped"
    assert gone(int(Path("kernel.pid").read_text()))


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_stopped_leaves_nothing_running_and_the_next_repairs(jobs, stop):
    jobs(slow="sleep", quick="1", waits="1")
    with process("out", "slow", "quick", "waits") as running:
        kernel = int(wait_for("kernel.pid"))
        running.send_signal(stop)
        said = running.communicate(timeout=60)[1]
    assert gone(kernel)
    run = stored()
    assert not run["finished"]
    if stop != signal.SIGKILL:
        assert said.strip().endswith(b"KeyboardInterrupt")
        assert statuses(run)["slow"] == "stopped"
        assert run["exit_code"] == 1
    assert not Path("out/slow/report.html").exists()
    run = run_all(jobs(slow="1", quick="1", waits="1"), "out")
    assert set(statuses(run).values()) <= {"done", "unchanged"}
    assert not [*Path("out").glob("*/.*partial*")]


def test_a_full_disk_fails_the_report_and_damages_no_other(jobs):
    run_all(jobs(a="1", b="2"), "out")
    earlier = Path("out/b/report.html").read_text()
    jobs(a="1", b="big")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000));"
    script = (
        f"{limit} from vsmlib.report import run_all, Job;"
        "run_all([Job(n, n, n + '.csv', notebook='report.ipynb') for n in 'ab'], 'out', retries=0)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)
    run = stored()
    assert statuses(run)["b"] == "failed"
    assert "cannot be written (File too large)" in run["reports"][1]["reason"]
    assert Path("out/b/report.html").read_text() == earlier
    assert not [*Path("out/b").glob(".*partial*")]
    assert statuses(run_all(jobs(a="1", b="3"), "out"))["b"] == "done"
