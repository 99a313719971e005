"""GitLab issues and merge requests as events: what GitLab says, and whose turn it was.

They are JSON of REST 4: issues, merge requests, and beside them, in any order, their notes,
``resource_state_events`` and ``resource_label_events``. Events: ``opened, closed, reopened,
merged, commented, approved, unapproved, changes_requested, review_requested, ready_for_review,
converted_to_draft, pushed, assigned, mentioned, edited``; a scoped label that is put on
(``workflow::doing``) under its own name, other labels as ``labeled X`` and ``unlabeled X``; for
merge requests the derived events of `github_turns.Turns`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from vsmlib.sources.extract import NOBODY, mentions
from vsmlib.sources.gathered import Gathered, Mark, Reader, listed, named
from vsmlib.sources.github_objects import VERDICTS, Event
from vsmlib.sources.github_turns import DRAFT, READY, Turns
from vsmlib.sources.objects import Found, Json, at

__all__ = ["read_gitlab"]

TELLING = re.compile(
    rb'"web_url"\s*:\s*"[^"]*/-/(?:issues|merge_requests|work_items)/\d+"'
    rb'|"(?:noteable|resource)_type"\s*:\s*"(?:Issue|MergeRequest|WorkItem)"'
)
ADDRESS = re.compile(r"//[^/]+/(.+?)/-/(issues|work_items|merge_requests)/(\d+)")
COMMIT = re.compile(r"//[^/]+/(.+?)/-/commit/")
# Which merge request a list of commits belongs to, its file's name says: 7-commits.json.
OWNER = re.compile(r"(?:.*[^0-9])?(\d{1,9})[/_-]commits\b[^/]*", re.I)
SIGNS = {"issues": "#", "work_items": "#", "merge_requests": "!"}
# What system notes begin with, as events; of others the item was edited.
NOTES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.I), name)
    for pattern, name in (
        (r"(?:closed|reopened|merged)\b", ""),  # the word itself
        (r"approved this", "approved"), (r"unapproved this", "unapproved"),
        (r"requested changes", "changes_requested"), (r"requested review", "review_requested"),
        (r"unmarked|marked .*ready", READY), (r"marked .*(?:draft|work in progress)", DRAFT),
        (r"added \d+ (?:new )?commit", "pushed"), (r"assigned|unassigned|removed assignee",
        "assigned"), (r"mentioned in|created branch|restored|deleted|enabled|aborted", "mentioned"),
    )
)  # fmt: skip
ENDS = ("closed", "merged", "reopened")
SAME = 5_000_000  # an end that two lists tell, in microseconds apart


def _take(gathered: Gathered, found: Found) -> bool:
    thing = found.thing
    address = ADDRESS.search(str(thing.get("web_url")))
    if address and "iid" in thing:
        _item(gathered, thing, address[1] + SIGNS[address[2]] + address[3])
    elif "noteable_id" in thing or ("resource_id" in thing and "resource_type" in thing):
        gathered.waiting.append(thing)
    elif (project := COMMIT.search(str(thing.get("web_url")))) and "short_id" in thing:
        number = OWNER.fullmatch(found.place)
        gathered.waiting.append(thing | {"merge": f"{project[1]}!{number[1] if number else '?'}"})
    else:
        return False
    return True


def _item(gathered: Gathered, thing: Json, ident: str) -> None:
    known = gathered.items.get(ident)
    if known:
        gathered.met["met_twice"].append(ident)
        if str(thing.get("updated_at")) <= str(known.get("updated_at")):
            return
    is_merge = "!" in ident
    kind = "merge_request" if is_merge else str(thing.get("issue_type") or "issue")
    gathered.item(
        ident, item_type=kind, team=re.split("[#!]", ident)[0], number=str(thing["iid"]),
        priority=thing.get("severity") if thing.get("severity") != "UNKNOWN" else None,
        labels=named(thing.get("labels")), milestone=at(thing, "milestone", "title"),
        parent_id=_epic(thing), status=thing.get("state"), updated_at=thing.get("updated_at"),
        mentions=mentions(thing.get("title"), branch=thing.get("source_branch"),
                          body=thing.get("description"), home=re.split("[#!]", ident)[0]),
        branch=thing.get("source_branch"), head=thing.get("sha") if is_merge else None,
        commit=thing.get("merge_commit_sha") or thing.get("squash_commit_sha") or thing.get("sha"),
    )  # fmt: skip
    gathered.raw[ident] = thing
    gathered.waiting += [commit | {"merge": ident} for commit in listed(thing.get("commits"))]


def _epic(thing: Json) -> str | None:
    iid = at(thing, "epic", "iid")
    return f"&{iid}" if iid else None


def _finish(gathered: Gathered) -> None:
    for ident, thing in gathered.raw.items():
        end = "merged" if thing.get("merged_at") else "closed"
        if thing.get(f"{end}_at"):
            gathered.mark(ident, thing[f"{end}_at"], end, thing.get(f"{end}_by"))
    _told(gathered, {("!" in ident, str(thing.get("id"))): ident
                     for ident, thing in gathered.raw.items()})  # fmt: skip
    for ident, thing in gathered.raw.items():
        told = list(_once(gathered.marks.pop(ident, [])))
        gathered.mark(ident, thing.get("created_at"), "opened", thing.get("author"))
        marks = sorted([*gathered.marks.get(ident, []), *told], key=lambda mark: mark.t)
        gathered.marks[ident] = list(_turned(thing, marks)) if "!" in ident else marks
    _commits(gathered)


def _commits(gathered: Gathered) -> None:
    """Add the commits of merge requests; who is named in one is no account."""
    told = {(c["merge"], str(c.get("id"))): c for c in gathered.waiting if "merge" in c}
    for (home, sha), commit in told.items():
        if home not in gathered.raw:
            gathered.met["events_without_item"].append(f"commit {sha[:12]} of {home}")
            continue
        for event in ("authored", "committed"):
            gathered.mark(home, commit.get(f"{event}_date"), event)


def _told(gathered: Gathered, homes: dict[tuple[bool, Any], str]) -> None:
    """Add notes and changes of states and labels, each once, to their items."""
    seen: set[Any] = set()
    for thing in (thing for thing in gathered.waiting if "merge" not in thing):
        kind = str(thing.get("noteable_type") or thing.get("resource_type"))
        number = str(thing.get("noteable_id") or thing.get("resource_id"))
        key = ("body" in thing, "label" in thing, str(thing.get("id")))
        if (home := homes.get((kind == "MergeRequest", number))) is None:
            gathered.met["events_without_item"].append(f"{kind} {number}")
        elif key not in seen:
            seen.add(key)
            who = thing.get("author") or thing.get("user")
            gathered.mark(home, thing.get("created_at"), _event(thing), who)


def _event(thing: Json) -> str:
    """Name what a note, a change of state or of a label is."""
    if isinstance(thing.get("label"), dict):
        name, added = str(thing["label"].get("name")), thing.get("action") == "add"
        return name if added and "::" in name else f"{'' if added else 'un'}labeled {name}"
    if "state" in thing:
        return str(thing["state"])
    if not thing.get("system"):
        return "commented"
    for pattern, name in NOTES:
        if match := pattern.match(str(thing.get("body"))):
            return name or match.group().lower()
    return "edited"


def _once(marks: list[Mark]) -> Iterator[Mark]:
    """Drop ends that another list told already; one that says who did it has its way."""
    last: dict[str, int] = {}
    for mark in sorted(marks, key=lambda mark: (mark.t // SAME, mark.event, not mark.who[0])):
        if mark.event not in ENDS or abs(mark.t - last.get(mark.event, -SAME)) >= SAME:
            yield mark
            if mark.event in ENDS:
                last[mark.event] = mark.t


def _turned(thing: Json, marks: list[Mark]) -> Iterator[Mark]:
    """Add whose turn it was, as for GitHub's pull requests."""
    drafting = [mark.event for mark in marks if mark.event in (DRAFT, READY)]
    draft = drafting[0] == READY if drafting else bool(thing.get("draft"))
    author = marks[0].who[0] if marks else NOBODY[0]
    turn = Turns(author, pull=True, draft=draft, last_force_push=0)
    for t, name, who in marks:
        said = "reviewed" if turn.closed and name in VERDICTS else name
        event = Event(t, 0, 0, "", said, *who)
        for derived in (said, *turn.after(event)):
            yield Mark(t, derived, who)


read_gitlab = Reader("GitLab issues and merge requests", "gitlab", "item", TELLING, _take, _finish)
