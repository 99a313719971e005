"""Which column is which: the names people and tools use, checked against what is in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vsmlib.engine.scan import Column
from vsmlib.errors import SourceError, one_of, shown
from vsmlib.findings import Finding
from vsmlib.sources.formats import is_time
from vsmlib.sources.unpack import printable

__all__ = ["CONTRACT", "Roles", "choose_columns"]

CONTRACT = {"item": "item_id", "time": "timestamp", "event": "event", "actor": "actor"}

# Names in ranks, best first, without spaces, signs and capitals; the first rank that a
# table has decides. Two names of one rank in one table leave it open.
NAMES: dict[str, list[str]] = {
    "item": [
        "itemid caseid workitemid caseconceptname traceid",
        "issuekey issueid ticketid ticketkey ticketnumber incidentid caseidentifier changeid"
        " taskid storyid pullrequestid pullrequest prnumber srnumber vorgangsnummer vorgangsid"
        " vorgang fallid ticketnummer numerodeticket idcaso numero",
        "case issue ticket item workitem key schlüssel clé clave incident",
        "id number nummer nr",
    ],
    "time": [
        "timestamp timetimestamp eventtimestamp",
        "eventtime datetime occurredat happenedat when zeitstempel zeitpunkt horodatage"
        " fechahora transitiontime transitiondate changetime",
        "changed changedat changedate changedon geändert geändertam sysupdatedat",
        "time date datum zeit fecha ts at",
        "created createdat createdon updated updatedat completed completedat completetimestamp"
        " closed closedat resolved resolvedat erstellt",
    ],
    "start": [
        "starttimestamp starttime startedat start startdate begin begintime started beginn"
        " startzeit début inicio"
    ],
    "end": [
        "endtimestamp endtime endedat end enddate completetimestamp completetime completiontime"
        " complete completed completedat finish finished finishedat finishtime ende endzeit fin",
        "timetimestamp timestamp",
    ],
    "event": [
        "event",
        "activity activityname eventname eventtype aktivität ereignis activité actividad",
        "conceptname",
        "tostatus tostate newstatus newstate to tovalue tostring newvalue tostage nach",
        "status state zustand statut estado incidentstate issuestatus ticketstatus workflowstate",
        "stage phase step action transition operation task column lane",
    ],
    "actor": [
        "actor",
        "orgresource resource user username userid performer person who changedby sysupdatedby"
        " bearbeiter benutzer utilisateur usuario author modifiedby updatedby",
        "assignee assignedto owner developer operator agent responsible zuständig responsable",
    ],
}
# What the last word of an item's or event's column may be, where no name above is met.
LAST_WORDS = {"item": {"id", "key", "nr", "no", "number"}, "event": {"status", "state", "activity"}}
ENOUGH = 20


@dataclass(frozen=True)
class Roles:
    """Which column plays which part: either ``time``, or ``start`` and ``end``."""

    item: Column
    event: Column
    time: Column | None = None
    start: Column | None = None
    end: Column | None = None
    actor: Column | None = None
    findings: tuple[Finding, ...] = ()

    def chosen(self) -> list[Column]:
        """Give the columns that play a part."""
        parts = (self.item, self.event, self.time, self.start, self.end, self.actor)
        return [column for column in parts if column]


def choose_columns(
    columns: Sequence[Column],
    sample: Sequence[Sequence[str | None]],
    given: dict[str, str | None],
    *,
    where: str,
    repeats: Callable[[Column], bool] = lambda column: True,
) -> Roles:
    """Find the columns of item, time (or start and end), event and actor.

    What is given holds; then the contract's own names (``item_id, timestamp, event, actor``);
    then names that people and tools use, if what is in the column agrees.

    Parameters
    ----------
    columns : sequence of Column
        The columns of the table.
    sample : sequence of rows
        The texts of some of its rows.
    given : dict
        Column names by ``item, time, event, actor, start, end``; None where not given.
    where : str
        The source, for messages.
    repeats : callable
        Tells whether values of a column are met more than once, as an item's are.

    Returns
    -------
    Roles
        With a finding ``columns_guessed`` if any column was guessed.

    Raises
    ------
    SourceError
        If there is no such column, or none or several could be meant.

    Examples
    --------
    >>> columns = [Column(n, f"c{i}", "VARCHAR") for i, n in enumerate(["Key", "When", "Status"])]
    >>> roles = choose_columns(columns, [("A-1", "2026-11-22", "Open")], {}, where="a.csv")
    >>> roles.findings[0].what.replace('--time --event --actor', '…')
    'columns: item=Key, time=When, event=Status (guessed; settle with --item …)'
    """
    known = {role: name for role, name in given.items() if name}
    span = bool({"start", "end"} & set(known))
    if span and "time" in known:
        raise SourceError(
            "--time and --start/--end exclude each other",
            where=where,
            accepted="one time column, or a start and an end column",
            hint="leave one of them out",
        )
    chooser = _Chooser(columns, sample, where, repeats)
    chooser.settle(known, span)
    return chooser.guess(span)


class _Chooser:
    """The columns of one table, those that have a part, and what tells of the others."""

    def __init__(
        self,
        columns: Sequence[Column],
        sample: Sequence[Sequence[str | None]],
        where: str,
        repeats: Callable[[Column], bool],
    ) -> None:
        self.columns, self.where, self.repeats = columns, where, repeats
        values = zip(*sample, strict=True) if sample else ((),) * len(columns)
        self.values = {c.sql: [v for v in vs if v] for c, vs in zip(columns, values, strict=True)}
        self.times = {sql: sum(map(is_time, found)) for sql, found in self.values.items()}
        self.parts: dict[str, Column] = {}

    def settle(self, known: dict[str, str], span: bool) -> None:
        for role, name in known.items():
            self.parts[role] = self.named(name)
        for role, name in CONTRACT.items():
            exact = [column for column in self.free() if column.name == name]
            if exact and role not in self.parts and not (span and role == "time"):
                self.parts[role] = exact[0]

    def guess(self, span: bool) -> Roles:
        settled = set(self.parts)
        if "item" not in self.parts:
            self.parts["item"] = self.one("item", self.items())
        if not span and "time" not in self.parts:
            span = self.guess_moment()
        for role in ("start", "end") if span else ():
            if role not in self.parts:
                self.parts[role] = self.one(role, self.candidates(role))
        if "event" not in self.parts:
            self.parts["event"] = self.one("event", self.candidates("event"))
        if "actor" not in self.parts and (actors := self.candidates("actor")):
            self.parts["actor"] = actors[0]
        if settled == set(self.parts):
            return Roles(**self.parts)  # type: ignore[arg-type]
        return Roles(**self.parts, findings=(self.note(),))

    def guess_moment(self) -> bool:
        """Choose the time column, or tell that a start and an end column take its place."""
        start, end = self.candidates("start"), self.candidates("end")
        times = self.candidates("time")
        if len(start) != 1 or len(end) != 1:
            # A name alone decides last: then the times are in a format of their own, or damaged.
            by_name = self.ranks("time", checked=False)[:1]
            times = times or [column for column in self.free() if self.timely(column)]
            self.parts["time"] = self.one(
                "time", times or [column for rank in by_name for column in rank]
            )
            return False
        other = [column for column in times if column not in (*start, *end)]
        if other:
            raise SourceError(
                f"when did it happen: at {shown(other[0].name)}, or from {shown(start[0].name)}"
                f" to {shown(end[0].name)}?",
                where=self.where,
                accepted="--time, or --start and --end",
                hint=f"--time {shown(other[0].name)}",
            )
        return True

    def named(self, name: str) -> Column:
        exact = [c for c in self.columns if c.name == name]
        found = exact or [c for c in self.columns if c.name.casefold() == name.casefold()]
        if len(found) == 1:
            return found[0]
        what, accepted, hint = one_of("column", name, (c.name for c in self.columns))
        raise SourceError(what, where=self.where, accepted=accepted, hint=hint)

    def free(self) -> list[Column]:
        return [column for column in self.columns if column not in self.parts.values()]

    def one(self, role: str, found: Sequence[Column]) -> Column:
        if len(found) == 1:
            return found[0]
        names = [shown(column.name) for column in found or self.free()]
        listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
        what = f"several columns may be the {role}" if found else f"no column looks like the {role}"
        raise SourceError(
            what,
            where=self.where,
            accepted=listed or "a table with more columns",
            hint=f"--{role} {names[0] if found else 'COLUMN'}",
        )

    def candidates(self, role: str) -> list[Column]:
        """Give the columns whose names fit best."""
        return next(iter(self.ranks(role)), [])

    def ranks(self, role: str, *, checked: bool = True) -> list[list[Column]]:
        """Give the columns that may play a part by rank of their names, telling last words last."""
        fitting = [column for column in self.free() if not checked or self.fits(role, column)]
        ranks = [[c for c in fitting if _plain(c.name) in rank.split()] for rank in NAMES[role]]
        known = {column.sql for rank in ranks for column in rank}
        last = LAST_WORDS.get(role, set())
        ranks.append([c for c in fitting if c.sql not in known and _last_word(c.name) in last])
        return [rank for rank in ranks if rank]

    def items(self) -> list[Column]:
        """Give the candidates for the item: of several those that repeat, as no row's id does."""
        ranks = self.ranks("item")
        if sum(map(len, ranks)) > 1:
            repeating = ([column for column in rank if self.repeats(column)] for rank in ranks)
            return next((rank for rank in repeating if rank), ranks[0])
        return ranks[0] if ranks else []

    def fits(self, role: str, column: Column) -> bool:
        values = self.values[column.sql]
        typed = column.type.startswith(("TIMESTAMP", "DATE"))
        if role in {"time", "start", "end"}:
            return typed or self.times[column.sql] > 0 or (role == "end" and not values)
        if role == "item":
            return bool(values) and not typed
        if role == "event" and len(values) >= ENOUGH and len(set(values)) > 0.9 * len(values):
            return False
        return bool(values) and not self.timely(column)

    def timely(self, column: Column) -> bool:
        typed = column.type.startswith(("TIMESTAMP", "DATE"))
        return typed or self.times[column.sql] * 2 > len(self.values[column.sql])

    def note(self) -> Finding:
        order = ("item", "time", "start", "end", "event", "actor")
        parts = [(role, self.parts[role].name) for role in order if role in self.parts]
        listed = ", ".join(f"{role}={printable(name)}" for role, name in parts)
        options = "--start --end" if "start" in self.parts else "--time"
        what = f"columns: {listed} (guessed; settle with --item {options} --event --actor)"
        return Finding("columns_guessed", "note", len(parts), what)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name.casefold())


def _last_word(name: str) -> str:
    words = re.findall(r"[^\W_]+", re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name))
    return words[-1].casefold() if words else ""
