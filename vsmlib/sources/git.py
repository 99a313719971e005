"""A git clone as events: authored, committed, merged, released."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from vsmlib.findings import Finding, Kind, Met, found
from vsmlib.sources.extract import NOBODY, EventRow, Extract, event_table, mentions
from vsmlib.sources.history import History, git_folder, pull_number, read_history

__all__ = ["is_git", "read_git"]

SHORT = 12
TEXTS = ("item_id", "item_type", "team", "priority", "parent_id", "mentions", "commit")
ITEMS = pa.schema([*((name, pa.string()) for name in TEXTS), ("commits", pa.int64())])
KINDS: tuple[Kind, ...] = (
    ("shallow_clone", "warning", "the clone is shallow: its history is cut",
     "kept; `git fetch --unshallow` gets all"),
    ("squash_merges", "warning",
     "{n} pull requests are one commit whose author date is its committer date: they were "
     "squashed, and their coding time is not in the history", "kept"),
    ("clock_skew", "note", "{n} items have dates later than their merge or their last commit",
     "repaired: moved back to it"),
    ("unknown_start", "warning",
     "{n} items are older than the first tag: their wait says when tagging began", "kept"),
    ("no_tags", "note", "there is no tag: nothing counts as released", "kept"),
    ("merges_without_number", "note", "{n} merges name no pull request, or one again",
     "left out; what they brought in counts as single commits"),
    ("beside_main_line", "note", "{n} commits are in tags but not in HEAD", "left out"),
)  # fmt: skip


class Change(NamedTuple):
    """A work item: a pull request or a commit, what brought it in, and its commits."""

    ident: str
    pull: bool
    merge: str
    shas: list[str]


def is_git(path: str | os.PathLike[str]) -> bool:
    """Whether a path is the root of a work tree, or a bare repository."""
    return git_folder(Path(path)) is not None


def read_git(path: str | os.PathLike[str]) -> Extract:
    """Read the main line of a git clone.

    Items are the pull requests that commits of the main line name (``#7``), and the commits that
    came in otherwise (12 digits of the hash). Each has ``authored`` and ``committed`` for each
    commit, ``last_committed`` for the newest (unless it is the merge), ``merged`` at the committer
    date on the main line, and ``released`` at the date of the first tag that contains that. A date
    later than the merge is moved back to it.

    Parameters
    ----------
    path : path
        The root of a work tree, or a bare repository. Nothing in it is run or changed.

    Returns
    -------
    Extract
        Actors are e-mail addresses by ``.mailmap``; the log turns them into pseudonyms.

    Raises
    ------
    SourceError
        If it is no clone, has no commits, is damaged, or git is not installed.
    """
    history = read_history(path)
    met: Met = defaultdict(list)
    met["shallow_clone"] = [history.head[:SHORT]] * history.shallow
    met["no_tags"] = [] if history.tags else [history.head[:SHORT]]
    changes = list(_changes(history, met))
    events = event_table((row for c in changes for row in _rows(c, history, met)), "git")
    pulls = sum(change.pull for change in changes)
    read = f"{pulls:,} pull requests and {len(changes) - pulls:,} commits were read"
    findings = [Finding("items_read", "note", len(changes), read), *found(met, KINDS)]
    items = [
        {"item_id": c.ident, "item_type": "pull_request" if c.pull else "commit",
         "commit": c.merge, "commits": len(c.shas), "mentions": _mentions(c, history)}
        for c in changes
    ]  # fmt: skip
    name = Path(path).resolve().name.removesuffix(".git")
    return Extract(events, pa.Table.from_pylist(items, ITEMS), findings, None, name or "git")


def _mentions(change: Change, history: History) -> str | None:
    return mentions(" ".join(history.commits[sha].subject for sha in change.shas))


def _changes(history: History, met: Met) -> Iterator[Change]:
    named: set[int] = set()
    beside = dict.fromkeys(history.commits)
    for sha, shas in history.brought_in():
        for known in {sha, *shas}:
            del beside[known]
        number = pull_number(history.commits[sha].subject)
        # a revert of a revert, a backport, or a project that moved: not the same work again
        if number is not None and number not in named and shas:
            named.add(number)
            yield Change(f"#{number}", True, sha, shas)
            continue
        for own in sorted({sha, *shas}):
            if len(history.commits[own].parents) > 1:
                met["merges_without_number"].append(own[:SHORT])
            else:
                yield Change(own[:SHORT], False, sha, [own])
    met["beside_main_line"] = [sha[:SHORT] for sha in beside]


def _rows(change: Change, history: History, met: Met) -> list[EventRow]:
    commits = [history.commits[sha] for sha in change.shas]
    merge = history.commits[change.merge]
    newest = max(commits, key=lambda commit: commit.committed)
    last = min(newest.committed, merge.committed)
    skew = max(newest.committed, *(commit.authored for commit in commits)) - last
    if skew > 0:
        met["clock_skew"].append(f"{change.ident}: {skew // 1_000_000:,} s")
    if change.pull and change.shas == [change.merge] and merge.authored == merge.committed:
        met["squash_merges"].append(change.ident)
    # in the same microsecond, they come in this order
    marks = [(min(c.authored, last), "authored", c.author) for c in commits]
    marks += [(min(c.committed, last), "committed", c.committer) for c in commits]
    if last < merge.committed:
        marks.append((last, "last_committed", newest.committer))
    presser = merge.author if len(merge.parents) > 1 else merge.committer
    marks.append((merge.committed, "merged", presser))
    if tag := history.first_tags.get(change.merge):
        marks.append((max(tag.t, merge.committed), "released", NOBODY))
        met["unknown_start"] += [change.ident] if tag == history.tags[0] else []
    marks.sort(key=lambda mark: mark[0])
    return [(change.ident, t, event, *who) for t, event, who in marks]
