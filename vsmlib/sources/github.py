"""GitHub issues and pull requests as events: what GitHub says, and whose turn it was."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from itertools import groupby, islice, pairwise
from pathlib import Path

import pyarrow as pa

from vsmlib.errors import SourceError, shown
from vsmlib.findings import Finding, Kind, Met, found
from vsmlib.sources.extract import EventRow, Extract, event_table
from vsmlib.sources.github_objects import VERDICTS, Event, Item, Key, Pile, gather
from vsmlib.sources.github_turns import LAST, story, turns
from vsmlib.sources.history import History, has_facts, read_history
from vsmlib.sources.objects import OBJECT_KINDS, objects

__all__ = ["read_github"]

TELLING = re.compile(
    rb'"\w*url"\s*:\s*"[^"\s]*/repos/[^/"\s]+/[^/"\s]+(?:/(?:issues|pulls)/|")'
    rb'|"html_url"\s*:\s*"[^"\s]*/(?:issues|pull)/\d+"'
)
TEXTS = "item_id item_type team priority parent_id repository mentions commit head".split()
FIGURES = ("number", "additions", "deletions", "changed_files", "commits", "labels")
ITEMS = pa.schema(
    [(n, pa.string()) for n in TEXTS] + [(n, pa.int64()) for n in FIGURES] + [("draft", pa.bool_())]
)
KINDS: tuple[Kind, ...] = (
    *OBJECT_KINDS,
    ("events_without_item", "error", "{n} events belong to items not in the data", "refused"),
    ("events_without_time", "warning", "{n} events have neither a time nor a date", "refused"),
    ("other_objects", "note", "{n} objects belong to no issue or pull request", "left out"),
    ("met_twice", "note", "{n} events stand in the data more than once", "repaired: taken once"),
    ("late_reviews", "note", "{n} approvals or requests for changes came after the end",
     "repaired: read as `reviewed`, for they decide nothing any more"),
    ("merges_not_joined", "warning", "{n} merged pull requests are not on git's main line",
     "kept without `released`: git is older than the export, or was rewritten"),
    ("unknown_start", "warning",
     "{n} merges are older than the first tag: their wait says when tagging began", "kept"),
)  # fmt: skip


def read_github(
    path: str | os.PathLike[str],
    *,
    bots: Iterable[str] = (),
    history: str | os.PathLike[str] | None = None,
) -> Extract:
    """Read GitHub issues and pull requests with whatever tells of their life.

    Parameters
    ----------
    path : path
        JSON in a file, a folder, or a ``.tar.xz``, ``.tar.gz``, ``.tgz`` or ``.zip``: REST objects
        of issues, pull requests, timelines, reviews and comments, any number a file.
    bots : iterable of str
        Further accounts that are bots.
    history : path, optional
        A clone or a folder of git facts, whose tags tell releases; by default those in `path`.

    Returns
    -------
    Extract
        Events as DESIGN section 3 names them, and the derived ones of `github_turns.Turns`.

    Raises
    ------
    SourceError
        If there is no GitHub object, or an archive or the history cannot be read.
    """
    path = Path(path)
    pile = Pile(frozenset(name.lower() for name in bots))
    for place, found_there in groupby(objects(path, pile.met), key=lambda one: one.place):
        gather(pile, place, [one.thing for one in found_there])
    items = _settled(pile)
    if not items:
        accepted = "REST objects as JSON: issues, pulls, timelines, reviews, comments"
        hint = "export with `gh api --paginate repos/OWNER/NAME/pulls?state=all`"
        what = "no GitHub issue or pull request in it"
        raise SourceError(what, where=str(path), accepted=accepted, hint=hint)
    facts = history or (path if has_facts(path) else None)
    rows = _rows(items, read_history(facts) if facts else None, pile.met)
    events = event_table(rows, "github")
    findings = [*_read(items), *found(pile.met, KINDS)]
    name = path.resolve().name if path.is_dir() else path.name.split(".")[0]
    return Extract(events, _item_table(items), findings, pile.until, name)


def _settled(pile: Pile) -> dict[Key, Item]:
    """Give the items in order, without events whose item is not in the data."""
    homes = {home for home, _ in pile.items if home}
    if len(homes) == 1:
        for key in [key for key in pile.items if not key[0]]:
            item = pile.items[min(homes), key[1]]
            item.events = pile.items.pop(key).events | item.events
    items = {}
    for key, item in sorted(pile.items.items(), key=lambda pair: pair[0]):
        if "created_at" in item.facts:
            items[key] = item
        else:
            lost = [f"{_id(key)}: {shown(event.name)}" for event in item.events.values()]
            pile.met["events_without_item"] += lost or [f"{_id(key)}: no created_at"]
    return items


def _id(key: Key) -> str:
    return f"{key[0]}#{key[1]}"


def _rows(items: dict[Key, Item], history: History | None, met: Met) -> Iterator[EventRow]:
    for key, item in items.items():
        events = story(item)
        turn = turns(item, events)
        events += _released(key, item, events, history, met) if history else []
        for event in sorted(events):
            name = event.name
            if turn.closed and name in VERDICTS:
                # it decides nothing any more, and must not take a delivered item back
                met["late_reviews"].append(f"{_id(key)}: {name}")
                name = "reviewed"
            for said in (name, *turn.after(event)):
                yield _id(key), event.t, said, event.login, event.bot


def _released(key: Key, item: Item, story: list[Event], history: History, met: Met) -> list[Event]:
    """Give the event ``released`` of an item, if a tag contains what ended it."""
    names = ("merged",) if item.pull else ("closed", "reopened")
    end = next((event for event in reversed(story) if event.name in names), None)
    if end is None:
        return []
    sha = end.commit
    if item.pull:
        named = item.facts.get("merge_commit_sha")
        sha = history.merge_of(key[1], named, item.facts["created_at"], end.t) or ""
        met["merges_not_joined"] += [] if sha else [_id(key)]
    tag = history.first_tags.get(sha)
    if tag is None:
        return []
    met["unknown_start"] += [_id(key)] if item.pull and tag == history.tags[0] else []
    return [Event(max(tag.t, end.t), LAST, 0, "", "released")]


def _item_table(items: dict[Key, Item]) -> pa.Table:
    rows = [
        {"item_id": _id(key), "item_type": "pull_request" if item.pull else "issue",
         "repository": key[0], "number": key[1], "commit": item.facts.get("merge_commit_sha"),
         **item.facts}
        for key, item in items.items()
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, ITEMS)


def _read(items: dict[Key, Item]) -> Iterator[Finding]:
    pulls = sum(item.pull for item in items.values())
    what = f"{pulls:,} pull requests and {len(items) - pulls:,} issues were read"
    yield Finding("items_read", "note", len(items), what)
    pairs = [(a, b) for a, b in pairwise(items) if a[0] == b[0]]
    count = sum(b[1] - a[1] - 1 for a, b in pairs)
    gaps = (_id((a[0], number)) for a, b in pairs for number in range(a[1] + 1, b[1]))
    what = f"{count:,} numbers in between are no item here: deleted, moved, or not exported"
    if count:
        yield Finding("missing_numbers", "note", count, what, "left out", tuple(islice(gaps, 3)))
