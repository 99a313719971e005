"""Azure DevOps (Services or Server) as events: work items by their updates, and pull requests.

They are JSON of ``/wit/workItems`` and, in any order, ``/wit/workItems/ID/updates``; of
``/git/pullrequests``. Events of work items: each state under its name; ``column X`` for the
board's columns; ``assigned, commented, sprint_changed, blocked, unblocked, edited``. Pull requests
(``!ID``) have ``created``, then ``completed`` or ``abandoned``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from vsmlib.findings import Kind
from vsmlib.sources.extract import mentions
from vsmlib.sources.gathered import Gathered, Reader, named, plainly
from vsmlib.sources.objects import Found, Json, at

__all__ = ["read_azure"]

TELLING = re.compile(rb'"(?:System\.(?:State|Rev|ChangedDate)|workItemId|pullRequestId)"\s*:')
STATE, CREATED, CHANGED = "System.State", "System.CreatedDate", "System.ChangedDate"
BLOCKED = "Microsoft.VSTS.CMMI.Blocked"
# Fields and what their changes are called; of others the item was edited.
EVENTS = {"System.AssignedTo": "assigned", "System.IterationPath": "sprint_changed",
          "System.History": "commented"}  # fmt: skip
# What every update changes, and what says nothing of work.
AUTOMATIC = {"System.Rev", "System.RevisedDate", CHANGED, "System.AuthorizedDate", CREATED,
             "System.Watermark", "System.ChangedBy", "System.AuthorizedAs", "System.PersonId",
             "System.Reason", "System.Id", "System.CommentCount", "System.CreatedBy",
             "System.BoardLane", "Microsoft.VSTS.Common.StateChangeDate",
             "Microsoft.VSTS.Common.StackRank",
             "Microsoft.VSTS.Common.BacklogPriority"}  # fmt: skip
KINDS: tuple[Kind, ...] = (
    ("incomplete_updates", "error", "{n} work items lack updates in between",
     "kept; fetch all pages of /workItems/ID/updates"),
    ("no_updates", "error", "{n} work items come without updates",
     "kept as the state of today since it changed"),
)  # fmt: skip


def _take(gathered: Gathered, found: Found) -> bool:
    thing = found.thing
    if "workItemId" in thing and isinstance(plainly(thing.get("rev")), int):
        gathered.waiting.append(thing)
    elif isinstance(thing.get("fields"), dict) and isinstance(plainly(thing.get("rev")), int):
        _item(gathered, thing)
    elif "pullRequestId" in thing:
        _pull(gathered, thing)
    else:
        return False
    return True


def _item(gathered: Gathered, thing: Json) -> None:
    """Take a work item, or a revision of one: the newest has its way."""
    fields, ident = thing["fields"], str(thing.get("id"))
    if int(gathered.items.get(ident, {}).get("rev") or 0) > int(thing["rev"]):
        return
    gathered.item(
        ident, item_type=fields.get("System.WorkItemType"), status=fields.get(STATE),
        team=fields.get("System.AreaPath") or fields.get("System.TeamProject"),
        priority=_text(fields.get("Microsoft.VSTS.Common.Priority")),
        parent_id=_text(fields.get("System.Parent")), tags=fields.get("System.Tags"),
        sprint=fields.get("System.IterationPath"), rev=str(thing["rev"]),
        since=fields.get("Microsoft.VSTS.Common.StateChangeDate") or fields.get(CHANGED),
    )  # fmt: skip


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _finish(gathered: Gathered) -> None:
    updates: dict[str, dict[int, Json]] = {}
    for thing in gathered.waiting:
        updates.setdefault(str(thing["workItemId"]), {})[int(thing["rev"])] = thing
    for ident, revisions in updates.items():
        gathered.item(ident)
        for _, update in sorted(revisions.items()):
            _update(gathered, ident, update)
        last = max(*revisions, int(gathered.items[ident].get("rev") or 0))
        if len(revisions) < last:
            gathered.met["incomplete_updates"].append(f"{ident}: {len(revisions)} of {last}")
    for ident, facts in gathered.items.items():
        since = facts.pop("since", None)
        if ident not in updates and "rev" in facts:
            gathered.met["no_updates"].append(ident)
            gathered.mark(ident, since, facts.get("status"))


def _update(gathered: Gathered, ident: str, update: Json) -> None:
    fields = update.get("fields")
    changed = {name: change for name, change in fields.items() if isinstance(change, dict)} \
        if isinstance(fields, dict) else {}  # fmt: skip
    # the last revision's revisedDate is the year 9999: when it ends, not when it began
    when = at(changed, CHANGED, "newValue") or update.get("revisedDate")
    kind = at(changed, "System.WorkItemType", "newValue")
    gathered.item(ident, item_type=kind, parent_id=_text(at(changed, "System.Parent", "newValue")))
    relations = at(update, "relations")
    events = [*_events(changed), *(["linked"] if at(relations, "added") else [])]
    if events and str(when).startswith("9999"):
        gathered.met["events_without_time"].append(f"{ident}: update {update.get('id')}")
        return
    for event in dict.fromkeys(events):
        gathered.mark(ident, when, event, update.get("revisedBy"))


def _events(changed: dict[str, Json]) -> Iterator[str]:
    for name, change in changed.items():
        new = change.get("newValue")
        if name == STATE and new:
            yield str(new)
        elif name == "System.BoardColumn" and new:
            yield f"column {new}"
        elif name == BLOCKED:
            yield "blocked" if new == "Yes" else "unblocked"
        elif name in EVENTS:
            yield EVENTS[name]
        elif name not in AUTOMATIC and not name.startswith("WEF_") and "oldValue" in change:
            yield "edited"


def _pull(gathered: Gathered, thing: Json) -> None:
    ident, repository = f"!{thing['pullRequestId']}", thing.get("repository")
    if ident in gathered.items:
        gathered.met["met_twice"].append(ident)
        return
    gathered.item(
        ident, item_type="pull_request", team=at(repository, "name"), status=thing.get("status"),
        branch=thing.get("sourceRefName"), commit=at(thing, "lastMergeCommit", "commitId"),
        tags=named(thing.get("labels")),
        mentions=mentions(thing.get("title"), branch=thing.get("sourceRefName")),
    )  # fmt: skip
    gathered.mark(ident, thing.get("creationDate"), "created", thing.get("createdBy"))
    if thing.get("closedDate"):
        gathered.mark(ident, thing["closedDate"], thing.get("status"), thing.get("closedBy"))


read_azure = Reader("Azure DevOps work items", "azure", "item", TELLING, _take, _finish, KINDS)
