"""One person in a workshop: the agenda, silent proposals, votes and what is agreed in the end."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path
from typing import Any

from vsmlib.board.desk import Desk, Message
from vsmlib.board.estimates import Estimate, estimates, spread
from vsmlib.board.store import Change, Store, now
from vsmlib.board.tags import WASTES
from vsmlib.errors import ParameterError, one_of

__all__ = ["DOTS", "STEPS", "Room", "take_part"]

DOTS = 5
STEPS = (
    ("purpose", "Purpose and boundaries", "Why are we here? Where does our stream begin and end?"),
    ("walk", "Walk the stream", "From delivery backwards: what comes in, what does it wait for?"),
    ("tag", "Tag", "Which states are work, which are waiting, and for what?"),
    ("estimate", "Estimate", "What no data shows: each for themselves, then all side by side."),
    ("pain", "Pains", "What hurts? Write in silence; all is shown at once."),
    ("idea", "Improvements", "What would help? Write in silence; all is shown at once."),
    ("vote", "Vote", f"Put {DOTS} dots on what is worth doing; counts are shown at the end."),
    ("agree", "Agree", "Who does it, how do we see that it helped, and when do we look?"),
    ("result", "Result", "The agreed stream, one page of what is and what shall be, the minutes."),
)  # fmt: skip
PURPOSE = ("goal", "customer", "begins", "ends")
ACTION = ("owner", "measure", "review", "days")
PROPOSALS, SILENT = ("pain", "idea"), ("pain", "idea", "vote")
AGENDA, DOOR = ("agenda", "agenda"), "(door)"
SECRET = re.compile(r"[0-9a-f]{32}")


class Room(Desk):
    """A desk in a workshop: a person sees what is theirs, and of others what was revealed.

    Parameters
    ----------
    store : Store
        Of the workshop.
    """

    def __init__(self, store: Store) -> None:
        self.id, self.leads = "", False
        super().__init__(store)
        self.verbs |= {
            "step": self._step,
            "at": lambda m: self._agenda(at=str(m["id"])),
            "reveal": self._reveal,
            "purpose": lambda m: self._fields("purpose", "purpose", PURPOSE, m),
            "action": self._action,
            "estimate": self._estimate,
            "pain": self._propose,
            "idea": self._propose,
            "drop": self._drop,
            "vote": self._vote,
            "result": self._result,
        }

    def _join(self, message: Message) -> None:
        """Let a person in; the secret of their browser, not their name, says who they are."""
        key, name = message["id"], " ".join(str(message["name"]).split())[:60]
        if not SECRET.fullmatch(key):
            raise TypeError(key)
        if not name:
            raise ParameterError("a name is needed", hint="give the one that others know you by")

        def alone() -> None:
            names = [str((row.data or {})["name"]) for row in self.store.rows("person").values()]
            if len({one.casefold() for one in (*names, DOOR)}) <= len(names):
                raise ParameterError("somebody here has that name", hint="add an initial")

        there = self.store.rows("person").get(key)
        if there is None or there.data != {"name": name}:
            seen = there.version if there else 0
            change = Change("person", key, seen, {"name": name})
            self.store.edit([change], DOOR, f"{name} came in", check=alone)
        given = hashlib.sha256(str(message.get("lead", "")).encode()).hexdigest()
        self.leads = hmac.compare_digest(given, str(self.store.shown().get("lead")))
        self.id, self.who = key, name

    def _lead(self) -> None:
        if not self.leads:
            raise ParameterError("only the facilitator can do this", hint="ask them")

    def _now(self) -> tuple[int, dict[str, Any]]:
        row = self.store.rows(AGENDA[0]).get(AGENDA[1])
        return (row.version, dict(row.data or {})) if row else (0, {})

    def _agenda(self, **what: Any) -> int:
        self._lead()
        version, data = self._now()
        return self.store.edit([Change(*AGENDA, version, data | what)], DOOR, "agenda")

    def _step(self, message: Message) -> int:
        """Go to a step; what was written in silence in those before it is shown."""
        to = min(max(int(message["to"]), 0), len(STEPS) - 1)
        past = {key for key, *_ in STEPS[:to] if key in SILENT}
        return self._agenda(step=to, revealed=sorted({*self._now()[1].get("revealed", []), *past}))

    def _reveal(self, message: Message) -> int:
        shown = self._now()[1].get("revealed", [])
        return self._agenda(revealed=sorted({*shown, str(message["what"])}))

    def _fields(self, sheet: str, key: str, known: tuple[str, ...], message: Message) -> int:
        given = {k: str(v).strip() for k, v in message["fields"].items()}
        for name in given:
            if name not in known:
                what, accepted, hint = one_of("field", name, known)
                raise ParameterError(what, accepted=accepted, hint=hint)
        row = self.store.rows(sheet).get(key)
        data = {k: v for k, v in {**((row and row.data) or {}), **given}.items() if v}
        return self.store.edit([Change(sheet, key, message["seen"], data)], self.me, sheet)

    def _action(self, message: Message) -> int:
        if message["id"] not in self.store.rows("idea"):
            raise ParameterError("this improvement is no longer there", hint="take another one")
        if days := str(message["fields"].get("days", "")).strip():
            Estimate.number(days, "days", 10_000)
        return self._fields("action", message["id"], ACTION, message)

    def _own(self, sheet: str, key: str, data: dict[str, Any] | None) -> int:
        row = self.store.rows(sheet).get(key)
        seen = row.version if row else self.store.version(sheet, key)
        return self.store.edit([Change(sheet, key, seen, data)], self.me, sheet)

    def _estimate(self, message: Message) -> int:
        stage = str(message["stage"])
        if stage not in self.store.rows("stage"):
            raise ParameterError("this state is no longer there", hint="take another one")
        data = Estimate.read(message["fields"])
        return self._own("estimate", f"{self._me_id}/{stage}", data)

    @property
    def _me_id(self) -> str:
        return self.id if self.me else ""

    def _propose(self, message: Message) -> int:
        text = str(message["text"]).strip()
        if not text:
            raise ParameterError("there is no text", hint="write what you mean")
        waste = str(message.get("waste") or "")
        if waste and waste not in WASTES:
            what, accepted, hint = one_of("waste", waste, WASTES)
            raise ParameterError(what, accepted=accepted, hint=hint)
        data = {"by": self._me_id, "text": text, "stage": str(message.get("stage") or "")}
        key = secrets.token_hex(6)
        return self._own(message["do"], key, data | ({"waste": waste} if waste else {}))

    def _drop(self, message: Message) -> int:
        sheet = message["sheet"]
        row = self.store.rows(sheet).get(message["id"]) if sheet in PROPOSALS else None
        if row is None or (row.data or {}).get("by") != self._me_id:
            raise ParameterError("this is not yours to take away", hint="ask its author")
        return self._own(sheet, message["id"], None)

    def _vote(self, message: Message) -> int:
        # So many more or fewer: who clicks quickly has not seen the answer to the last click yet.
        idea, more = message["idea"], int(message["dots"])
        row = self.store.rows("vote").get(self._me_id)
        mine = dict((row and row.data) or {})
        dots = mine.pop(idea, 0) + more
        if idea not in self.store.rows("idea") or not 0 <= dots <= DOTS - sum(mine.values()):
            raise ParameterError(f"there are {DOTS} dots for each of us", hint="take one away")
        return self._own("vote", self._me_id, mine | ({idea: dots} if dots else {}))

    def _result(self, _: Message) -> None:
        self._lead()
        self.store.show(wish={"by": self.me, "at": now()})

    def state(self) -> dict[str, Any]:
        """Return all that this person may see: nothing before they came in."""
        if not self.who:
            return {"who": "", "can": {}, "rows": [], "room": {}}
        return {**super().state(), "room": self._room()}

    def _room(self) -> dict[str, Any]:
        agenda, shown = self._now()[1], self.store.shown()
        revealed, rows = agenda.get("revealed", []), self.store.rows
        purpose = rows("purpose").get("purpose")
        return {
            "steps": STEPS,
            "step": agenda.get("step", 0),
            "at": agenda.get("at"),
            "revealed": revealed,
            "lead": self.leads,
            "people": sorted(str((row.data or {})["name"]) for row in rows("person").values()),
            "purpose": _versioned(purpose),
            "estimates": self._estimates(revealed),
            "measured": shown.get("measured", {}),
            "pain": self._proposals("pain", revealed),
            "idea": self._proposals("idea", revealed),
            "votes": self._votes(revealed),
            "actions": {key: _versioned(row) for key, row in rows("action").items()},
            "result": shown.get("result"),
        }

    def _estimates(self, revealed: list[str]) -> dict[str, Any]:
        found = estimates(self.store)
        mine = self.store.rows("estimate")
        made = {}
        for row in self.board.rows():
            own, all_of_it = mine.get(f"{self.id}/{row['id']}"), found.get(row["id"], [])
            open_now = f"estimate/{row['id']}" in revealed
            made[row["id"]] = {
                "mine": own.data if own else {},
                "count": len(all_of_it),
                "spread": spread(all_of_it) if open_now else None,
            }
        return made

    def _proposals(self, sheet: str, revealed: list[str]) -> dict[str, Any]:
        rows = {key: row.data or {} for key, row in self.store.rows(sheet).items()}
        seen = [
            {"id": key, "mine": data["by"] == self.id, **{k: data.get(k, "") for k in SHOWN}}
            for key, data in rows.items()
            if sheet in revealed or data["by"] == self.id
        ]
        return {"seen": seen, "count": len(rows)}

    def _votes(self, revealed: list[str]) -> dict[str, Any]:
        rows = self.store.rows("vote")
        mine = dict(rows[self.id].data or {}) if self.id in rows else {}
        counts = votes(self.store) if "vote" in revealed else None
        left = DOTS - sum(mine.values())
        return {"mine": mine, "left": left, "voters": len(rows), "counts": counts}


SHOWN = ("text", "stage", "waste")


def revealed(store: Store) -> list[str]:
    """Return what the facilitator has shown to all."""
    row = store.rows(AGENDA[0]).get(AGENDA[1])
    return list((row.data or {}).get("revealed", [])) if row else []


def estimates_shown(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Return the estimates that all have seen, as `estimates` does."""
    shown = revealed(store)
    return {k: given for k, given in estimates(store).items() if f"estimate/{k}" in shown}


def votes(store: Store) -> dict[str, int]:
    """Count the dots of all on each improvement."""
    counts: dict[str, int] = {}
    for row in store.rows("vote").values():
        for idea, dots in (row.data or {}).items():
            counts[idea] = counts.get(idea, 0) + dots
    return counts


def _versioned(row: Any) -> dict[str, Any]:
    return {"version": row.version, "data": row.data} if row else {"version": 0, "data": {}}


def take_part() -> Any:
    """Return the page of one person; the server says by its environment which workshop it is."""
    from vsmlib.board.widget import RoomWidget

    folder = Path(os.environ["VSM_WORKSHOP"])
    return RoomWidget(Room(Store(folder / "board.sqlite")))
