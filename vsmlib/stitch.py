"""One timeline of an item across tools: an issue, its changes, their deployments and incidents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from vsmlib.findings import Finding
from vsmlib.flow import Flow
from vsmlib.log import EventLog
from vsmlib.measure.delivery import CHANGES
from vsmlib.sources.history import read_history
from vsmlib.stream import ValueStream

__all__ = ["contents", "in_production", "links", "timelines"]

NUMBER = r"(#\d+)$"
ACTIVE, WAITING, ENDED = "change active", "change waiting", "change ended"
DROPPED, MEANWHILE, EARLY = "change dropped", "meanwhile ", "closed before deployment"
UTC: Any = "datetime64[us, UTC]"
FAR = pd.Timestamp("2200-01-01", tz="UTC")
BUILDING, BUILT, QUEUED = "build started", "build ended", "waiting for build"
CHECKING, CHECKED = "check started", "check ended"
# Why a change has no issue, and the code of the finding that says so.
NO_KEY, OTHERS, UNKNOWN = ("names no issue", "names other changes only",
                           "has issues that are not in the data")  # fmt: skip
CODES = {NO_KEY: "changes_without_key", OTHERS: "changes_of_changes",
         UNKNOWN: "changes_of_unknown_issues"}  # fmt: skip
DEPLOYED, FAILED, RECOVERED = "deployed", "incident started", "incident resolved"
Frame = pd.DataFrame


def links(issues: EventLog, changes: EventLog, *, anywhere: bool = False) -> Frame:
    """Find which changes belong to which issues, by the keys and numbers that changes name.

    Parameters
    ----------
    issues, changes : EventLog
        The same log for both, if it has both. Changes are pull requests, merge requests and
        commits, with the column ``mentions`` of their reader; issues are all other items.
    anywhere : bool, default False
        Where the repository of a change has no issue of that number, or is not known (git), take
        the only one that has it.

    Returns
    -------
    pandas.DataFrame
        One row a change and issue, and one a change without any: ``change_id, item_id`` (null
        without one)``, reason`` (``mentioned``; ``names no issue``; ``names other changes only``;
        ``has issues that are not in the data``).
    """
    found = changes.items
    found = found[found["item_type"].isin(CHANGES)]
    named = found["mentions"] if "mentions" in found else pd.Series(None, found.index, dtype="str")
    made = pd.DataFrame({"change_id": found["item_id"], "item_id": named.str.split(", ")})
    made = made.explode("item_id", ignore_index=True)
    others = issues.items
    known = others[~others["item_type"].isin(CHANGES)]["item_id"]
    if anywhere:
        made["item_id"] = made["item_id"].where(made["item_id"].isin(known), _anywhere(made, known))
    made["reason"] = "mentioned"
    lost = ~made["item_id"].isin(known)
    made.loc[lost, "reason"] = UNKNOWN
    made.loc[lost & made["item_id"].isin(found["item_id"]), "reason"] = OTHERS
    made.loc[made["item_id"].isna(), "reason"] = NO_KEY
    made.loc[lost, "item_id"] = None
    # a change with an issue needs no reason why it has no other one
    made = made[~lost | ~made["change_id"].isin(made.loc[~lost, "change_id"])]
    made = made.sort_values("reason", key=lambda reason: reason.eq(OTHERS), kind="stable")
    made = made[made["item_id"].notna() | ~made["change_id"].duplicated()]
    return made.drop_duplicates().sort_index(ignore_index=True)


def _anywhere(made: Frame, known: Any) -> Any:
    """Give the issue that alone has the number, else what was named."""
    numbers = known.str.extract(NUMBER, expand=False)
    only = known[~numbers.duplicated(keep=False) & numbers.notna()]
    by_number = dict(zip(numbers[only.index], only, strict=True))
    named = made["item_id"].str.extract(NUMBER, expand=False).map(by_number)
    return named.fillna(made["item_id"])


def contents(deploys: Frame, clone: Path | str) -> Frame:
    """Find which commits each deployment brought in that no deployment before it had.

    Parameters
    ----------
    deploys : DataFrame
        Of `vsmlib.measure.deployments`, with the column ``commit``; failed ones bring nothing in.
        Teams and environments have a past of their own.
    clone : path
        A git clone, or a folder of exported git facts.

    Returns
    -------
    pandas.DataFrame
        ``deployment, commit``, as `vsmlib.measure.deployed` wants it.

    Raises
    ------
    SourceError
        If the clone cannot be read.
    """
    history, rows = read_history(clone), list[tuple[str, str]]()
    good = deploys[deploys["succeeded"]].dropna(subset="commit").sort_values("deployed_at")
    apart = [name for name in ("team", "environment") if name in good]
    for _, part in good.fillna(dict.fromkeys(apart, "")).groupby(apart or (lambda _: 0)):
        seen: set[str] = set()
        for ident, sha in zip(part["item_id"], part["commit"], strict=True):
            rows += [(ident, commit) for commit in history.unseen([sha], seen)]
    return pd.DataFrame(rows, columns=["deployment", "commit"])


def timelines(
    issues: EventLog,
    flow: Flow,
    linked: Frame | None = None,
    *,
    deployed: Frame | None = None,
    incidents: Frame | None = None,
    builds: Frame | None = None,
    checks: Frame | None = None,
    own: ValueStream | None = None,
) -> EventLog:
    """Join issues and their changes into one timeline an issue.

    Parameters
    ----------
    issues : EventLog
        Of the issues.
    flow : Flow
        The visits of the changes: it says when each is worked on and when it waits.
    linked : DataFrame, optional
        Of `links`, or your own ``change_id, item_id``.
    deployed : DataFrame, optional
        Of `vsmlib.measure.deployed`: ``item_id`` (the change)``, deployment, deployed_at``; with
        ``merged_at`` and null ``deployed_at`` for those that wait for it.
    incidents : DataFrame, optional
        Of `vsmlib.measure.blamed`: ``deployment, started_at, resolved_at``.
    builds, checks : DataFrame, optional
        ``item_id`` (the change)``, started_at, ended_at``: of the runs of CI on what was merged,
        and on what was to be merged.
    own : ValueStream, optional
        What the events of the issues mean by themselves. With it, changes decide while any is
        open: an issue's own moves are then called ``meanwhile X``; the last of them holds again
        when all changes were dropped, or one has ended and the issue was closed. An issue that is
        closed while a merged change waits for its deployment is ``closed before deployment``.

    Returns
    -------
    EventLog
        The events of the issues that they have themselves, and of their changes together:
        ``change active`` while any is active, ``change waiting`` when all that are open wait,
        ``change ended`` when none is open (``change dropped`` if none of them was merged);
        ``build started, build ended``, and ``waiting for build`` where one follows the end;
        ``check started, check ended``, which move no item;
        ``deployed`` when the last one is; ``incident started,
        incident resolved``. Item column ``changes``: how many. A finding has the match rate,
        others why changes have no issue.
    """
    linked = links(issues, flow.log) if linked is None else linked
    pairs = linked.dropna(subset="item_id")[["change_id", "item_id"]].drop_duplicates()
    items, told = issues.items, issues.events
    items = items[~items["item_type"].isin(CHANGES)]
    told = told[told["item_id"].isin(items["item_id"])]
    steps, came = _of_changes(flow, pairs), _came(pairs, deployed)
    if own and len(steps):
        told, steps = _held(told, steps, came, own)
    steps, *parts = _built(steps, _came(pairs, builds))
    if (ran := _came(pairs, checks)) is not None:
        parts += [_events(ran, "started_at", CHECKING), _events(ran, "ended_at", CHECKED)]
    parts += [] if came is None else in_production(came, incidents)
    counted = pairs.groupby("item_id").size()
    items = items.assign(changes=items["item_id"].map(counted).fillna(0).astype("int64"))
    # at one moment a change moves an issue first: merging may close it
    steps, *parts = (part.assign(source="stitch") for part in (steps, *parts))
    made = pd.concat([steps, told, *parts])
    return issues.remade(made, items, [*issues.findings, *_told(linked)])


def _came(pairs: Frame, table: Frame | None) -> Frame | None:
    """Give a table of changes the items that they belong to."""
    if table is None:
        return None
    return pairs.merge(table.rename(columns={"item_id": "change_id"}), on="change_id")


def _built(steps: Frame, ran: Frame | None) -> list[Frame]:
    """Add the builds; where one follows the end of changes, that is a wait for it."""
    if ran is None:
        return [steps]
    begun = _events(ran, "started_at", BUILDING)
    last = begun.groupby("item_id")["timestamp"].max().to_dict()
    later = steps["timestamp"] <= steps["item_id"].map(last).astype(UTC)
    names = steps["event"].mask(later & steps["event"].eq(ENDED), QUEUED)
    return [steps.assign(event=names), begun, _events(ran, "ended_at", BUILT)]


def _events(table: Frame, when: str, event: str) -> Frame:
    made = table.dropna(subset=when)[["item_id", when]].rename(columns={when: "timestamp"})
    return made.assign(event=event)


def in_production(came: Frame, incidents: Frame | None) -> list[Frame]:
    """Give ``deployed`` and the incidents of changes that came with deployments, by ``item_id``."""
    came = came.dropna(subset="deployed_at")
    last: Frame = came.sort_values("deployed_at").drop_duplicates("item_id", keep="last")
    parts = [_events(last, "deployed_at", DEPLOYED)]
    if incidents is not None:
        # only the one that completes an item ends in production, so only its failures count
        hit = last[["item_id", "deployment"]].merge(
            incidents.drop(columns="item_id", errors="ignore"), on="deployment"
        )
        parts.append(_events(hit, "started_at", FAILED))
        parts.append(_events(hit, "resolved_at", RECOVERED))
    return parts


def _of_changes(flow: Flow, pairs: Frame) -> Frame:
    """Add up, along the time, how many changes of an issue are active, wait and are merged."""
    visits = flow.visits.rename(columns={"item_id": "change_id"}).merge(pairs, on="change_id")
    visits = visits[visits["kind"].isin(["active", "wait", "done"])]
    done = visits["kind"].eq("done")
    sides = [
        pd.DataFrame({"item_id": visits["item_id"], "t": visits[when], "done": done * sign,
                      "active": visits["kind"].eq("active") * sign, "open": ~done * sign})
        for when, sign in (("entered_at", 1), ("left_at", -1))
    ]  # fmt: skip
    steps = pd.concat(sides).dropna(subset="t").groupby(["item_id", "t"], as_index=False).sum()
    steps = steps.sort_values(["item_id", "t"])
    running = steps.groupby("item_id")[["active", "open", "done"]].cumsum()
    steps["event"] = WAITING
    steps.loc[running["active"] > 0, "event"] = ACTIVE
    steps.loc[running["open"] == 0, "event"] = ENDED
    steps.loc[(running["open"] == 0) & (running["done"] == 0), "event"] = DROPPED
    moved = steps["event"] != steps.groupby("item_id")["event"].shift()
    return steps.loc[moved, ["item_id", "t", "event"]].rename(columns={"t": "timestamp"})


def _held(told: Frame, steps: Frame, came: Frame | None, own: ValueStream) -> tuple[Frame, Frame]:
    """Rename own moves while changes decide; let them hold again where no change is open."""
    done = {event for stage in own.stages if stage.kind == "done" for event in stage.enter}
    until, both = _awaited(came), ["item_id", "timestamp"]
    steps = steps.assign(now=steps["event"]).sort_values("timestamp", kind="stable")
    told = told.sort_values("timestamp", kind="stable")
    at = pd.merge_asof(told, steps[[*both, "now"]], on="timestamp", by="item_id")
    moves, closes = at["event"].isin([*own.event_to_stage()]), at["event"].isin(done)
    meanwhile = moves & at["now"].isin([ACTIVE, WAITING])
    early = closes & at["now"].eq(ENDED) & (at["timestamp"] < at["item_id"].map(until).astype(UTC))
    names = at["event"].mask(meanwhile, MEANWHILE + at["event"]).mask(early, EARLY)
    last = at.loc[moves, [*both, "event"]].rename(columns={"event": "last"})
    steps = pd.merge_asof(steps, last, on="timestamp", by="item_id")
    waits = steps["timestamp"] < steps["item_id"].map(until).astype(UTC)
    again = steps["event"].eq(ENDED) & steps["last"].isin(done) & ~waits
    again |= steps["event"].eq(DROPPED) & steps["last"].notna()
    steps["event"] = steps["event"].mask(again, steps["last"])
    # what is closed at the very moment is told by the issue itself
    own_ends = steps.merge(at.loc[closes & ~early & ~meanwhile, both].drop_duplicates(), how="left",
                           indicator=True)["_merge"].eq("both").to_numpy()  # fmt: skip
    return at.assign(event=names), steps.loc[~(again & own_ends), [*both, "event"]]


def _awaited(came: Frame | None) -> dict[Any, Any]:
    """Say of each item until when merged changes of it wait for a deployment."""
    if came is None or "merged_at" not in came:
        return {}
    merged = came.dropna(subset="merged_at")
    until = merged["deployed_at"].fillna(FAR).groupby(merged["item_id"]).max()
    return until.to_dict()


def _told(linked: Frame) -> list[Finding]:
    total: int = linked["change_id"].nunique()
    good: Any = linked.dropna(subset="item_id")["change_id"].nunique()
    what = f"{good:,} of {total:,} changes belong to an issue ({good / max(total, 1):.0%})"
    told = [Finding("changes_linked", "note", good, what)]
    lost = linked[linked["item_id"].isna()]
    if "reason" in lost:
        for reason, part in lost.groupby("reason"):
            names = tuple(part["change_id"].head(3))
            what = f"{len(part):,} changes have no issue: each {reason}"
            told.append(Finding(CODES[str(reason)], "warning", len(part), what, "left out", names))
    return told
