"""From an opened table to events and item columns: rows refused, repaired and told of."""
# ruff: noqa: S608  (SQL texts here hold names of our own only; values travel as parameters)

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from vsmlib.engine.duck import identifier
from vsmlib.engine.scan import Column, Scan, fresh, only_row, text, value
from vsmlib.errors import SourceError, shown
from vsmlib.findings import Finding, Level
from vsmlib.sources.columns import Roles
from vsmlib.sources.opened import EXAMPLES, counted, unique_names
from vsmlib.sources.times import Plan
from vsmlib.sources.zones import FOLD, GAP, zone_periods

__all__ = ["stage"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400_000_000
YEAR_1, YEAR_2100, YEAR_10000 = -719_162 * DAY, 47_482 * DAY, 2_932_897 * DAY
OWN_COLUMNS = ("source", "seq", "actor_type")
KEY = "item_id, t, event, actor"
BLANK, NO_ITEM, NO_EVENT, NO_TIME, NOT_A_TIME, NO_OFFSET = range(1, 7)
PROBLEMS = {
    BLANK: ("blank_rows", "without any value", "blank"),
    NO_ITEM: ("missing_item", "without an item", "no item"),
    NO_EVENT: ("missing_event", "without an event", "no event"),
    NO_TIME: ("missing_time", "without a time", "no {part}"),
    NOT_A_TIME: ("unparsable_time", "with a time that cannot be read", "{part} {said}"),
    NO_OFFSET: ("time_without_offset", "with a time without offset", "{part} {said}"),
}
ODD = {
    GAP: ("local_time_gap", "that no clock showed, as clocks were set forward", "moved forward"),
    FOLD: ("local_time_fold", "that clocks showed twice, as they were set back", "read as first"),
}


@dataclass(frozen=True)
class Job:
    """One table on its way: where it is, what its columns mean, what it is called."""

    con: Any
    stack: ExitStack
    scan: Scan
    roles: Roles
    plan: Plan
    where: str
    name: str

    @property
    def parts(self) -> list[str]:
        """The moments of a row: its time, or its start and its end."""
        return ["time"] if self.roles.time else ["start", "end"]


def stage(job: Job) -> tuple[str, str | None, list[Finding]]:
    """Make two DuckDB tables, the events and (if there are other columns) the items.

    Raises
    ------
    SourceError
        If no row is usable.
    """
    events, findings = _staged(job)
    with ExitStack() as undo:
        undo.callback(job.con.execute, f"DROP TABLE {events}")
        findings += [*_refuse(job, events), *_implausible(job, events), *_odd(job, events)]
        items = _items(job, events)
        findings += _drop_duplicates(job, events)
        for helper in ("row", "part", "odd_kind", "problem"):
            job.con.execute(f"ALTER TABLE {events} DROP COLUMN {helper}")
        undo.pop_all()
    return events, items, findings


def _staged(job: Job) -> tuple[str, list[Finding]]:
    """Make the events with what is wrong with them, none left out yet."""
    moments, findings = _moments(job)
    joined, u, odd = "", "aware", "NULL::BIGINT"
    if job.plan.zone:
        joined = f"ASOF LEFT JOIN {_periods(job, job.plan.zone)} ON naive >= since"
        u = "coalesce(aware, naive - shift)"
        odd = "CASE WHEN aware IS NULL AND naive >= odd_since THEN odd END"
    table = fresh("events")
    t = f"CASE WHEN u BETWEEN {YEAR_1} AND {YEAR_10000} THEN u END"
    job.con.execute(
        f"CREATE TABLE {table} AS SELECT row, part, odd_kind, item_id, {t} AS t, event, actor,"
        " CASE WHEN kind IN ('user', 'bot') THEN kind END AS actor_type, source, seq,"
        f" CASE WHEN NOT said AND coalesce(item_id, event, actor) IS NULL THEN {BLANK}"
        f" WHEN item_id IS NULL THEN {NO_ITEM} WHEN event IS NULL THEN {NO_EVENT}"
        f" WHEN NOT said THEN {NO_TIME} WHEN u IS NULL AND naive IS NOT NULL THEN {NO_OFFSET}"
        f" WHEN {t} IS NULL THEN {NOT_A_TIME} END AS problem"
        f" FROM (SELECT *, {u} AS u, {odd} AS odd_kind FROM ({moments}) {joined})",
        {**job.plan.params, "source": job.name},
    )
    return table, findings


def _moments(job: Job) -> tuple[str, list[Finding]]:
    """Give the SQL of one row a moment: its parts as texts, its time as aware or naive."""
    roles = job.roles
    own = {c.name: c for c in job.scan.columns if c.name in OWN_COLUMNS and c not in roles.chosen()}
    seq, findings = _seq(job, own.get("seq"))
    source = f"coalesce({text(own['source'])}, $source)" if "source" in own else "$source"
    kind = f"lower({text(own['actor_type'])})" if "actor_type" in own else "NULL::VARCHAR"
    actor = text(roles.actor) if roles.actor else "NULL::VARCHAR"
    made = []
    for place, (part, clock) in enumerate(zip(job.parts, job.plan.clocks, strict=True)):
        suffix, number = ("", seq) if part == "time" else (f" || ' {part}'", f"2 * {seq} + {place}")
        made.append(
            f"SELECT row, {place} AS part, {text(roles.item)} AS item_id,"
            f" {text(roles.event)}{suffix} AS event, {actor} AS actor, {kind} AS kind,"
            f" {source} AS source, {number} AS seq, s IS NOT NULL AS said,"
            f" {clock.aware} AS aware, {clock.naive} AS naive"
            f" FROM (SELECT *, {clock.source} AS s FROM {job.scan.table})"
            + (" WHERE s IS NOT NULL" if part == "end" else "")
        )
    return " UNION ALL ".join(made), findings


def _seq(job: Job, column: Column | None) -> tuple[str, list[Finding]]:
    """Give the SQL of the order in the source: its own if whole numbers, else the row."""
    if column is None:
        return "row", []
    seq = f"try_cast({text(column)} AS BIGINT)"
    good = f"{seq} BETWEEN {-(2**62)} AND {2**62 - 1}"
    count = f"SELECT count(*) FILTER (({good}) IS NOT TRUE) FROM {job.scan.table}"
    (bad,) = only_row(job.con, count)
    if not bad:
        return seq, []
    what = f"column seq holds no whole number in {counted(bad, 'row')}"
    return "row", [Finding("seq_unusable", "warning", bad, what, "repaired: rows in file order")]


def _periods(job: Job, zone: ZoneInfo) -> str:
    """Make a table of the zone's clock changes, to be joined."""
    periods = zone_periods(zone)
    table = fresh("periods")
    job.stack.callback(job.con.execute, f"DROP TABLE IF EXISTS {table}")
    listed = ", ".join(f"unnest(${name}::BIGINT[]) AS {name}" for name in periods)
    job.con.execute(f"CREATE TEMP TABLE {table} AS SELECT {listed}", periods)
    return table


def _refuse(job: Job, events: str) -> list[Finding]:
    """Take out the rows that have a problem, and say how many and which first."""
    met = job.con.execute(
        f"SELECT problem, count(DISTINCT row), min_by(row, row, {EXAMPLES}) FROM {events}"
        " WHERE problem IS NOT NULL GROUP BY problem ORDER BY problem"
    ).fetchall()
    findings = []
    for problem, rows, first in met:
        code, what, example = PROBLEMS[problem]
        examples = _examples(job, events, first, example)
        level: Level = "note" if problem == BLANK else "error"
        done = "left out" if problem == BLANK else "refused"
        findings.append(
            Finding(code, level, rows, f"{counted(rows, 'row')} {what}", done, examples)
        )
    if met:
        job.con.execute(
            f"DELETE FROM {events} WHERE row IN"
            f" (SELECT row FROM {events} WHERE problem IS NOT NULL)"
        )
    (left,) = only_row(job.con, f"SELECT count(*) FROM {events}")
    if not left:
        worst = findings[-1]
        raise SourceError(
            f"no row is usable: {'; '.join(f.what for f in findings)} ({worst.examples[0]})",
            where=job.where,
            accepted="rows with an item, an event and a time",
            hint="check --item, --time and --event, or the file",
        )
    return findings


def _examples(job: Job, events: str, rows: Sequence[int], wording: str) -> tuple[str, ...]:
    """Word the first few rows, each with its place in the source."""
    said = ", ".join(f"({clock.source})::VARCHAR" for clock in job.plan.clocks)
    found = job.con.execute(
        f"SELECT DISTINCT ON (row) {job.scan.line}, part, [{said}] FROM {job.scan.table}"
        f" JOIN {events} USING (row) WHERE row IN (SELECT unnest($rows::BIGINT[]))"
        " ORDER BY row, problem",
        {"rows": list(rows)},
    ).fetchall()
    return tuple(
        f"row {line}: " + wording.format(part=job.parts[part], said=shown(said[part]))
        for line, part, said in found
    )


def _implausible(job: Job, events: str) -> list[Finding]:
    test = f"t < {DAY} OR t >= {YEAR_2100}"
    found = job.con.execute(
        f"SELECT row, t FROM {events} WHERE {test} ORDER BY row LIMIT {EXAMPLES}"
    ).fetchall()
    if not found:
        return []
    (count,) = only_row(job.con, f"SELECT count(*) FROM {events} WHERE {test}")
    lines = _lines(job, [row for row, _ in found])
    examples = tuple(
        f"row {lines[row]}: {(EPOCH + timedelta(microseconds=t)).isoformat()}" for row, t in found
    )
    what = f"{counted(count, 'time')} before 1970, on its first day, or after 2099"
    return [Finding("implausible_time", "warning", count, what, "kept", examples)]


def _odd(job: Job, events: str) -> list[Finding]:
    """Tell of local times that the clock skipped or showed twice."""
    if not job.plan.zone:
        return []
    found = job.con.execute(
        f"SELECT odd_kind, count(*), min_by(row, row, {EXAMPLES}) FROM {events}"
        " WHERE odd_kind > 0 GROUP BY odd_kind ORDER BY odd_kind"
    ).fetchall()
    return [
        Finding(
            ODD[kind][0],
            "warning",
            count,
            f"{counted(count, 'local time')} in {job.plan.zone.key} {ODD[kind][1]}",
            f"repaired: {ODD[kind][2]}",
            _examples(job, events, first, "{part} {said}"),
        )
        for kind, count, first in found
    ]


def _items(job: Job, events: str) -> str | None:
    """Make the item columns: of each item and column the last value that is not null."""
    used = {column.sql for column in job.roles.chosen()}
    others = [c for c in job.scan.columns if c.sql not in used and c.name not in OWN_COLUMNS]
    if not others:
        return None
    names = unique_names(["item_id", *(column.name for column in others)])
    # One number orders by time and then by seq; 128 bits hold both.
    keyed = f"(SELECT item_id, row, t::HUGEINT * {2**64} + seq AS k FROM {events})"
    last, items = fresh("last"), fresh("items")
    job.stack.callback(job.con.execute, f"DROP TABLE IF EXISTS {last}")
    job.con.execute(
        f"CREATE TEMP TABLE {last} AS SELECT item_id, arg_max(row, k) AS row FROM {keyed}"
        " GROUP BY item_id"
    )
    rows = f"{last} JOIN {job.scan.table} USING (row)"
    known = ", ".join(f"count({value(column)})" for column in others)
    size, *sizes = only_row(job.con, f"SELECT count(*), {known} FROM {rows}")
    # Most columns have a value in every item's last row; only the others need a search.
    gaps = {c.sql for c, known in zip(others, sizes, strict=True) if known < size}
    if gaps:
        found = ", ".join(f"arg_max({value(c)}, k) AS n{c.sql}" for c in others if c.sql in gaps)
        searched = f"FROM {keyed} JOIN {job.scan.table} USING (row) GROUP BY item_id"
        rows += f" JOIN (SELECT item_id, {found} {searched}) USING (item_id)"
    listed = ", ".join(
        f"{f'n{c.sql}' if c.sql in gaps else value(c)} AS {identifier(name)}"
        for c, name in zip(others, names[1:], strict=True)
    )
    job.con.execute(f"CREATE TABLE {items} AS SELECT item_id, {listed} FROM {rows}")
    return items


def _drop_duplicates(job: Job, events: str) -> list[Finding]:
    """Keep the first of events that are the same in item, time, event and actor."""
    count, different = only_row(
        job.con, f"SELECT count(*), count(DISTINCT hash({KEY})) FROM {events}"
    )
    if count == different:
        return []
    twice = (
        f"SELECT rowid, row, row_number() OVER (PARTITION BY {KEY} ORDER BY seq, row) AS n"
        f" FROM {events} WHERE hash({KEY}) IN"
        f" (SELECT hash({KEY}) FROM {events} GROUP BY ALL HAVING count(*) > 1)"
    )
    count, first = only_row(
        job.con, f"SELECT count(*), min_by(row, row, {EXAMPLES}) FROM ({twice}) WHERE n > 1"
    )
    if not count:
        return []
    job.con.execute(
        f"DELETE FROM {events} WHERE rowid IN (SELECT rowid FROM ({twice}) WHERE n > 1)"
    )
    lines = _lines(job, first)
    what = f"{counted(count, 'event')} repeated: same item, time, event and actor"
    examples = tuple(f"row {lines[row]}" for row in dict.fromkeys(first))
    return [Finding("duplicate_rows", "warning", count, what, "repaired: removed", examples)]


def _lines(job: Job, rows: Sequence[int]) -> dict[int, int]:
    """Give the numbers by which people find rows."""
    found = job.con.execute(
        f"SELECT row, {job.scan.line} FROM {job.scan.table}"
        " WHERE row IN (SELECT unnest($rows::BIGINT[]))",
        {"rows": list(rows)},
    )
    return dict(found.fetchall())
