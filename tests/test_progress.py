"""The line on a terminal: only there, only after a while, gone at the end."""

import io
import os
import pty
import signal
import subprocess
import sys
import threading
import time

import pytest

from benchmarks.generate import write
from benchmarks.measure import stream
from vsmlib import progress
from vsmlib.engine import default
from vsmlib.engine.duck import under_way

AT_ONCE = """
import vsmlib.progress
vsmlib.progress.PATIENCE_S, vsmlib.progress.PACE_S = 0.05, 0.01
from vsmlib.__main__ import main
main()
"""


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE_S", 0.05)
    monkeypatch.setattr(progress, "PACE_S", 0.01)
    monkeypatch.delitem(sys.modules, "pyspark", raising=False)  # as if no other test used it


@pytest.fixture
def heard():
    """Hear Ctrl-C: a shell has what it runs in the background ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_line_comes_after_a_while_and_goes(quick):
    terminal = Terminal()
    with progress.working("reading", terminal):
        time.sleep(0.3)
    written = terminal.getvalue()
    assert written.startswith("\rvsm: reading, 0 s")
    assert written.endswith(f"\r{'':<17}\r")
    assert "\n" not in written


def test_what_is_quick_says_nothing():
    terminal = Terminal()
    with progress.working("reading", terminal):
        pass
    assert terminal.getvalue() == ""


def test_no_terminal_no_line(quick):
    file = io.StringIO()
    with progress.working("reading", file):
        time.sleep(0.2)
    assert file.getvalue() == ""


def test_it_goes_also_when_stopped(quick, heard):
    terminal = Terminal()
    at = threading.Timer(0.2, lambda: signal.raise_signal(signal.SIGINT))
    at.start()
    with pytest.raises(KeyboardInterrupt), progress.working("reading", terminal):
        time.sleep(60)
    assert terminal.getvalue().endswith(" \r")


def test_a_terminal_that_is_gone_stops_nothing(quick):
    class Gone(Terminal):
        def write(self, _):
            raise BrokenPipeError

    with progress.working("reading", Gone()):
        time.sleep(0.2)


def test_no_query_no_share():
    default().con.execute("SELECT 1").fetchall()
    assert under_way() is None


def test_on_a_terminal_a_query_tells_its_share_and_stdout_stays_clean(tmp_path):
    log, out = write(300_000, tmp_path / "log.parquet"), tmp_path / "out"
    words = ["measure", str(log), "--stream", str(stream(tmp_path)), "--out", str(out), "--json"]
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", AT_ONCE, *words], stdout=subprocess.PIPE, stderr=theirs
    ) as run:
        os.close(theirs)
        written = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            written += part
        said = run.stdout.read()
    os.close(ours)
    assert run.returncode == 0
    text = written.decode()
    assert "\rvsm: reading, " in text
    assert "\rvsm: measuring, " in text
    assert "% done" in text
    assert said.startswith(b"{")
    assert said.rstrip().endswith(b"}")
    assert b"vsm:" not in said
    left = [line.split("\r")[-1] for line in text.replace("\r\n", "\n").split("\n")]
    assert not [line for line in left if line.startswith("vsm:")], "none stays"
