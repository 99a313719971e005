"""One door for every source: what it is told by, and what is refused."""

import subprocess

import pandas as pd
import pytest

import vsmlib as vsm
from vsmlib.errors import SourceError
from vsmlib.sources import load

CSV = "item_id,timestamp,event\nA,2026-01-01T00:00:00Z,work\n"


def test_a_folder_with_one_table(tmp_path):
    (tmp_path / "log.csv").write_text(CSV)
    (tmp_path / "stream.yaml").write_text("not read here")
    assert vsm.read(tmp_path).event_names == ["work"]


def test_a_folder_with_two_tables_is_ambiguous(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(CSV)
    with pytest.raises(SourceError, match=r"2 tables in this folder; .*name one of a\.csv, b\.csv"):
        load(tmp_path)


def test_a_git_clone(tmp_path):
    git = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "start"], check=True)
    assert "authored" in vsm.read(tmp_path).event_names
    with pytest.raises(SourceError, match="--item means nothing for a git clone"):
        load(tmp_path, item="x")


def test_a_frame():
    frame = pd.DataFrame(
        {"item_id": ["A"], "event": ["work"], "timestamp": pd.to_datetime([0], utc=True)}
    )
    assert load(frame).name
    with pytest.raises(SourceError, match="--bots means nothing for a table"):
        load(frame, bots=["x"])
    with pytest.raises(SourceError, match="--time-format is 3; accepted: text"):
        load(frame, time_format=3)


def test_the_sample_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert vsm.read("sample").name == "secp256k1"
    with pytest.raises(SourceError, match="no such file or folder; accepted: a table file"):
        load("sampel")


def test_who_names_columns_has_a_table(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"incident_number": 7, "at": "2026-01-01T00:00:00Z", "did": "work"}\n')
    with pytest.raises(SourceError, match=r"no incident with .*; next: .*--item --time --event"):
        load(path)
    assert load(path, item="incident_number", time="at", event="did").name == "a"
