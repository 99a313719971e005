"""One timeline of an item across tools: an issue, its changes, their deployments and incidents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from vsmlib.findings import Finding
from vsmlib.flow import Flow
from vsmlib.log import EventLog
from vsmlib.measure.deployed import SUCCESS
from vsmlib.sources import Extract
from vsmlib.sources.extract import EVENT_COLUMNS
from vsmlib.sources.history import read_history

__all__ = ["builds", "contents", "links", "timelines"]

CHANGES = ("pull_request", "merge_request", "commit")
NUMBER = r"(#\d+)$"
ACTIVE, WAITING, ENDED = "change active", "change waiting", "change ended"
NO_KEY, UNKNOWN = "names no issue", "has issues that are not in the data"
DEPLOYED, FAILED, RECOVERED = "deployed", "incident started", "incident resolved"
STARTED, SUCCEEDED, FAILING, STOPPED = (
    "build started", "build succeeded", "build failed", "build stopped")  # fmt: skip
STOPS = ("cancelled", "canceled", "skipped", "stale", "neutral", "action_required")
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
        without one)``, reason`` (``mentioned``; ``names no issue``; ``has issues that are not in
        the data``).
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
    nothing = made["item_id"].isna()
    made.loc[lost, "reason"] = nothing.map({True: NO_KEY, False: UNKNOWN})
    made.loc[lost, "item_id"] = None
    # a change with an issue needs no reason why it has no other one
    made = made[~lost | ~made["change_id"].isin(made.loc[~lost, "change_id"])]
    return made.drop_duplicates(ignore_index=True)


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


def builds(runs: EventLog, changes: EventLog) -> Frame:
    """Find the runs of CI of each change, by the commit that both name.

    Parameters
    ----------
    runs : EventLog
        Of the reader of runs: item columns ``commit, conclusion``; its last event is its end.
    changes : EventLog
        Item column ``commit``: the merge of a pull or merge request (its head, where GitLab merges
        without a commit of its own). Runs of other commits, such as those before a merge, have no
        change.

    Returns
    -------
    pandas.DataFrame
        ``change_id, build, started_at, ended_at`` (UTC; null while it runs)``, event``: ``build
        succeeded``, ``build stopped`` (cancelled, skipped), ``build failed`` (all else; null while
        it runs). A build of several changes has a row each.
    """
    columns = ["change_id", "build", "started_at", "ended_at", "event"]
    own, told = changes.items, runs.items
    if "commit" not in own or not {"commit", "conclusion"} <= set(told):
        return pd.DataFrame(columns=columns)
    own = own[own["item_type"].isin(CHANGES)].dropna(subset="commit")
    times = runs.events.groupby("item_id").agg(
        started_at=("timestamp", "first"), last_at=("timestamp", "last"), last=("event", "last")
    )
    made = own[["item_id", "commit"]].rename(columns={"item_id": "change_id"})
    made = made.merge(told.rename(columns={"item_id": "build"}), on="commit", suffixes=("_", ""))
    made = made.merge(times, left_on="build", right_index=True)
    ended, said = made["last"] == made["conclusion"], made["conclusion"]
    made["ended_at"] = made["last_at"].where(ended)
    made["event"] = said.isin(STOPS).map({True: STOPPED, False: FAILING})
    made["event"] = made["event"].mask(said.isin(SUCCESS), SUCCEEDED).where(ended)
    return made[columns].sort_values(["change_id", "started_at"], ignore_index=True)


def timelines(
    issues: EventLog,
    flow: Flow,
    linked: Frame | None = None,
    *,
    built: Frame | None = None,
    deployed: Frame | None = None,
    incidents: Frame | None = None,
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
    built : DataFrame, optional
        Of `builds`.
    deployed : DataFrame, optional
        Of `vsmlib.measure.deployed`: ``item_id`` (the change)``, deployment, deployed_at``.
    incidents : DataFrame, optional
        Of `vsmlib.measure.blamed`: ``deployment, started_at, resolved_at``.

    Returns
    -------
    EventLog
        The events of the issues that they have themselves, and of their changes together:
        ``change active`` while any is active, ``change waiting`` when all that are open wait,
        ``change ended`` when none is open; of builds ``build started`` and how they ended;
        ``deployed`` when the last one is;
        ``incident started, incident resolved``. Item column ``changes``: how many. A finding has
        the match rate, others why changes have no issue.
    """
    linked = links(issues, flow.log) if linked is None else linked
    pairs = linked.dropna(subset="item_id")[["change_id", "item_id"]].drop_duplicates()
    parts = [_of_changes(flow, pairs)]
    if built is not None:
        once = pairs.merge(built, on="change_id").drop_duplicates(["item_id", "build"])
        ends = once.dropna(subset="ended_at").groupby("event")
        parts.append(_events(once, "started_at", STARTED))
        parts += [_events(part, "ended_at", str(event)) for event, part in ends]
    if deployed is not None:
        came = pairs.merge(deployed.rename(columns={"item_id": "change_id"}), on="change_id")
        came = came.dropna(subset="deployed_at")
        last: Frame = came.sort_values("deployed_at").drop_duplicates("item_id", keep="last")
        parts.append(_events(last, "deployed_at", DEPLOYED))
        if incidents is not None:
            hit = came[["item_id", "deployment"]].drop_duplicates()
            hit = hit.merge(incidents.drop(columns="item_id", errors="ignore"), on="deployment")
            parts.append(_events(hit, "started_at", FAILED))
            parts.append(_events(hit, "resolved_at", RECOVERED))
    return EventLog(_extract(issues, parts, pairs, linked), pseudonymous=False)


def _events(table: Frame, when: str, event: str) -> Frame:
    made = table.dropna(subset=when)[["item_id", when]].rename(columns={when: "timestamp"})
    return made.assign(event=event)


def _of_changes(flow: Flow, pairs: Frame) -> Frame:
    """Add up, along the time, how many changes of an issue are active and how many wait."""
    visits = flow.visits.rename(columns={"item_id": "change_id"}).merge(pairs, on="change_id")
    visits = visits[visits["kind"].isin(["active", "wait"])]
    sides = [
        pd.DataFrame({"item_id": visits["item_id"], "t": visits[when],
                      "active": visits["kind"].eq("active") * sign, "open": sign})
        for when, sign in (("entered_at", 1), ("left_at", -1))
    ]  # fmt: skip
    steps = pd.concat(sides).dropna(subset="t").groupby(["item_id", "t"], as_index=False).sum()
    steps = steps.sort_values(["item_id", "t"])
    running = steps.groupby("item_id")[["active", "open"]].cumsum()
    steps["event"] = WAITING
    steps.loc[running["active"] > 0, "event"] = ACTIVE
    steps.loc[running["open"] == 0, "event"] = ENDED
    moved = steps["event"] != steps.groupby("item_id")["event"].shift()
    return steps.loc[moved, ["item_id", "t", "event"]].rename(columns={"t": "timestamp"})


def _extract(issues: EventLog, parts: list[Frame], pairs: Frame, linked: Frame) -> Extract:
    items = issues.items
    items = items[~items["item_type"].isin(CHANGES)]
    own = issues.events[lambda table: table["item_id"].isin(items["item_id"])]
    made = pd.concat([own, *(part.assign(source="stitch") for part in parts)])
    made = made.sort_values(["item_id", "timestamp"], kind="stable").reset_index(drop=True)
    times = made["timestamp"].astype("datetime64[us, UTC]").astype("int64")
    bots = made["actor"].isin(issues.bots).map({True: "bot", False: "user"})
    made = made.assign(t=times, seq=made.index, actor_type=bots.where(made["actor"].notna()))
    counted = pairs.groupby("item_id").size()
    items = items.assign(changes=items["item_id"].map(counted).fillna(0).astype("int64"))
    table = pa.Table.from_pandas(made[list(EVENT_COLUMNS)], preserve_index=False)
    rows = pa.Table.from_pandas(items, preserve_index=False)
    findings = [*issues.findings, *_told(linked)]
    return Extract(table, rows, findings, issues.observed_until, issues.name)


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
            code = "changes_without_key" if reason == NO_KEY else "changes_of_unknown_issues"
            told.append(Finding(code, "warning", len(part), what, "left out", names))
    return told
