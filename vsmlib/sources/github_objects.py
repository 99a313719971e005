"""GitHub REST objects: told apart, and gathered by item."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from vsmlib.errors import shown
from vsmlib.findings import Met
from vsmlib.sources.extract import EPOCH, NOBODY, Person, is_bot, iso_micros, mentions
from vsmlib.sources.objects import Json, flat, left_out

__all__ = ["VERDICTS", "Event", "Item", "Key", "Pile", "gather"]

ITEM = re.compile(r"/([^/]+/[^/]+)/(?:issues|pulls?)/(\d{1,9})(?:$|[#?])")
REPOSITORY = re.compile(r"/repos/([^/]+/[^/]+)/(?:issues|pulls)/")
NUMBER_IN_PATH = re.compile(r"(?:issue|pull|pr|timeline|event|review)s?[/_-](\d{1,9})(?!\d)", re.I)
TIMES = ("created_at", "updated_at", "closed_at", "merged_at")
FACTS = {"additions": int, "deletions": int, "changed_files": int, "commits": int,
         "merge_commit_sha": str, "state": str, "draft": bool}  # fmt: skip
# Which list is read first where two tell of the same moment.
RANKS = {"event": 0, "reviewed": 1, "commented": 2, "line comment": 3}
NAMES = {"convert_to_draft": "converted_to_draft", "head_ref_force_pushed": "pushed",
         "line comment": "commented"}  # fmt: skip
VERDICTS = ("approved", "changes_requested")

Key = tuple[str, int]


class Event(NamedTuple):
    """What happened; sorted by time, the rank and place of the list it stood in, and its id."""

    t: int
    rank: int
    place: int
    ident: str
    name: str
    login: str = ""
    bot: bool = False
    commit: str = ""


@dataclass(slots=True)
class Item:
    """What is known of an issue or a pull request: its facts, and its events by identity."""

    pull: bool = False
    facts: Json = field(default_factory=dict)
    events: dict[tuple[str, str], Event] = field(default_factory=dict)


@dataclass(slots=True)
class Pile:
    """Everything read; a key's repository is empty where nothing tells it."""

    bots: frozenset[str]  # in lower case
    items: defaultdict[Key, Item] = field(default_factory=lambda: defaultdict(Item))
    until: datetime | None = None  # when a backup was made
    met: Met = field(default_factory=lambda: defaultdict(list))


def gather(pile: Pile, place: str, things: list[Json]) -> None:
    """Add the objects of a file; its place may name their item."""
    _add_all(pile, things, place, _named_item(things, place))


def _flat(value: Any) -> list[Json]:
    return [thing for thing, _ in flat(value)]


def _named_item(things: list[Json], place: str) -> Key | None:
    """Tell the item from a file's name, and its repository from the addresses in the file."""
    homes = (REPOSITORY.search(str(thing.get("url"))) for thing in things)
    if number := NUMBER_IN_PATH.search(place):
        return next((home[1] for home in homes if home), ""), int(number[1])
    return None


def _add_all(pile: Pile, things: list[Json], place: str, named: Key | None) -> None:
    for index, thing in enumerate(things):
        head = _object(thing.get("pull") or thing.get("issue"))
        kind, key = _kind(thing, named), _key(thing) or named
        thread = _flat(thing.get("comments")) if kind == "event" else []
        if head and kind != "event":  # a backup: an item with the lists that belong to it
            for part in (head, *(part for part in thing.values() if isinstance(part, list))):
                _add_all(pile, _flat(part), place, _key(head))
        elif key and thread:  # line comments stand in a timeline as one event without a time
            _add_all(pile, thread, place, key)
        elif key and kind == "item":
            _add_item(pile, key, thing)
        elif key and kind:
            _add_event(pile, key, thing, kind, index)
        elif until := iso_micros(thing.get("last_backup")):
            pile.until = EPOCH + timedelta(microseconds=until)
        else:
            pile.met[left_out(thing)].append(shown(place))


def _kind(thing: Json, named: Key | None) -> str:
    """Tell what an object is by its keys; empty for anything else."""
    if isinstance(thing.get("event"), str):
        return "event"
    if "diff_hunk" in thing or "pull_request_review_id" in thing:
        return "line comment"
    if "number" in thing:
        return "item" if "created_at" in thing else ""
    if "submitted_at" in thing or "pull_request_url" in thing:
        return "reviewed"
    return "commented" if "issue_url" in thing or (named and "user" in thing) else ""


def _key(thing: Json) -> Key | None:
    """Tell the item that an object is, or belongs to, by the addresses in it."""
    for name in ("issue_url", "pull_request_url", "html_url", "url"):
        if found := ITEM.search(str(thing.get(name))):
            return found[1], int(found[2])
    return _key(_object(thing["issue"])) if "issue" in thing else None


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _person(who: Any, bots: frozenset[str]) -> Person:
    login = str(_object(who).get("login") or "")
    return (login, is_bot(login, who.get("type"), bots)) if login else NOBODY


def _add_item(pile: Pile, key: Key, thing: Json) -> None:
    item = pile.items[key]
    face = _object(thing.get("pull_request"))  # what an issue tells of its pull request
    item.pull |= bool(face) or "head" in thing
    times = {name: iso_micros(thing.get(name) or face.get(name)) for name in TIMES}
    facts: Json = {name: t for name, t in times.items() if t is not None}
    facts |= {name: thing[name] for name, kind in FACTS.items() if type(thing.get(name)) is kind}
    facts |= {role: _person(thing[role], pile.bots)
              for role in ("user", "merged_by", "closed_by") if thing.get(role)}  # fmt: skip
    facts |= {"labels": len(thing["labels"])} if isinstance(thing.get("labels"), list) else {}
    told = mentions(thing.get("title"), branch=_object(thing.get("head")).get("ref"),
                    body=thing.get("body"), home=key[0])  # fmt: skip
    facts |= {"mentions": told} if told else {}
    sha = _object(thing.get("head")).get("sha")
    facts |= {"head": sha} if isinstance(sha, str) else {}
    # the issue face and the pull face of a pull request, or two exports: the newer has its way
    newer = facts.get("updated_at", 0) >= item.facts.get("updated_at", 0)
    item.facts = {**item.facts, **facts} if newer else {**facts, **item.facts}


def _add_event(pile: Pile, key: Key, thing: Json, kind: str, place: int) -> None:
    said = thing["event"] if kind == "event" else kind
    verdict = str(thing.get("state")).lower()
    name = verdict if said == "reviewed" and verdict in VERDICTS else NAMES.get(said, said)
    written = _object(thing.get("committer")).get("date")
    dates = (thing.get("submitted_at"), thing.get("created_at"), written)
    t = next((t for t in map(iso_micros, dates) if t is not None), None)
    if t is None:
        pile.met["events_without_time"].append(f"{key[0]}#{key[1]}: {shown(name)}")
        return
    people = (_person(thing.get(role), pile.bots) for role in ("user", "actor", "committer"))
    who = next((person for person in people if person[0]), NOBODY)
    ident = str(thing.get("id") or thing.get("sha") or (t, place))
    event = Event(t, RANKS[kind], place, ident, name, *who, str(thing.get("commit_id") or ""))
    events = pile.items[key].events
    if (said, ident) in events:
        pile.met["met_twice"].append(f"{key[0]}#{key[1]}: {shown(name)}")
    events[said, ident] = min(event, events.get((said, ident), event))
