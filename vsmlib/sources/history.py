"""The commit graph: which merge brought a commit in, which pull request it names, which tag has it.

It comes from a clone, or from exported facts: ``commits.tsv`` (hash, parents, author date,
committer date, author, committer, refs, subject; may be compressed) and ``tags.tsv`` (name, type,
commit, date).
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from vsmlib.errors import SourceError, shown
from vsmlib.sources.extract import NOBODY, Person, is_bot, iso_micros
from vsmlib.sources.unpack import unpacked

__all__ = ["Commit", "History", "Tag", "git_folder", "has_facts", "pull_number", "read_history"]

# It reads clones of other users, too, and no setting in them may run a program.
GIT = ("git", "-c", "safe.directory=*", "-c", "log.showSignature=false")
LOG = "--format=%H%x00%P%x00%aI%x00%cI%x00%aE%x00%cE%x00%aN%x00%cN%x00%s"
TAGS = "--format=%(refname:lstrip=2)%00%(objectname)%00%(*objectname)%00%(creatordate:iso-strict)"
# The committer of what was merged by a button on GitHub's pages, whoever pressed it.
BUTTON = "noreply@github.com"
AGAIN = "export the git facts again, with ISO dates"
# GitHub's merge button, bitcoin's merge script, Bitbucket, bors, Azure DevOps, a squash on GitHub
NAMES_A_PULL = re.compile(
    r"(?:Merge (?:pull request |[\w.-]+/[\w.-]+)?#|Merged in .*\(pull request #|Auto merge of #"
    r"|Merged PR |.*\(#(?=\d+\)$))(\d{1,9})\b"
)


class Commit(NamedTuple):
    """One commit; times in microseconds since 1970 UTC, people by e-mail address or name."""

    parents: tuple[str, ...]
    authored: int
    committed: int
    author: Person
    committer: Person
    subject: str


class Tag(NamedTuple):
    """One tag: when it was made (annotated: the tagger's date), its name and its commit."""

    t: int
    name: str
    sha: str


@dataclass(frozen=True)
class History:
    """The commits that HEAD and the tags reach, by full hash, and their tags, oldest first.

    Examples
    --------
    >>> a = Commit((), 1, 1, NOBODY, NOBODY, "start")
    >>> b = Commit(("a",), 2, 2, NOBODY, NOBODY, "Fix the parser (#7)")
    >>> history = History({"a": a, "b": b}, "b", [Tag(5, "v1", "a"), Tag(9, "v2", "b")])
    >>> history.main_line, history.pull_merges, history.first_tags["b"].name
    (['a', 'b'], {7: ['b']}, 'v2')
    """

    commits: dict[str, Commit]
    head: str
    tags: list[Tag]
    shallow: bool = False

    @cached_property
    def main_line(self) -> list[str]:
        """Commits from the first to HEAD, along first parents."""
        line, sha = [], self.head
        while sha in self.commits:
            line.append(sha)
            sha = next(iter(self.commits[sha].parents), "")
        return line[::-1]

    def brought_in(self) -> Iterator[tuple[str, list[str]]]:
        """Each commit of the main line, oldest first, with what it brought in: else itself."""
        seen: set[str] = set()
        for sha in self.main_line:
            seen.add(sha)
            parents = self.commits[sha].parents
            yield sha, self.unseen(list(parents[1:]), seen) if len(parents) > 1 else [sha]

    @cached_property
    def first_tags(self) -> dict[str, Tag]:
        """The first tag that contains each commit; commits in no tag are left out."""
        seen: set[str] = set()
        return {sha: tag for tag in self.tags for sha in self.unseen([tag.sha], seen)}

    @cached_property
    def pull_merges(self) -> dict[int, list[str]]:
        """Commits of the main line whose subject names a pull request, by number."""
        merges: dict[int, list[str]] = {}
        for sha in self.main_line:
            if number := pull_number(self.commits[sha].subject):
                merges.setdefault(number, []).append(sha)
        return merges

    def merge_of(self, number: int, sha: str | None, opened: int, merged: int) -> str | None:
        """Find the commit by which a pull request came into the main line.

        It is the one that GitHub names (`sha`), if git has it: maintainers may merge by hand.
        Else it is the nearest one that names the number and came after the opening: numbers
        begin again when a project moves.
        """
        if sha in self.commits:
            return sha
        times = {sha: self.commits[sha].committed for sha in self.pull_merges.get(number, [])}
        later = [sha for sha, t in times.items() if t >= opened]
        return min(later, key=lambda sha: abs(times[sha] - merged), default=None)

    def unseen(self, stack: list[str], seen: set[str]) -> list[str]:
        """Give what commits reach that was not seen before, and add it to what was."""
        new = []
        while stack:
            sha = stack.pop()
            if sha not in seen and sha in self.commits:
                seen.add(sha)
                new.append(sha)
                stack.extend(self.commits[sha].parents)
        return new


def pull_number(subject: str) -> int | None:
    """Read the number of the pull request that the subject of a merge or a squash names.

    Examples
    --------
    >>> [pull_number(s) for s in ["Merge pull request #7 from a/b", "Fix it (#8)", "See #9"]]
    [7, 8, None]
    """
    match = NAMES_A_PULL.match(subject)
    return int(match[1]) if match else None


def has_facts(folder: Path) -> bool:
    """Whether a folder holds exported git facts."""
    beside = ("tags.tsv", "first_parent.txt")
    return any(folder.glob("commits.tsv*")) and any((folder / name).is_file() for name in beside)


def read_history(path: str | os.PathLike[str]) -> History:
    """Read the commit graph of a clone (work tree or bare), or of a folder with exported facts.

    It raises a `SourceError` if that is neither, empty or damaged, or git is not installed.

    Examples
    --------
    >>> read_history("/nowhere")
    Traceback (most recent call last):
    ...
    vsmlib.errors.SourceError: /nowhere: not a git clone; accepted: the root of a work tree, ...
    """
    folder = Path(path)
    return _from_facts(folder) if has_facts(folder) else _from_clone(folder)


def git_folder(path: Path) -> Path | None:
    """Find the git folder of a work tree or bare repository; None if this is not its root."""
    if (path / ".git").exists():
        return path / ".git"
    return path if (path / "HEAD").is_file() and (path / "objects").is_dir() else None


def _from_clone(path: Path) -> History:
    if git_folder(path) is None:
        accepted, hint = "the root of a work tree, or a bare repository", "check the path"
        raise SourceError("not a git clone", where=str(path), accepted=accepted, hint=hint)
    [[head]] = _git(path, "log", "-1", "--format=%H")
    commits = _commits(_git(path, "log", LOG, "HEAD", "--tags"), path)
    rows = _git(path, "for-each-ref", "refs/tags", TAGS)
    tags = _tags(([name, peeled or sha, date] for name, sha, peeled, date in rows), commits)
    shallow = _git(path, "rev-parse", "--is-shallow-repository") == [["true"]]
    return History(commits, head, tags, shallow)


def _git(path: Path, *arguments: str) -> list[list[str]]:
    """Run git in the clone, whose .mailmap it reads; split its lines at zero bytes."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    env |= {"GIT_DIR": str(git_folder(path.absolute())), "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    command = [*GIT, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False, env=env, cwd=path)
    except FileNotFoundError:
        raise SourceError("the git command is not installed", hint="install git") from None
    if done.returncode:
        what = f"git {arguments[0]} failed: {done.stderr.decode('utf-8', 'replace')[:200].strip()}"
        raise SourceError(what, where=str(path), hint="make a commit, or clone it again")
    lines = done.stdout.decode("utf-8", "replace").split("\n")
    return [line.split("\0") for line in lines if line]


def _from_facts(folder: Path) -> History:
    known = list(_rows(min(folder.glob("commits.tsv*")), 8))
    # names stand in for the addresses of people
    commits = _commits(([*row[:6], *row[4:6], row[7]] for row in known), folder)
    head = next((row[0] for row in known if row[6].startswith("HEAD")), next(iter(commits), ""))
    listed = folder / "tags.tsv"
    rows = _rows(listed, 4) if listed.is_file() else iter(())
    tags = ([name, sha, date] for name, _, sha, date in rows)
    return History(commits, head, _tags(tags, commits))


def _rows(file: Path, width: int) -> Iterator[list[str]]:
    with unpacked(file) as plain:
        lines = plain.read_bytes().decode("utf-8", "replace").split("\n")
    for row, line in enumerate(filter(None, lines), 1):
        fields = line.rstrip("\r").split("\t", width - 1)
        if len(fields) < width:
            what, accepted = f"{len(fields)} columns", f"{width} columns separated by tabs"
            raise SourceError(what, where=f"{file} row {row}", accepted=accepted, hint=AGAIN)
        yield fields


def _commits(rows: Iterable[list[str]], where: Path) -> dict[str, Commit]:
    commits = {}
    for sha, parents, *dates, mail, committer_mail, name, committer_name, subject in rows:
        # git gives nonsense for a date that it cannot read; the other one is near
        times = [t for t in map(iso_micros, dates) if t is not None]
        if not times:
            raise SourceError(f"commit {shown(sha)} has no date", where=str(where), hint=AGAIN)
        people = _person(mail, name), _person(committer_mail, committer_name)
        commits[sha] = Commit(tuple(parents.split()), times[0], times[-1], *people, subject)
    return commits


def _person(mail: str, name: str) -> Person:
    mail = mail.strip().lower()
    return NOBODY if mail in ("", BUTTON) else (mail, is_bot(name) or is_bot(mail.split("@")[0]))


def _tags(rows: Iterable[list[str]], commits: dict[str, Commit]) -> list[Tag]:
    tags = [(iso_micros(date), name, sha) for name, sha, date in rows if sha in commits]
    return sorted(Tag(t, name, sha) for t, name, sha in tags if t is not None)
