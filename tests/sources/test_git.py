"""A git clone as events: pull requests and commits, merges, squashes, rebases, tags."""

import pytest

from tests.sources.test_history import Repo
from vsmlib.flow import Flow
from vsmlib.log import EventLog
from vsmlib.sources.extract import EVENT_COLUMNS
from vsmlib.sources.git import is_git, read_git
from vsmlib.stream import ValueStream

DAY_US = 86_400_000_000
MARCH_1_AT_9 = 1_772_355_600_000_000


@pytest.fixture
def repo(tmp_path):
    made = Repo(tmp_path / "repo")
    made.commit("Start", day=1, who="zoe")
    return made


def branch(repo, name, *days, who="ada"):
    """Make a branch from main with a commit on each (authored, committed) day."""
    repo("switch", "--quiet", "-c", name, "main")
    for authored, day in days:
        repo.commit(f"{name} {day}", day=day, authored=authored, who=who)
    repo("switch", "--quiet", "main")


def story(extract, item):
    """Events of an item as (event, day of March, actor's first name)."""
    rows = [row for row in extract.events.to_pylist() if row["item_id"] == item]
    return [
        (r["event"], 1 + (r["t"] - MARCH_1_AT_9) // DAY_US, r["actor"] and r["actor"].split("@")[0])
        for r in rows
    ]


def finding(extract, code):
    return next(f for f in extract.findings if f.code == code)


def codes(extract):
    return {f.code for f in extract.findings}


def test_a_merged_pull_request(repo):
    branch(repo, "fix", (2, 2), (3, 4))
    repo.merge("fix", "Merge pull request #7 from ada/fix", day=6, who="bob")
    repo.commit("Bump", day=8, who="bob")
    repo("tag", "-a", "-m", "x", "v1", day=9)
    extract = read_git(repo.path)
    assert extract.events.column_names == list(EVENT_COLUMNS)
    assert extract.events["seq"].to_pylist() == list(range(extract.events.num_rows))
    assert extract.name == "repo"
    assert story(extract, "#7") == [
        ("authored", 2, "ada"),
        ("committed", 2, "ada"),
        ("authored", 3, "ada"),
        ("committed", 4, "ada"),
        ("last_committed", 4, "ada"),
        ("merged", 6, "bob"),
        ("released", 9, None),
    ]
    row = next(row for row in extract.items.to_pylist() if row["item_id"] == "#7")
    assert row.pop("commit") == repo("rev-parse", "HEAD~1")
    assert row == {"item_id": "#7", "item_type": "pull_request", "team": None, "priority": None,
                   "parent_id": None, "mentions": None, "commits": 2}  # fmt: skip
    assert finding(extract, "items_read").what == "1 pull requests and 2 commits were read"


def test_a_commit_on_the_main_line(repo):
    sha = repo.commit("Straight", day=5, authored=3)
    extract = read_git(repo.path)
    assert extract.items["item_id"][1].as_py() == sha[:12]
    assert story(extract, sha[:12]) == [("authored", 3, "ada"), ("committed", 5, "ada"),
                                        ("merged", 5, "ada")]  # fmt: skip
    assert "no_tags" in codes(extract)


def test_a_squash(repo):
    repo.commit("Fix it (#7)", day=5)
    repo.commit("Fix more (#8)", day=6, authored=2)
    extract = read_git(repo.path)
    assert story(extract, "#8") == [
        ("authored", 2, "ada"),
        ("committed", 6, "ada"),
        ("merged", 6, "ada"),
    ]
    squashed = finding(extract, "squash_merges")
    assert (squashed.count, squashed.examples) == (1, ("#7",))


def test_a_rebased_branch_keeps_its_author_dates(repo):
    branch(repo, "fix", (2, 2))
    repo.commit("Meanwhile", day=3)
    repo("rebase", "--quiet", "main", "fix", day=5)
    repo("switch", "--quiet", "main")
    repo.merge("fix", "Merge #7: fix", day=6)
    assert story(read_git(repo.path), "#7") == [
        ("authored", 2, "ada"), ("committed", 5, "ada"), ("last_committed", 5, "ada"),
        ("merged", 6, "ada"),
    ]  # fmt: skip


def test_a_merge_without_a_number_brings_in_commits(repo):
    branch(repo, "fix", (2, 2), (3, 3))
    merge = repo.merge("fix", "Merge branch 'fix'", day=6, who="bob")
    extract = read_git(repo.path)
    assert extract.items["item_type"].to_pylist() == ["commit"] * 3
    single = extract.items["item_id"][1].as_py()
    assert [event for event, *_ in story(extract, single)] == [
        "authored", "committed", "last_committed", "merged",
    ]  # fmt: skip
    assert finding(extract, "merges_without_number").examples == (merge[:12],)


def test_a_number_named_again_is_not_the_same_work(repo):
    repo.commit("Fix it (#7)", day=2)
    sha = repo.commit("Fix it after all (#7)", day=5)
    extract = read_git(repo.path)
    assert [event for event, *_ in story(extract, "#7")] == ["authored", "committed", "merged"]
    assert extract.items["item_id"].to_pylist()[1:] == ["#7", sha[:12]]


def test_dates_after_the_merge_are_moved_back(repo):
    branch(repo, "fix", (2, 2), (9, 8))
    repo.merge("fix", "Merge #7: fix", day=6)
    extract = read_git(repo.path)
    assert story(extract, "#7") == [
        ("authored", 2, "ada"), ("committed", 2, "ada"), ("authored", 6, "ada"),
        ("committed", 6, "ada"), ("merged", 6, "ada"),
    ]  # fmt: skip
    assert finding(extract, "clock_skew").examples == ("#7: 259,200 s",)


def test_the_first_tag_counts_and_what_is_older_than_it(repo):
    repo.commit("One (#1)", day=2)
    repo("tag", "-a", "-m", "x", "v1", day=3)
    repo.commit("Two (#2)", day=4)
    repo("tag", "v2")
    repo("tag", "-a", "-m", "x", "v2-again", day=8)
    repo.commit("Three (#3)", day=9)
    extract = read_git(repo.path)
    assert [story(extract, item)[-1][:2] for item in ("#1", "#2", "#3")] == [
        ("released", 3), ("released", 4), ("merged", 9),
    ]  # fmt: skip
    assert finding(extract, "unknown_start").count == 2


def test_release_branches_are_beside_the_main_line(repo):
    repo("switch", "--quiet", "-c", "stable")
    sha = repo.commit("Backport", day=3)
    repo("tag", "v1.1")
    repo("switch", "--quiet", "main")
    extract = read_git(repo.path)
    assert extract.items.num_rows == 1
    assert finding(extract, "beside_main_line").examples == (sha[:12],)


def test_people_and_bots(repo, tmp_path, monkeypatch):
    (tmp_path / ".mailmap").write_text("Eve <eve@example.org> <ada@example.org>\n")
    monkeypatch.chdir(tmp_path)
    repo.commit("One", day=2, who="Dependabot[bot]")
    repo.commit("Two", day=3, who="Ada")
    (repo.path / ".mailmap").write_text("Zoe <zoe@new.example> <zoe@example.org>\n")
    repo("add", ".mailmap")
    repo.commit("Map", day=4, who="zoe")
    rows = read_git(repo.path).events.to_pylist()
    assert {(row["actor"], row["actor_type"]) for row in rows} == {
        ("dependabot[bot]@example.org", "bot"), ("ada@example.org", "user"),
        ("zoe@new.example", "user"),
    }  # fmt: skip


def test_nobody_is_named_where_the_merge_button_committed(repo, monkeypatch):
    author = "--author=Ada <ada@example.org>"
    repo("commit", "--quiet", "--allow-empty", "-m", "Fix (#7)", author, day=3, who="noreply")
    monkeypatch.setattr("vsmlib.sources.history.BUTTON", "noreply@example.org")
    assert story(read_git(repo.path), "#7") == [
        ("authored", 3, "ada"), ("committed", 3, None), ("merged", 3, None),
    ]  # fmt: skip


def test_a_shallow_clone(repo, tmp_path):
    repo.commit("More", day=2)
    repo("clone", "--quiet", "--depth=1", f"file://{repo.path}", str(tmp_path / "shallow"))
    extract = read_git(tmp_path / "shallow")
    assert finding(extract, "shallow_clone").level == "warning"
    assert extract.items.num_rows == 1


def test_what_is_a_clone(repo, tmp_path):
    repo("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    (repo.path / "src").mkdir()
    assert is_git(repo.path)
    assert is_git(tmp_path / "bare.git")
    assert not is_git(repo.path / "src")
    assert not is_git(tmp_path)
    assert read_git(tmp_path / "bare.git").name == "bare"


@pytest.mark.parametrize(("stream", "more"), [("git", []), ("git-to-release", [3])])
def test_the_stages(repo, stream, more):
    branch(repo, "fix", (2, 2), (3, 4))
    repo.merge("fix", "Merge #7: fix", day=6)
    repo.commit("Straight (#8)", day=7, authored=5)
    repo("tag", "-a", "-m", "x", "v1", day=9)
    visits = Flow(EventLog(read_git(repo.path)), ValueStream.load(stream)).visits
    known = visits[visits["kind"] != "done"]
    days = {item: (rows["elapsed_s"] / 86_400).tolist() for item, rows in known.groupby("item_id")}
    assert days["#7"] == [2, 2, *more]
    assert days["#8"] == [2, *[2 for _ in more]]
