"""A saved log: the same log again, added to day by day, whole after every crash."""

import json
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

import vsmlib as vsm
from tests.worlds import BLOCKED, make_stream
from vsmlib.errors import ParameterError, RunError, SourceError
from vsmlib.saved import _alone

TABLES = ("visits", "items", "stages", "transitions", "wip", "variants")
ROWS = [
    ("A", "2026-03-02T09:00Z", "queue", "ada", "red"),
    ("A", "2026-03-02T11:00Z", "work", "robot[bot]", "red"),
    ("B", "2026-03-03T09:00Z", "queue", None, "blue"),
    ("B", "2026-03-04T09:00Z", "work", "bob", None),
    ("A", "2026-03-04T10:00Z", "done", "eve", None),
    ("0", "2026-03-05T09:00Z", "drop", "ada", "green"),
    ("B", "2026-03-05T09:00Z", "done", "cyd", "teal"),
]


def frame(rows):
    table = pd.DataFrame(rows, columns=["item_id", "timestamp", "event", "actor", "team"])
    bot = table["actor"].str.contains("bot]", regex=False, na=False)
    return table.assign(actor_type=bot.map({True: "bot", False: "user"}))


def measured(log):
    flow = vsm.Flow(log, make_stream(blocked=BLOCKED))
    keys = {"visits": ["item_id", "position"], "items": ["item_id"]}
    for name in TABLES:
        table = getattr(vsm.measure, name)(flow)
        yield name, table.sort_values(keys[name], ignore_index=True) if name in keys else table


def same(one, other):
    assert one.fingerprint() == other.fingerprint()
    assert (one.observed_until, one.name) == (other.observed_until, other.name)
    for (name, left), (_, right) in zip(measured(one), measured(other), strict=True):
        pd.testing.assert_frame_equal(left, right, obj=name)


def test_what_is_saved_is_read_again(tmp_path):
    log = vsm.read(frame(ROWS))
    again = vsm.read(vsm.save(log, tmp_path / "new" / "log"))
    same(again, log)
    assert again.findings == log.findings
    assert again.bots == log.bots == ["bot-001"]
    pd.testing.assert_frame_equal(again.events, log.events)
    pd.testing.assert_frame_equal(again.items, log.items)
    same(vsm.read(vsm.save(again, tmp_path / "copy")), log)


def test_days_added_one_by_one_are_the_whole(tmp_path):
    """Each export overlaps the one before; an item without a new team keeps its old one."""
    vsm.save(vsm.read(frame(ROWS[:3])), tmp_path / "log")
    for first, last in ((1, 5), (4, 7)):
        vsm.save(vsm.read(frame(ROWS[first:last])), tmp_path / "log", append=True)
    log, whole = vsm.read(tmp_path / "log"), vsm.read(frame(ROWS))
    same(log, whole)
    assert log.findings[-1].what == "added 2 events; 1 more were there already"
    teams = log.items.set_index("item_id")["team"]
    assert teams.to_dict() == {"A": "red", "B": "teal", "0": "green"}
    made = json.loads((tmp_path / "log" / "log.json").read_text())
    assert len(made["events"]) == 3
    on_disk = {path.name for path in (tmp_path / "log").glob("*.parquet")}
    assert on_disk == {*made["files"], *made["before"]}


def test_columns_may_come_and_change_their_type(tmp_path):
    vsm.save(vsm.read(frame(ROWS[:3]).assign(size=1)), tmp_path / "log")
    more = frame(ROWS[3:5]).assign(size=["big", None], area="x")
    vsm.save(vsm.read(more), tmp_path / "log", append=True)
    items = vsm.read(tmp_path / "log").items.set_index("item_id")
    assert items["size"].to_dict() == {"A": "1", "B": "big"}
    assert items["area"].to_dict() == {"A": "x", "B": "x"}


def test_names_stay_hidden(tmp_path):
    vsm.save(vsm.read(frame(ROWS)), tmp_path / "log")
    files = [path for path in (tmp_path / "log").iterdir() if path.is_file()]
    assert not any(b"cyd" in path.read_bytes() for path in files)
    with pytest.raises(ParameterError, match="has no names"):
        vsm.read(tmp_path / "log", pseudonymous=False)
    named = vsm.save(vsm.read(frame(ROWS), pseudonymous=False), tmp_path / "named")
    assert vsm.read(named).actor_names == vsm.read(frame(ROWS)).actor_names
    assert vsm.read(named, pseudonymous=False).actor_names[0] == "ada"
    with pytest.raises(ParameterError, match="do not go together"):
        vsm.save(vsm.read(frame(ROWS)), named, append=True)


def test_what_cannot_be_is_said(tmp_path):
    log = vsm.read(frame(ROWS))
    with pytest.raises(SourceError, match="no saved log here"):
        vsm.save(log, tmp_path / "log", append=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years")
    with pytest.raises(SourceError, match="something else in it"):
        vsm.save(log, tmp_path / "mine")
    folder = vsm.save(log, tmp_path / "log")
    with pytest.raises(SourceError, match="--item means nothing"):
        vsm.read(folder, item="x")
    with pytest.raises(ParameterError, match="cannot be added"):
        vsm.save(vsm.read(vsm.save(log, tmp_path / "other")), folder, append=True)
    with _alone(folder), pytest.raises(RunError, match="another process is saving here"):
        vsm.save(log, folder)
    next(folder.glob("items-*")).unlink()
    with pytest.raises(SourceError, match="is missing"):
        vsm.read(folder)
    (folder / "log.json").write_text('{"version": 9}')
    with pytest.raises(SourceError, match="of version 9"):
        vsm.read(folder)
    (folder / "log.json").write_text("{")
    with pytest.raises(SourceError, match="damaged"):
        vsm.read(folder)


WRITER = """
import sys, resource, signal, pandas as pd, vsmlib as vsm
frame = pd.DataFrame({"item_id": [f"i{i}" for i in range(20_000)], "event": "queue",
                      "timestamp": pd.Timestamp("2026-03-02", tz="UTC")})
small, large = vsm.read(frame.head(9)), vsm.read(frame)
if sys.argv[2] == "full":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    vsm.save(large, sys.argv[1])
print("ready", flush=True)
while True:
    vsm.save(small, sys.argv[1])
    vsm.save(large, sys.argv[1])
"""


def test_killed_writers_leave_the_old_log_or_the_new_one(tmp_path):
    folder = vsm.save(vsm.read(frame(ROWS)), tmp_path / "log")
    seen = set()
    for pause in (0.0, 0.05, 0.13):
        words = [sys.executable, "-c", WRITER, str(folder), "kill"]
        with subprocess.Popen(words, stdout=subprocess.PIPE) as writer:
            writer.stdout.readline()
            time.sleep(pause)
            os.kill(writer.pid, signal.SIGKILL)
        seen.add(len(vsm.read(folder).events))
    assert seen <= {len(ROWS), 9, 20_000}
    vsm.save(vsm.read(frame(ROWS)), folder)
    vsm.save(vsm.read(frame(ROWS)), folder)
    assert len(list(folder.glob("*.parquet"))) == 4


def test_a_full_disk_leaves_the_old_log(tmp_path):
    folder = vsm.save(vsm.read(frame(ROWS)), tmp_path / "log")
    words = [sys.executable, "-c", WRITER, str(folder), "full"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("vsmlib.errors.RunError: ")
    assert "disk" in last or "cannot save" in last
    same(vsm.read(folder), vsm.read(frame(ROWS)))
