"""Linear issues as events: JSON answers of the GraphQL query ``issues``.

It asks for ``identifier, createdAt, creator, state, team, history { nodes { createdAt actor
fromState toState … } pageInfo }, comments``. Events: each state by its name of the day, the first
one from the creation on; ``assigned, sprint_changed, edited, archived, commented``.
"""

from __future__ import annotations

import re
from typing import Any

from vsmlib.findings import Kind
from vsmlib.sources.gathered import Gathered, Reader, listed, named
from vsmlib.sources.objects import Found, Json, at

__all__ = ["read_linear"]

TELLING = re.compile(rb'(?s)^(?=.*"createdAt"\s*:).*"identifier"\s*:\s*"[A-Z][A-Z0-9_]*-\d+"')
# Times of an issue, for one without history, and the state's type at each.
OUTLINE = (("startedAt", "started"), ("completedAt", "completed"), ("canceledAt", "canceled"))
KINDS: tuple[Kind, ...] = (
    ("no_history", "error", "{n} issues come without history",
     "kept as `created, started, completed, canceled`; query history { nodes { … } }"),
    ("incomplete_history", "error", "{n} issues come with a part of their history",
     "kept; page through history"),
)  # fmt: skip


def _take(gathered: Gathered, found: Found) -> bool:
    thing = found.thing
    if "identifier" not in thing or "createdAt" not in thing:
        return False
    key = str(thing["identifier"])
    known = gathered.items.get(key)
    if known:
        gathered.met["met_twice"].append(key)
        if str(thing.get("updatedAt")) <= str(known.get("updated_at")):
            return True
        gathered.marks.pop(key, None)
    gathered.item(
        key, item_type="issue", team=at(thing, "team", "key") or key.rpartition("-")[0],
        priority=thing.get("priorityLabel"), parent_id=at(thing, "parent", "identifier"),
        status=at(thing, "state", "name"), labels=named(_nodes(thing.get("labels"))),
        project=at(thing, "project", "name"), updated_at=thing.get("updatedAt"),
    )  # fmt: skip
    _story(gathered, key, thing)
    for comment in _nodes(thing.get("comments")):
        gathered.mark(key, comment.get("createdAt"), "commented", comment.get("user"))
    return True


def _nodes(value: Any) -> list[Json]:
    return listed(at(value, "nodes") if isinstance(value, dict) else value)


def _story(gathered: Gathered, key: str, thing: Json) -> None:
    if "history" not in thing:
        gathered.met["no_history"].append(key)
        gathered.mark(key, thing["createdAt"], "created", thing.get("creator"))
        for when, event in OUTLINE:
            if thing.get(when):
                gathered.mark(key, thing[when], event)
        return
    if at(thing, "history", "pageInfo", "hasNextPage"):
        gathered.met["incomplete_history"].append(key)
    history = sorted(_nodes(thing["history"]), key=lambda part: str(part.get("createdAt")))
    moves = [part for part in history if at(part, "toState", "name")]
    first = at(moves[0], "fromState", "name") if moves else at(thing, "state", "name")
    if first:
        gathered.mark(key, thing["createdAt"], first, thing.get("creator"))
    for part in history:
        gathered.mark(key, part.get("createdAt"), _event(part),
                      part.get("actor") or part.get("botActor"))  # fmt: skip


def _event(part: Json) -> str:
    if name := at(part, "toState", "name"):
        return str(name)
    if part.get("toAssignee") or part.get("fromAssignee"):
        return "assigned"
    if part.get("toCycle") or part.get("fromCycle"):
        return "sprint_changed"
    return "archived" if part.get("archived") else "edited"


read_linear = Reader("Linear issues", "linear", "issue", TELLING, _take, kinds=KINDS)
