"""Which column is which: the names people and tools use, checked against what is in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vsmlib.engine.scan import Column
from vsmlib.errors import one_of, shown
from vsmlib.findings import Finding
from vsmlib.sources.times import is_time
from vsmlib.sources.unpack import printable, refuse

CONTRACT = {"item": "item_id", "time": "timestamp", "event": "event", "actor": "actor"}

# Names in ranks, best first, without spaces, signs and capitals, or their last word after "_".
# The first rank that a table has decides; two names of one rank in one table leave it open.
RANKS = """
item: itemid caseid workitemid caseconceptname traceid
item: issuekey issueid ticketid ticketkey ticketnumber incidentid changeid taskid storyid prnumber
item: pullrequestid pullrequest srnumber vorgangsnummer vorgangsid vorgang numerodeticket
item: case issue ticket item workitem key schlüssel clé incident
item: id number nummer nr
item: _id _key _nr _no _number
time: timestamp timetimestamp eventtimestamp
time: eventtime datetime occurredat happenedat when zeitstempel zeitpunkt horodatage fechahora
time: changed changedat changedate changedon changetime geändert geändertam sysupdatedat
time: time date datum zeit fecha ts at
time: created createdat updated updatedat completed completedat completetimestamp closed resolved
start: starttimestamp starttime startedat start startdate begin begintime started beginn
end: endtimestamp endtime endedat end enddate finish finished finishedat completedat completetime
end: completetimestamp completiontime complete completed
end: timetimestamp timestamp
event: event
event: activity activityname eventname eventtype aktivität ereignis activité actividad
event: conceptname
event: tostatus tostate newstatus newstate to tovalue tostring newvalue tostage nach
event: status state zustand statut estado incidentstate issuestatus ticketstatus workflowstate
event: stage phase step action transition operation task column lane
event: _status _state _activity
actor: actor
actor: resource orgresource user username userid performer person who changedby sysupdatedby
actor: author bearbeiter benutzer utilisateur usuario modifiedby updatedby
actor: assignee assignedto owner developer operator agent responsible
"""
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

    @property
    def parts(self) -> list[str]:
        """The moments of a row: its time, or its start and its end."""
        return ["time"] if self.time else ["start", "end"]

    def chosen(self) -> list[Column]:
        """Give the columns that play a part."""
        parts = (self.item, self.time, self.start, self.end, self.event, self.actor)
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

    `sample` is the texts of some rows; `given` column names by ``item, time, event, actor, start,
    end``; `repeats` tells whether values of a column are met more than once, as an item's are.
    A guess is told by the finding ``columns_guessed``.

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
        accepted = "one time column, or a start and an end column"
        refuse("--time and --start/--end exclude each other", where, "leave one out", accepted)
    chooser = _Chooser(columns, sample, where, repeats)
    chooser.settle(known, span)
    settled = set(chooser.parts)
    chooser.guess(span)
    told = () if settled == set(chooser.parts) else (chooser.note(),)
    return Roles(**chooser.parts, findings=told)


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
        """Take what is given, then the contract's own names."""
        for role, name in known.items():
            self.parts[role] = self.named(name)
        for role, name in CONTRACT.items():
            exact = [column for column in self.free() if column.name == name]
            if exact and role not in self.parts and not (span and role == "time"):
                self.parts[role] = exact[0]

    def guess(self, span: bool) -> None:
        """Choose columns for the parts that have none yet."""
        self.fill("item", self.items())
        span = span or ("time" not in self.parts and self.is_span())
        if not span:
            timely = [column for column in self.free() if self.timely(column)]
            # A name alone decides last: then the times are in a format of their own, or damaged.
            by_name = next(iter(self.ranks("time", checked=False)), [])
            self.fill("time", self.candidates("time") or timely or by_name)
        for role in ("start", "end") if span else ():
            self.fill(role, self.candidates(role))
        self.fill("event", self.candidates("event"))
        if "actor" not in self.parts and (actors := self.candidates("actor")):
            self.parts["actor"] = actors[0]

    def fill(self, role: str, found: Sequence[Column]) -> None:
        if role in self.parts:
            return
        if len(found) == 1:
            self.parts[role] = found[0]
            return
        names = [shown(column.name) for column in found or self.free()]
        what = f"several columns may be the {role}" if found else f"no column looks like the {role}"
        listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
        refuse(what, self.where, f"--{role} {names[0] if found else 'COLUMN'}", listed)

    def is_span(self) -> bool:
        """Tell whether a start and an end column take the place of the time column."""
        start, end = self.candidates("start"), self.candidates("end")
        if len(start) != 1 or len(end) != 1:
            return False
        other = [column for column in self.candidates("time") if column not in (*start, *end)]
        if other:
            self.fill("time", [*other, *start, *end])
        return True

    def named(self, name: str) -> Column:
        exact = [c for c in self.columns if c.name == name]
        found = exact or [c for c in self.columns if c.name.casefold() == name.casefold()]
        if len(found) == 1:
            return found[0]
        what, accepted, hint = one_of("column", name, (c.name for c in self.columns))
        return refuse(what, self.where, hint, accepted)

    def free(self) -> list[Column]:
        return [column for column in self.columns if column not in self.parts.values()]

    def candidates(self, role: str) -> list[Column]:
        return next(iter(self.ranks(role)), [])

    def ranks(self, role: str, *, checked: bool = True) -> list[list[Column]]:
        """Give the columns that may play a part, by rank of their names."""
        left, ranks = [c for c in self.free() if not checked or self.fits(role, c)], []
        for names in re.findall(f"^{role}: (.*)", RANKS, re.MULTILINE):
            ranks.append([c for c in left if not {*names.split()}.isdisjoint(_plain(c.name))])
            left = [c for c in left if c not in ranks[-1]]
        return [rank for rank in ranks if rank]

    def items(self) -> list[Column]:
        """Give the candidates for the item: of several those that repeat, as no row's id does."""
        ranks = self.ranks("item")
        if sum(map(len, ranks)) > 1 and "item" not in self.parts:
            repeating = ([column for column in rank if self.repeats(column)] for rank in ranks)
            return next((rank for rank in repeating if rank), ranks[0])
        return ranks[0] if ranks else []

    def fits(self, role: str, column: Column) -> bool:
        values = self.values[column.sql]
        if role in {"time", "start", "end"}:
            met = self.times[column.sql] > 0 or (role == "end" and not values)
            return met or _is_typed(column)
        if role == "item":
            return bool(values) and not _is_typed(column)
        if role == "event" and len(values) >= ENOUGH and len(set(values)) > 0.9 * len(values):
            return False
        return bool(values) and not self.timely(column)

    def timely(self, column: Column) -> bool:
        return _is_typed(column) or self.times[column.sql] * 2 > len(self.values[column.sql])

    def note(self) -> Finding:
        order = ("item", "time", "start", "end", "event", "actor")
        parts = [(role, self.parts[role].name) for role in order if role in self.parts]
        listed = ", ".join(f"{role}={printable(name)}" for role, name in parts)
        options = "--start --end" if "start" in self.parts else "--time"
        what = f"columns: {listed} (guessed; settle with --item {options} --event --actor)"
        return Finding("columns_guessed", "note", len(parts), what)


def _is_typed(column: Column) -> bool:
    return column.type.startswith(("TIMESTAMP", "DATE"))


def _plain(name: str) -> tuple[str, str]:
    """Give a name as names are compared, and its last word after "_"."""
    words = re.findall(r"[^\W_]+", re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)) or [""]
    return "".join(words).casefold(), "_" + words[-1].casefold()
