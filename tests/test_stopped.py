"""Runs that are stopped or run out of something: one line, an exit code, nothing half-written."""

import os
import resource
import signal
import subprocess
import sys
import time

import pytest

import vsmlib as vsm
from benchmarks.generate import STATES, write

PROGRAM = [sys.executable, "-c", "from vsmlib.cli import main; main()"]
SAVE = """
import sys, vsmlib as vsm
log = vsm.read(sys.argv[1])
print("ready", flush=True)
while True:
    vsm.save(log, sys.argv[2])
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("log")
    stages = [{"name": s, "kind": "wait", "enter": [s]} for s in STATES[:-1]]
    stages.append({"name": STATES[-1], "kind": "done", "enter": [STATES[-1]]})
    vsm.ValueStream.from_dict({"name": "s", "stages": stages}).save(folder / "s.yaml")
    return write(1_000_000, folder / "log.parquet")


def heard():
    """Let Ctrl-C stop it: a shell has what it runs in the background ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def started(source, out, *, largest=None, **env):
    """Begin to measure into a folder that has something; no file may be larger than `largest`."""
    out.mkdir()
    (out / "summary.json").write_text("old")

    def limited():
        heard()
        if largest:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    words = ["measure", str(source), "--stream", str(source.parent / "s.yaml"), "--out", str(out)]
    return subprocess.Popen(
        [*PROGRAM, *words], env=os.environ | env, text=True,
        preexec_fn=limited,  # noqa: PLW1509 - no threads of ours run yet
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def untouched(out):
    return [p.name for p in out.iterdir()] == ["summary.json"] and (
        out / "summary.json"
    ).read_text() == "old"


def test_a_disk_full_of_what_did_not_fit_in_memory(source, tmp_path):
    spill = tmp_path / "spill"
    spill.mkdir()
    run = started(
        source, tmp_path / "out", largest=2_000_000, VSM_MEMORY="120MB", TMPDIR=str(spill)
    )
    said, errors = run.communicate(timeout=300)
    assert (run.returncode, said) == (1, "")
    assert errors.startswith("vsm: the disk is full; next: free space")
    assert errors.count("\n") == 1
    assert untouched(tmp_path / "out")
    assert not [*spill.iterdir()]


def test_too_little_memory(source, tmp_path):
    run = started(source, tmp_path / "out", VSM_MEMORY="1MB")
    said, errors = run.communicate(timeout=300)
    assert (run.returncode, said) == (1, "")
    assert errors.startswith("vsm: out of memory; next: give more (VSM_MEMORY")
    assert errors.count("\n") == 1
    assert untouched(tmp_path / "out")


@pytest.mark.parametrize("pause", [0.0, 0.5])
def test_ctrl_c_while_measuring(source, tmp_path, pause):
    spill = tmp_path / "spill"
    spill.mkdir()
    run = started(source, tmp_path / "out", VSM_MEMORY="150MB", TMPDIR=str(spill))
    while run.poll() is None and not [*spill.rglob("*.tmp")]:  # it is in the middle of a query
        time.sleep(0.02)
    time.sleep(pause)
    run.send_signal(signal.SIGINT)
    said, errors = run.communicate(timeout=300)
    assert (run.returncode, said) == (130, "")
    assert errors.split() == ["vsm:", "stopped"]
    assert untouched(tmp_path / "out")
    assert not [*spill.iterdir()]


def test_ctrl_c_while_saving_leaves_a_whole_log(source, tmp_path):
    folder = vsm.save(vsm.read(source), tmp_path / "log")
    known = vsm.read(folder).fingerprint()
    for first in (0.05, 0.4):
        pause = first
        words = [sys.executable, "-c", SAVE, str(source), str(folder)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(words, preexec_fn=heard, **pipes) as saver:  # noqa: PLW1509
            saver.stdout.readline()
            while saver.poll() is None:  # as people do who see that it still runs
                time.sleep(pause)
                saver.send_signal(signal.SIGINT)
                pause += 0.5
            assert b"KeyboardInterrupt" in saver.stderr.read()
        assert vsm.read(folder).fingerprint() == known
