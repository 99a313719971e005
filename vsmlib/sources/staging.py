"""From an opened table to events and item columns: rows refused, repaired and told of."""
# ruff: noqa: S608  (SQL texts here hold names of our own only; values travel as parameters)

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from vsmlib.engine import default, records, size, to_pandas
from vsmlib.engine.duck import literal
from vsmlib.engine.scan import Column, Scan, fresh, text, value
from vsmlib.errors import shown
from vsmlib.findings import Finding, Level
from vsmlib.sources.columns import Roles
from vsmlib.sources.extract import EVENT_COLUMNS
from vsmlib.sources.rows import EXAMPLES, counted, numbered, renamed
from vsmlib.sources.times import TYPED, Plan
from vsmlib.sources.unpack import refuse

Frame = nw.LazyFrame[Any]
DAY = 86_400_000_000
YEAR_1, YEAR_2100, YEAR_10000 = -719_162 * DAY, 47_482 * DAY, 2_932_897 * DAY
OWN_COLUMNS = ("source", "seq", "actor_type")
ITEM_COLUMNS = ("item_type", "team", "priority", "parent_id")
BLANK, NO_ITEM, NO_EVENT, NO_TIME, NOT_A_TIME, NO_OFFSET, GAP, FOLD, IMPLAUSIBLE = range(1, 10)
# By code: name and level of the finding, what a row has, what was done.
PROBLEMS: dict[int, tuple[str, Level, str, str]] = {
    BLANK: ("blank_rows", "note", "no value at all", "left out"),
    NO_ITEM: ("missing_item", "error", "no item", "refused"),
    NO_EVENT: ("missing_event", "error", "no event", "refused"),
    NO_TIME: ("missing_time", "error", "no time", "refused"),
    NOT_A_TIME: ("unparsable_time", "error", "a time that cannot be read", "refused"),
    NO_OFFSET: ("time_without_offset", "error", "a time without offset", "refused"),
    GAP: ("local_time_gap", "warning", "a time that clocks skipped", "repaired: moved forward"),
    FOLD: ("local_time_fold", "warning", "a time that clocks showed twice", "read as the first"),
    IMPLAUSIBLE: ("implausible_time", "warning", "a time before 1970-01-02 or after 2099", "kept"),
}


@dataclass(frozen=True)
class Job:
    """One table on its way: where it is, what its columns mean, what it is called."""

    con: Any
    scan: Scan
    roles: Roles
    plan: Plan
    where: str
    name: str


@dataclass
class Staged:
    """The moments of a table, none left out yet.

    Attributes
    ----------
    events : frame
        `EVENT_COLUMNS`; ``row, part`` (which moment of it)``, same`` (a hash of the row)``,
        problem`` (a code or null)``, written`` (with a problem, the time as it stands there).
    rows : frame
        The table: ``row, line`` (what people call it), and the columns by their name in SQL.
    values : frame
        The same, without ``line``, as item columns want them.
    """

    engine: Any
    events: Frame
    rows: Frame
    values: Frame
    columns: list[Column]
    roles: Roles
    where: str
    plain: Callable[[str], str] = str  # how the engine wants names of columns


def stage(job: Job) -> tuple[Frame, Frame | None, list[Finding]]:
    """Make the events and (if there are other columns) the items.

    What can be read again at little cost is never copied: the events are then a query.
    """
    con, columns, table = job.con, job.scan.columns, job.scan.table
    named = ", ".join(f"{value(column)} AS {column.sql}" for column in columns)
    rows, values = (nw.from_native(con.sql(f"SELECT row, {what} FROM {table}"))
                    for what in (f"{job.scan.line} AS line, {job.scan.every}", named))  # fmt: skip
    made = Staged(default(), rows, rows, values, columns, job.roles, job.where)
    moments = (job.roles.time, job.roles.start, job.roles.end)
    if job.scan.lasting and all(c.type.startswith(TYPED) for c in moments if c):
        made.events = nw.from_native(con.sql(_staged(job, columns)))
        items, findings = settled(made)
        return made.events.select(*EVENT_COLUMNS), items, findings
    name = fresh("events")
    con.execute(f"CREATE TABLE {name} AS {_staged(job)}", job.plan.params)
    with ExitStack() as undo:
        undo.callback(con.execute, f"DROP TABLE {name}")
        made.events = nw.from_native(con.table(name))
        items, findings = settled(made)
        for helper in ("row", "part", "same", "problem", "written"):
            con.execute(f"ALTER TABLE {name} DROP COLUMN {helper}")
        undo.pop_all()
    return nw.from_native(con.table(name)), items, findings


def settled(made: Staged) -> tuple[Frame | None, list[Finding]]:
    """Take out the rows that must be refused and those that repeat others; make the items."""
    findings = _problems(made)
    items, told = _items(made)
    return items, [*findings, *told, *_drop_duplicates(made)]


def _staged(job: Job, beside: Sequence[Column] = ()) -> str:
    """Give the SQL of the events with what is wrong with them, none left out yet."""
    moments, names = _moments(job, beside), "".join(f", {column.sql}" for column in beside)
    inner = f"SELECT *, aware AS u, NULL AS odd FROM ({moments})"
    if job.plan.zone:
        inner = _localised(moments, literal(job.plan.zone))
    t = f"CASE WHEN u BETWEEN {YEAR_1} AND {YEAR_10000} THEN u END"
    return (
        f"SELECT row, part, same, item_id, {t} AS t, event, actor,"
        f" CASE WHEN kind IN ('user', 'bot') THEN kind END AS actor_type, source, seq{names},"
        # Nearly all rows are fine, and one look tells.
        " CASE WHEN item_id IS NOT NULL AND event IS NOT NULL AND odd IS NULL"
        f" AND u BETWEEN {DAY} AND {YEAR_2100 - 1} THEN NULL"
        f" WHEN NOT said AND coalesce(item_id, event, actor) IS NULL THEN {BLANK}"
        f" WHEN item_id IS NULL THEN {NO_ITEM} WHEN event IS NULL THEN {NO_EVENT}"
        f" WHEN NOT said THEN {NO_TIME} WHEN u IS NULL AND naive IS NOT NULL THEN {NO_OFFSET}"
        f" WHEN {t} IS NULL THEN {NOT_A_TIME} WHEN odd > 0 THEN odd"
        f" WHEN u NOT BETWEEN {DAY} AND {YEAR_2100 - 1} THEN {IMPLAUSIBLE} END AS problem,"
        f" CASE WHEN problem IS NOT NULL THEN written END AS written FROM ({inner})"
    )


def _localised(moments: str, zone: str) -> str:
    """Give the SQL that reads local times: of two moments the first, after a gap by its length."""
    wall = f"CASE WHEN aware IS NULL AND abs(naive) < {YEAR_10000} THEN make_timestamp(naive) END"
    # DuckDB takes the last of two moments; clocks are set back by an hour or by half of one.
    first = (
        "CASE WHEN before = wall THEN last - INTERVAL 1 HOUR"
        f" WHEN before = wall - INTERVAL 30 MINUTE AND timezone({zone}, last - INTERVAL 30 MINUTE)"
        " = wall THEN last - INTERVAL 30 MINUTE END"
    )
    return (
        "SELECT *, coalesce(aware, epoch_us(coalesce(first, last))) AS u,"
        f" CASE WHEN first IS NOT NULL THEN {FOLD} WHEN timezone({zone}, last) <> wall THEN {GAP}"
        f" END AS odd FROM (SELECT *, {first} AS first"
        f" FROM (SELECT *, timezone({zone}, last - INTERVAL 1 HOUR) AS before"
        f" FROM (SELECT *, timezone({zone}, wall) AS last"
        f" FROM (SELECT *, {wall} AS wall FROM ({moments})))))"
    )


def _moments(job: Job, beside: Sequence[Column]) -> str:
    """Give the SQL of one row a moment: its parts as texts, its time as aware or naive."""
    roles = job.roles
    own = {c.name: c for c in job.scan.columns if c.name in OWN_COLUMNS and c not in roles.chosen()}
    seq = f"try_cast({text(own['seq'])} AS BIGINT)" if "seq" in own else "row"
    seq = f"CASE WHEN {seq} BETWEEN {-(2**61)} AND {2**61} THEN {seq} ELSE row END"
    source = literal(job.name)
    source = f"coalesce({text(own['source'])}, {source})" if "source" in own else source
    kind = f"lower({text(own['actor_type'])})" if "actor_type" in own else "NULL::VARCHAR"
    actor = text(roles.actor) if roles.actor else "NULL::VARCHAR"
    more = "".join(f", {value(column)} AS {column.sql}" for column in beside)
    made = []
    for place, (part, clock) in enumerate(zip(job.roles.parts, job.plan.clocks, strict=True)):
        suffix, number = ("", seq) if part == "time" else (f" || ' {part}'", f"2 * {seq} + {place}")
        made.append(
            f"SELECT row, {place} AS part, hash({job.scan.every}) AS same,"
            f" {text(roles.item)} AS item_id, {text(roles.event)}{suffix} AS event,"
            f" {actor} AS actor, {kind} AS kind, {source} AS source, {number} AS seq,"
            f" s IS NOT NULL AS said, s::VARCHAR AS written,"
            f" {clock.aware} AS aware, {clock.naive} AS naive{more}"
            f" FROM (SELECT *, {clock.source} AS s FROM {job.scan.table})"
            + (" WHERE s IS NOT NULL" if part == "end" else "")
        )
    return " UNION ALL ".join(made)


def _problems(made: Staged) -> list[Finding]:
    """Tell of the problems that rows have, and take out the rows that must be refused."""
    bad = made.events.filter(~nw.col("problem").is_null()).select(
        "row", "part", "problem", "written"
    )
    met = to_pandas(bad.group_by("problem").agg(nw.col("row").n_unique()).sort("problem"))
    findings = []
    for problem, rows in met.astype("int64").itertuples(index=False):
        code, level, what, done = PROBLEMS[problem]
        said = f"{counted(rows, 'row', 'has', 'have')} {what}"
        examples = _examples(made, bad.filter(nw.col("problem") == problem), problem)
        findings.append(Finding(code, level, rows, said, done, examples))
    if findings:
        refused = bad.filter(nw.col("problem") <= NO_OFFSET).select("row")
        made.events = made.engine.without(made.events, refused, "row")
    if size(made.events.head(1)) == 0:
        what = f"no row is usable: {'; '.join(f.what for f in findings)}"
        accepted = "rows with an item, an event and a time"
        hint = "check --item, --time and --event, or the file"
        refuse(f"{what} ({findings[-1].examples[0]})", made.where, hint, accepted)
    return findings


def _examples(made: Staged, bad: Frame, problem: int) -> tuple[str, ...]:
    """Word the first few rows, each with its place in the source."""
    first = bad.group_by("row").agg(nw.col("part").min()).sort("row").head(EXAMPLES)
    told = bad.join(first, on=["row", "part"]).join(made.rows.select("row", "line"), on="row")
    rows = records(to_pandas(told.sort("row")))
    if problem <= NO_TIME:
        return tuple(f"row {row['line']}: {PROBLEMS[problem][2]}" for row in rows)
    parts = made.roles.parts
    return tuple(f"row {row['line']}: {parts[row['part']]} {shown(row['written'])}" for row in rows)


def _items(made: Staged) -> tuple[Frame | None, list[Finding]]:
    """Make the item columns: of each item and column the last value that is not null."""
    used = {column.sql for column in made.roles.chosen()}
    others = [c for c in made.columns if c.sql not in used and c.name not in OWN_COLUMNS]
    if not others:
        return None, []
    old = [column.name for column in others]
    names = item_names([made.plain(name) for name in old])
    places = [column.sql for column in others]
    joined = made.events
    if places[0] not in joined.collect_schema().names():
        joined = joined.select("item_id", "row", "t", "seq")
        joined = joined.join(made.values.select("row", *places), on="row")
    last = made.engine.last_values(joined, places)
    items = last.rename(dict(zip(places, names, strict=True)))
    return made.engine.table(items), renamed(old, names)


def item_names(wanted: Sequence[str]) -> list[str]:
    """Give item columns names that differ in more than case, and are the contract's or free.

    Examples
    --------
    >>> item_names(["Team", "Item", "Size", "size", "item_id"])
    ['team', 'item_', 'Size', 'size_2', 'item_id_2']
    """
    taken, names = {"item", "item_id", *(set(wanted) & set(ITEM_COLUMNS))}, []
    for name in wanted:
        made, folded = name, name.casefold()
        if folded in ITEM_COLUMNS and folded not in taken:
            made = folded
        elif name not in ITEM_COLUMNS:
            tries = numbered("item_" if folded == "item" else name)
            made = next(n for n in tries if n.casefold() not in taken)
        taken.add(made.casefold())
        names.append(made)
    return names


def _drop_duplicates(made: Staged) -> list[Finding]:
    """Keep the first of the rows that are the same in all columns."""
    again = made.engine.repeated(made.events.filter(nw.col("part") == 0), "same")
    if not size(again):
        made.engine.drop(again)
        return []
    suspects = made.events.join(again, on="same", how="semi").group_by("row").agg()
    rows = made.rows.join(suspects, on="row", how="semi")
    first = rows.group_by(*(c.sql for c in made.columns)).agg(nw.col("row").min()).select("row")
    twice = made.engine.table(rows.select("row", "line").join(first, on="row", how="anti"))
    count, lines = size(twice), to_pandas(twice.sort("row").head(EXAMPLES))["line"]
    if count:
        made.events = made.engine.without(made.events, twice.select("row"), "row")
    for helper in (again, twice):
        made.engine.drop(helper)
    what = f"{counted(count, 'row', 'is', 'are')} the same in all columns as one before"
    examples = tuple(f"row {line}" for line in lines)
    told = Finding("duplicate_rows", "warning", count, what, "repaired: removed", examples)
    return [told] if count else []
