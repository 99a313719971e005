"""The program: Ctrl-C is heard from the first import on, and what is light stays light."""

import signal
import subprocess
import sys

import pytest

CSV = "id,when,status\nA,2026-03-02T09:00:00Z,Doing\nA,2026-03-05T09:00:00Z,Done\n"


def begun(*words, **more):
    """Start the program, so that it tells on stderr what it imports."""
    return subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "vsmlib", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more,
    )  # fmt: skip


def heard():
    """Let Ctrl-C stop it: a shell has what it runs in the background ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize(
    "module", ["click.core", "vsmlib.cli.data", "numpy", "pandas.core.frame", "narwhals"]
)
def test_ctrl_c_while_importing(tmp_path, module):
    (tmp_path / "log.csv").write_text(CSV)
    words = ["suggest", str(tmp_path / "log.csv")]
    with begun(*words, preexec_fn=heard) as run:
        for line in run.stderr:
            if line.rsplit("|", 1)[-1].strip() == module:
                break
        run.send_signal(signal.SIGINT)
        said, errors = run.stdout.read(), run.stderr.read()
    assert run.returncode == 130
    assert said == ""
    own = [line for line in errors.splitlines() if not line.startswith("import time:")]
    assert " ".join(own).split() == ["vsm:", "stopped"]


def test_ctrl_c_that_a_shell_has_ignored_stays_so(tmp_path):
    def ignored():
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    with begun("--version", preexec_fn=ignored) as run:
        for line in run.stderr:
            if line.rsplit("|", 1)[-1].strip() == "click.core":
                break
        run.send_signal(signal.SIGINT)
        said = run.communicate()[0]
    assert run.returncode == 0
    assert said.startswith("vsm, version")


def test_help_imports_nothing_heavy():
    with begun("--help") as run:
        errors = run.communicate()[1]
    known = {line.rsplit("|", 1)[-1].strip() for line in errors.splitlines()}
    assert not {"pandas", "numpy", "duckdb", "narwhals", "altair"} & known
    assert "vsmlib.cli" in known
