"""Which reports a batch makes, and when one of them counts as unchanged."""

import os
from pathlib import Path

import pandas as pd
import pytest

import vsmlib as vsm
from tests.report.books import declared, write
from vsmlib.errors import ParameterError, SourceError, StreamError
from vsmlib.report import is_portfolio
from vsmlib.report.portfolio import Job, data_hash, each, load

PORTFOLIO = """
version: 1
recipients: boss@example.org
parameters: {window_from: 2026-01-01, by: team}
reports:
  - name: Blue
    source: blue.csv
    recipients: [blue@example.org, b@example.org]
  - name: Blue!
    source: duckdb:///x.duckdb?table=t
    parameters: {window_from: 2026-02-01}
    stream: git
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "blue.csv").write_text("a")
    (tmp_path / "p.yaml").write_text(PORTFOLIO)
    return tmp_path


def test_a_portfolio_lists_reports_with_what_is_common_at_its_top(folder):
    blue, other = load(folder / "p.yaml", {"by": "type", "window_to": ""})
    assert blue.source == str(folder / "blue.csv")
    assert blue.stream is None
    assert blue.recipients == ("blue@example.org", "b@example.org")
    assert blue.parameters == {"window_from": "2026-01-01", "by": "team", "window_to": ""}
    assert (other.source, other.stream) == ("duckdb:///x.duckdb?table=t", "git")
    assert other.parameters["window_from"] == "2026-02-01"
    assert other.recipients == ("boss@example.org",)
    # two names that would make one folder
    assert blue.folder != other.folder
    assert all(job.folder.startswith("Blue-") for job in (blue, other))
    assert is_portfolio("p.YML")
    assert not is_portfolio("p.csv")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("name: Blue!", "name: Blue", r"p\.yaml, line 9, .*'Blue' is there twice"),
        ("source: blue.csv", "sauce: blue.csv", r"line 7.*unknown key 'sauce'.*'source'"),
        ("reports:", "report:", "unknown key 'report'"),
        ("version: 1", "version: 2", "p.yaml, line 2, version"),
        (PORTFOLIO, "reports: []", "line 1, reports"),
        (PORTFOLIO, "reports: !!python/object:x", "tags"),
    ],
)
def test_a_wrong_portfolio_is_one_line_that_names_the_place(folder, old, new, says):
    (folder / "p.yaml").write_text(PORTFOLIO.replace(old, new))
    with pytest.raises(StreamError, match=says) as error:
        load(folder / "p.yaml")
    assert "\n" not in str(error.value)


def log_of(values):
    """A log of one item with two events for each value of its column ``team``."""
    rows = [
        (f"i{n}", f"2026-01-0{n + 1}", e, value) for n, value in enumerate(values) for e in "ab"
    ]
    columns = ["item_id", "timestamp", "event", "team"]
    return vsm.read(pd.DataFrame(rows, columns=columns).assign(actor="ada"), timezone="UTC")


def test_each_value_is_a_report_on_its_items_in_a_folder_of_its_own(tmp_path):
    hostile = ["../up", "..", "a/b", "<script>", "A", "a", ".hidden"]
    given = {"by": "", "reading": {"item": "x"}}
    jobs, supply = each(log_of(hostile), "team", "s.yaml", tmp_path, given)
    assert sorted(job.name for job in jobs) == sorted(hostile)
    up = next(job for job in jobs if job.name == "../up")
    assert up.parameters == {"by": "", "only": {"team": "../up"}, "reading": {}}
    folders = [job.folder for job in jobs]
    assert len({folder.lower() for folder in folders}) == len(hostile)
    assert not any(set(folder) & set("./\\<>") for folder in folders)
    supply(up)
    assert vsm.read(up.source).items["team"].tolist() == ["../up"]
    with pytest.raises(ParameterError, match="no item has a value of 'priority'"):
        each(log_of(hostile), "priority", None, tmp_path, {})
    with pytest.raises(ParameterError, match="unknown item column 'tem'"):
        each(log_of(hostile), "tem", None, tmp_path, {})


def test_a_key_changes_with_what_a_report_depends_on_and_with_nothing_else(folder):
    book = write(folder / "a.ipynb", declared("source: str = ''\nby: str = ''"))
    source = folder / "blue.csv"
    data_hash.cache_clear()
    job = Job("n", "f", str(source), parameters={"by": "a"}, notebook=str(book))
    key = job.key()
    os.utime(source, (0, 0))
    data_hash.cache_clear()
    assert Job("other", "g", job.source, None, {"by": "a"}, ("x",), str(book)).key() == key
    changed = [Job("n", "f", str(source), parameters={"by": "b"}, notebook=str(book)).key()]
    changed.append(Job("n", "f", str(source), "git", {"by": "a"}, notebook=str(book)).key())
    for path, text in ((source, "b"), (folder / "stream.yaml", "x")):
        path.write_text(text)
        data_hash.cache_clear()
        changed.append(job.key())
    write(book, declared("source: str = ''\nby: str = 'c'"))
    changed.append(job.key())
    assert len({key, *changed}) == 6


def test_a_source_that_is_not_there_has_no_key(folder):
    with pytest.raises(SourceError, match=r"nothing\.csv: cannot be read"):
        Job("n", "f", str(folder / "nothing.csv")).key()
    assert data_hash(str(folder)) != data_hash("sample")


def test_of_a_clone_the_refs_count(tmp_path):
    refs = tmp_path / ".git" / "refs" / "heads"
    refs.mkdir(parents=True)
    (refs / "main").write_text("1")
    (tmp_path / "big").write_text("work tree")
    first = data_hash(str(tmp_path))
    Path(tmp_path / "big").write_text("changed")
    data_hash.cache_clear()
    assert data_hash(str(tmp_path)) == first
    (refs / "main").write_text("2")
    data_hash.cache_clear()
    assert data_hash(str(tmp_path)) != first
