"""Jira issues as events: REST objects with their changelog, of Cloud and of Data Center.

They are answers of ``/search`` or ``/issue/KEY`` (REST 2 or 3, ``expand=changelog``), and further
pages of ``/issue/KEY/changelog`` beside them. Events: each status by its name of the day from
creation on, ``flagged, unflagged, resolved, unresolved, assigned, unassigned, commented,
sprint_changed, linked, unlinked, attached, worklog_added, edited``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from vsmlib.errors import shown
from vsmlib.findings import Kind
from vsmlib.sources.extract import iso_micros
from vsmlib.sources.gathered import Gathered, Reader, listed, named
from vsmlib.sources.objects import Found, Json, at

__all__ = ["read_jira"]

TELLING = re.compile(
    rb'"self"\s*:\s*"[^"]*/rest/(?:api|agile)/[\d.]+/issue/'
    rb'|"changelog"\s*:\s*\{[^{}\[\]]*"histories"\s*:'
)
ADDRESS = re.compile(r"/issue/([^/?]+)/(?:changelog|comment|worklog)")
EPIC_LINK = "customfield_10014"  # Cloud's own; elsewhere the changelog tells the epic
# Events of the changelog's fields (in lower case): when a value is set, and when it is taken away.
EVENTS = {"flagged": ("flagged", "unflagged"), "assignee": ("assigned", "unassigned"),
          "sprint": ("sprint_changed", "sprint_changed"), "link": ("linked", "unlinked"),
          "attachment": ("attached", "edited"),
          "worklogid": ("worklog_added", "edited")}  # fmt: skip
# What Jira does by itself, or for all issues at once, is no work on this one.
AUTOMATIC = {"rank", "workflow", "projectimport", "key", "project", "remoteissuelink",
             "timespent", "timeestimate", "worklogtimespent", "issueparentassociation",
             "epic child"}  # fmt: skip
KINDS: tuple[Kind, ...] = (
    ("incomplete_changelog", "error", "{n} issues come with a part of their changelog only",
     "kept; fetch all pages of /issue/KEY/changelog and put them beside"),
    ("no_changelog", "error", "{n} issues come without changelog",
     "kept as `created`, `resolved` and the last status; export with expand=changelog"),
    ("broken_history", "warning", "{n} status changes begin in another status than the one before",
     "kept: a change is missing in between"),
    ("renamed_statuses", "note", "{n} statuses had several names", "kept by the name of the day"),
    ("incomplete_comments", "warning", "{n} issues come with a part of their comments only",
     "kept"),
    ("nobody", "note", "{n} changes are by deleted or anonymous accounts", "kept without actor"),
    ("parents_missing", "note", "{n} parents are not in the data: not exported, or not permitted",
     "kept"),
)  # fmt: skip


@dataclass(slots=True)
class _Pile(Gathered):
    """Issues by their number, which a move to another project does not change."""

    keys: dict[str, str] = field(default_factory=dict)  # by number
    updated: dict[str, int] = field(default_factory=dict)
    partial: dict[str, Json] = field(default_factory=dict)  # issues whose changelog is elsewhere
    histories: dict[str, list[Json]] = field(default_factory=dict)  # by number or key
    statuses: dict[str, dict[str, None]] = field(default_factory=dict)  # names by number


def _take(pile: _Pile, found: Found) -> bool:
    thing = found.thing
    home = ADDRESS.search(str(found.page.get("self")))
    if isinstance(thing.get("fields"), dict) and "key" in thing:
        changelog = thing.get("changelog")
        whole = changelog and len(listed(at(changelog, "histories"))) >= _total(changelog)
        pile.partial.pop(str(thing.get("id")), None)
        if whole:
            _add(pile, thing)
        else:
            pile.partial[str(thing.get("id"))] = thing
    elif isinstance(thing.get("items"), list) and home:
        pile.histories.setdefault(home[1], []).append(thing)
    elif isinstance(thing.get("changeHistories"), list):
        histories = pile.histories.setdefault(str(thing.get("issueId")), [])
        histories += listed(thing["changeHistories"])
    else:
        return False
    return True


def _add(pile: _Pile, issue: Json) -> None:
    """Add an issue, unless a newer copy is there."""
    fields, key = issue["fields"], str(issue["key"])
    number = str(issue.get("id") or key)
    updated = iso_micros(fields.get("updated")) or 0
    if number in pile.keys:
        pile.met["met_twice"].append(key)
        if updated <= pile.updated[number]:
            return
        for part in (pile.marks, pile.items):
            part.pop(pile.keys[number], None)
    pile.keys[number], pile.updated[number] = key, updated
    pile.item(key, **_facts(fields, number))
    histories = _histories(pile, issue, number, key)
    if histories or "changelog" in issue:
        _story(pile, key, fields, histories)
    else:
        pile.met["no_changelog"].append(key)
        outline(pile, key, fields)
    comments = listed(at(fields, "comment", "comments"))
    for comment in comments:
        pile.mark(key, comment.get("created"), "commented", comment.get("author"))
    if _total(fields.get("comment")) > len(comments):
        pile.met["incomplete_comments"].append(key)


def _total(page: Any) -> int:
    total = at(page, "total")
    return total if isinstance(total, int) else 0


def _facts(fields: Json, number: str) -> Json:
    def name(field: str) -> Any:
        return at(fields, field, "name")

    epic = fields.get(EPIC_LINK)
    links = [
        f"{at(link, 'type', way)} {at(link, f'{way}Issue', 'key')}"
        for link in listed(fields.get("issuelinks"))
        for way in ("inward", "outward")
        if at(link, f"{way}Issue", "key")
    ]
    return {
        "item_type": name("issuetype"), "team": at(fields, "project", "key"),
        "priority": name("priority"),
        "parent_id": at(fields, "parent", "key") or (epic if isinstance(epic, str) else None),
        "status": name("status"), "resolution": name("resolution"), "number": number,
        "labels": named(fields.get("labels")), "components": named(fields.get("components")),
        "fix_versions": named(fields.get("fixVersions")), "links": ", ".join(links) or None,
        "due_date": fields.get("duedate"), "resolution_date": fields.get("resolutiondate"),
    }  # fmt: skip


def _histories(pile: _Pile, issue: Json, number: str, key: str) -> list[tuple[int, Json]]:
    """Give an issue's changes in order, from its own changelog and the pages beside it."""
    changelog = issue.get("changelog")
    own = listed(at(changelog, "histories"))
    pages = [*pile.histories.get(number, ()), *pile.histories.get(key, ())]
    known = {str(part.get("id")): part for part in [*own, *pages]}
    if len(known) < (total := _total(changelog)):
        pile.met["incomplete_changelog"].append(f"{key}: {len(known)} of {total} changes")
    timed = []
    for ident, history in known.items():
        if (t := iso_micros(history.get("created"))) is None:
            pile.met["events_without_time"].append(f"{key}: change {ident}")
        else:
            timed.append((t, len(ident), ident, history))
    timed.sort(key=lambda part: part[:3])
    return [(t, history) for t, _, _, history in timed]


def _story(pile: _Pile, key: str, fields: Json, histories: list[tuple[int, Json]]) -> None:
    changes = [item for _, history in histories for item in _changes(history)]
    moves = [item for item in changes if item.get("field") == "status"]
    first = moves[0].get("fromString") if moves else at(fields, "status", "name")
    if first:
        created = pile.mark(key, fields.get("created"), first, fields.get("creator"))
        if histories and histories[0][0] < (created or 0):
            pile.met["before_creation"].append(key)
    for t, history in histories:
        # one event of a kind, however many fields were edited at once
        for event in dict.fromkeys(_event(item) for item in _changes(history)):
            if event:
                pile.put(key, t, event, history.get("author"))
    epics = [item.get("toString") for item in changes if item.get("field") == "Epic Link"]
    if "parent_id" not in pile.items[key]:
        pile.item(key, parent_id=epics[-1] if epics else None)
    if fields.get("resolutiondate") and "resolved" not in map(_event, changes):
        pile.mark(key, fields["resolutiondate"], "resolved")
    pile.met["nobody"] += [f"{key}: change {h.get('id')}" for _, h in histories
                               if not pile.person(h.get("author"))[0]]  # fmt: skip
    _check(pile, key, moves, fields.get("status"))


def _changes(history: Json) -> list[Json]:
    return listed(history.get("items"))


def _event(item: Json) -> str:
    """Name what a change of a field is; empty for what is no work."""
    name, new = str(item.get("field")).lower(), item.get("toString") or item.get("to")
    if name == "status":
        return str(item.get("toString") or "")
    if name == "resolution":
        return "resolved" if new else "unresolved"
    if name in AUTOMATIC:
        return ""
    return EVENTS.get(name, ("edited", "edited"))[not new]


def _check(pile: _Pile, key: str, moves: list[Json], status: Any) -> None:
    """Compare statuses by number: they may be renamed, and changes may be missing."""
    now = {"from": at(status, "id"), "fromString": at(status, "name")}
    for move in [*moves, now]:
        for number, name in (("from", "fromString"), ("to", "toString")):
            if move.get(number) and move.get(name):
                pile.statuses.setdefault(str(move[number]), {})[str(move[name])] = None
    for one, after in pairwise([*moves, now]):
        if one.get("to") and after.get("from") and str(one["to"]) != str(after["from"]):
            told = f"{key}: {shown(one.get('toString'))}, then from {shown(after['fromString'])}"
            pile.met["broken_history"].append(told)


def outline(gathered: Gathered, key: str, fields: Json) -> None:
    """Tell what is known without changelog: the creation, the end, the status of today."""
    gathered.mark(key, fields.get("created"), "created", fields.get("creator"))
    if ended := fields.get("resolutiondate"):
        gathered.mark(key, ended, "resolved")
    since = ended or fields.get("statuscategorychangedate")
    if since and at(fields, "status", "name"):
        gathered.mark(key, since, at(fields, "status", "name"))


def _finish(pile: _Pile) -> None:
    for issue in pile.partial.values():
        _add(pile, issue)
    pile.met["renamed_statuses"] = [
        " = ".join(map(shown, names)) for names in pile.statuses.values() if len(names) > 1
    ]
    above = (item["parent_id"] for item in pile.items.values() if item.get("parent_id"))
    pile.met["parents_missing"] = [str(p) for p in dict.fromkeys(above) if p not in pile.items]


read_jira = Reader(
    "Jira issues", "jira", "issue", TELLING, _take, _finish, KINDS, gathered=_Pile
)  # fmt: skip
