"""The commit graph: from clones and from exported facts, containment, and what merges name."""

import gzip
import lzma
import os
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsmlib.errors import SourceError
from vsmlib.sources.extract import NOBODY
from vsmlib.sources.history import Commit, History, Tag, has_facts, pull_number, read_history

MICRO = 1_000_000


def commit(*parents, t=0, subject=""):
    return Commit(parents, t, t, NOBODY, NOBODY, subject)


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("Merge pull request #7 from ada/fix", 7),
        ("Merge #7: Fix it", 7),
        ("Merge bitcoin-core/secp256k1#7: Fix it", 7),
        ("Merged in fix (pull request #7)", 7),
        ("Auto merge of #7 - ada:fix, r=bob", 7),
        ("Merged PR 7: Fix it", 7),
        ("Fix it (#7)", 7),
        ('Revert "Fix it (#6)" (#7)', 7),
        ("Backport of Fix (#6) (#7)", 7),
        ('Revert "Fix it (#6)"', None),
        ("Merge branch 'issue-#7' into main", None),
        ("Merge 2 branches", None),
        ("Fix #7", None),
        (f"Fix it (#{'9' * 5000})", None),
        ("", None),
    ],
)
def test_which_pull_request_a_subject_names(subject, number):
    assert pull_number(subject) == number


@st.composite
def histories(draw):
    """A random graph: commit i has parents before it; HEAD is the last; tags anywhere."""
    size = draw(st.integers(1, 12))
    commits = {}
    for i in range(size):
        wanted = draw(st.lists(st.integers(0, i - 1), max_size=3, unique=True)) if i else []
        commits[str(i)] = commit(*map(str, wanted), t=i)
    tags = draw(st.lists(st.tuples(st.integers(0, 9), st.integers(0, size - 1)), max_size=4))
    made = [Tag(t, f"v{n}", str(c)) for n, (t, c) in enumerate(tags)]
    return History(commits, str(size - 1), sorted(made))


def ancestors(history, sha):
    return {sha}.union(*(ancestors(history, up) for up in history.commits[sha].parents))


@settings(max_examples=100, deadline=None)
@given(histories())
def test_the_first_tag_is_the_oldest_that_contains_a_commit(history):
    inside = {tag: ancestors(history, tag.sha) for tag in history.tags}
    for sha in history.commits:
        containing = [tag for tag in history.tags if sha in inside[tag]]
        assert history.first_tags.get(sha) == (containing[0] if containing else None)


@settings(max_examples=100, deadline=None)
@given(histories())
def test_each_commit_comes_in_once(history):
    merges = {s for s in history.main_line if len(history.commits[s].parents) > 1}
    brought = [sha for _, shas in history.brought_in() for sha in shas]
    assert len(brought) == len(set(brought))
    assert set(brought) | merges == ancestors(history, history.head)
    seen = set()
    for sha, shas in history.brought_in():
        assert set(shas) <= ancestors(history, sha) - seen
        seen |= ancestors(history, sha)


def test_deep_histories_are_no_matter():
    commits = {str(i): commit(str(i - 1)) for i in range(1, 50_000)} | {"0": commit()}
    history = History(commits, "49999", [Tag(1, "v1", "49999")])
    assert len(history.main_line) == len(history.first_tags) == 50_000


def test_the_nearest_merge_that_is_not_before_the_opening():
    line = {"a": commit(t=10, subject="x (#7)"), "b": commit("a", t=50, subject="y (#7)"),
            "c": commit("b", t=90, subject="z (#7)")}  # fmt: skip
    history = History(line, "c", [])
    assert history.merge_of(7, None, 20, 60) == "b"
    assert history.merge_of(7, "a", 20, 60) == "a"
    assert history.merge_of(7, "gone", 95, 99) is None
    assert history.merge_of(8, None, 0, 99) is None


# --- exported facts -----------------------------------------------------------------------------

COMMITS = (
    "bb\taa\t2026-03-02T10:00:00+01:00\t2026-03-02T11:00:00+01:00\tAda\tBob\t\tFix\twith tab\n"
    "cc\tbb aa\t2026-03-03T10:00:00Z\t2026-03-03T11:00:00Z\tAda\tBob\tHEAD -> main\tMerge #7: x\r\n"
    "aa\t\t2026-03-01T10:00:00Z\t2026-03-01T10:00:00Z\tAda\tAda\ttag: v1\tStart\n"
)
TAGS = "v1\ttag\taa\t2026-03-02T00:00:00Z\nv0\ttag\tgone\t2026-03-01T00:00:00Z\n"


def facts(folder, commits=COMMITS, ending="", pack=bytes):
    (folder / f"commits.tsv{ending}").write_bytes(pack(commits.encode()))
    (folder / "tags.tsv").write_text(TAGS)
    return folder


@pytest.mark.parametrize(
    ("ending", "pack"), [("", bytes), (".xz", lzma.compress), (".gz", gzip.compress)]
)
def test_exported_facts(tmp_path, ending, pack):
    assert not has_facts(tmp_path)
    facts(tmp_path, ending=ending, pack=pack)
    assert has_facts(tmp_path)
    history = read_history(tmp_path)
    assert history.main_line == ["aa", "bb", "cc"]
    assert [tag.name for tag in history.tags] == ["v1"]
    assert history.commits["bb"].subject == "Fix\twith tab"
    assert history.commits["cc"].committed - history.commits["bb"].authored == 26 * 3600 * MICRO
    assert history.pull_merges == {7: ["cc"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("aa\tbb\n", r"commits\.tsv row 1: 2 columns; accepted: 8 columns separated by tabs; n"),
        (COMMITS.replace("2026-03-03T1", "soon"), "commit 'cc' has no date; next: export the git"),
    ],
)  # fmt: skip
def test_facts_that_are_none(tmp_path, text, message):
    with pytest.raises(SourceError, match=message):
        read_history(facts(tmp_path, text))


def test_facts_cut_short(tmp_path):
    folder = facts(tmp_path, ending=".xz", pack=lambda text: lzma.compress(text)[:-30])
    with pytest.raises(SourceError, match=r"tsv\.xz: cannot be unpacked: Compressed file ended"):
        read_history(folder)


# --- clones -------------------------------------------------------------------------------------


class Repo:
    """A small repository with dates of our choice; days of March 2026."""

    def __init__(self, path, *init):
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self("init", "--quiet", "--initial-branch=main", *init)

    def __call__(self, *arguments, day=1, authored=None, hour=9, who="ada"):
        stamp = "2026-03-{:02}T{:02}:00:00Z".format
        names = {f"GIT_{r}_{k}": v for r in ("AUTHOR", "COMMITTER")
                 for k, v in (("NAME", who), ("EMAIL", f"{who}@example.org"))}  # fmt: skip
        env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | names
        env |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        env |= {
            "GIT_AUTHOR_DATE": stamp(authored or day, hour),
            "GIT_COMMITTER_DATE": stamp(day, hour),
        }
        done = subprocess.run(["git", *arguments], cwd=self.path, env=env, capture_output=True,
                              text=True, check=True)  # fmt: skip
        return done.stdout.strip()

    def commit(self, subject, **when):
        self("commit", "--quiet", "--allow-empty", "-m", subject, **when)
        return self("rev-parse", "HEAD")

    def merge(self, branch, subject, **when):
        self("merge", "--quiet", "--no-ff", "-m", subject, branch, **when)
        return self("rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path):
    return Repo(tmp_path / "repo")


def test_a_clone_with_tags_of_every_sort(repo):
    first = repo.commit("Start", day=1)
    repo("tag", "light")
    repo("switch", "--quiet", "-c", "fix")
    fix = repo.commit("Fix", day=2, authored=1, who="bob")
    repo("switch", "--quiet", "main")
    merge = repo.merge("fix", "Merge pull request #7 from bob/fix", day=3)
    repo("tag", "-a", "-m", "annotated", "heavy", day=4)
    repo("tag", "a-tree", "HEAD^{tree}")
    repo("switch", "--quiet", "-c", "side", first)
    side = repo.commit("Backport", day=5)
    repo("tag", "side-1")
    repo("switch", "--quiet", "main")
    history = read_history(repo.path)
    assert set(history.commits) == {first, fix, merge, side}
    assert history.head == merge
    assert history.main_line == [first, merge]
    assert [tag.name for tag in history.tags] == ["light", "heavy", "side-1"]
    assert history.first_tags[fix].name == "heavy"
    assert (history.tags[1].t - history.tags[0].t) == 3 * 86_400 * MICRO
    assert dict(history.brought_in()) == {first: [first], merge: [fix]}
    bob = history.commits[fix]
    assert bob.author == ("bob@example.org", False)
    assert bob.committed - bob.authored == 86_400 * MICRO
    assert not history.shallow


def test_bare_clones_and_work_trees(repo, tmp_path):
    head = repo.commit("Start")
    repo("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    repo("worktree", "add", "--quiet", str(tmp_path / "tree"))
    for place in ("bare.git", "tree", "repo/.git"):
        assert read_history(tmp_path / place).head == head


def test_variables_and_settings_of_the_caller_do_not_matter(repo, monkeypatch, tmp_path):
    head = repo.commit("Start")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", "/")
    repo("config", "log.showSignature", "true")
    repo("config", "core.pager", "false")
    repo("config", "alias.log", "!false")
    repo("config", "log.date", "relative")
    assert read_history(repo.path).head == head


@pytest.mark.parametrize("date", ["soon", "", "9999999999999999", "-5"])
def test_a_date_that_git_cannot_read_is_taken_from_the_other(repo, date):
    tree = repo("write-tree")
    text = f"tree {tree}\nauthor A <a@b> {date} +0000\ncommitter A <a@b> 5 +0000\n\nodd\n"
    (repo.path / "odd").write_text(text)
    sha = repo("hash-object", "--literally", "-t", "commit", "-w", "odd")
    repo("update-ref", "refs/heads/main", sha)
    assert read_history(repo.path).commits[sha].authored == 5 * MICRO


def test_what_is_no_clone(repo, tmp_path):
    (tmp_path / "other").mkdir()
    (repo.path / "src").mkdir()
    for place in (tmp_path / "other", repo.path / "src"):
        with pytest.raises(SourceError, match="not a git clone; accepted: the root of a work tree"):
            read_history(place)


def test_a_repository_without_commits(repo):
    with pytest.raises(SourceError, match=r"git log failed: .*have any commits yet; next: make a"):
        read_history(repo.path)


def test_a_damaged_repository(repo):
    sha = repo.commit("Start")
    repo.commit("More")
    (repo.path / ".git" / "objects" / sha[:2] / sha[2:]).unlink()
    with pytest.raises(SourceError, match=r"git log failed: .*; next: make a commit, or clone it"):
        read_history(repo.path)


def test_an_empty_git_folder_is_not_looked_for_further_up(repo):
    repo.commit("Start")
    (repo.path / "inner" / ".git").mkdir(parents=True)
    with pytest.raises(SourceError, match="git log failed: fatal: not a git repository"):
        read_history(repo.path / "inner")


def test_without_git(repo, monkeypatch, tmp_path):
    repo.commit("Start")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match="the git command is not installed; next: install git"):
        read_history(repo.path)
