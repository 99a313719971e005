"""Changes, deployments and incidents as tables, and which belong to which.

They come from logs, or from any tables with these columns. Nothing here is by person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw
import pandas as pd

from vsmlib.engine import to_pandas
from vsmlib.log import EventLog

__all__ = [
    "blamed",
    "by_team",
    "changes",
    "deployed",
    "deployments",
    "incidents",
    "lead_time_parts",
    "released",
]

BEGUN = ("authored", "committed", "opened")
SUCCESS = ("success", "succeeded", "SUCCESS", "deployed", "released")
FAILURE = ("failure", "failed", "error", "FAILURE", "canceled")
YES = ("true", "yes", "1")
# Item columns that are taken along; of the last two only where they say something.
ALONG, SAYING = ("team", "commit", "environment", "service"), ("deployment", "unplanned")
STARTED, RESOLVED = ("triggered", "open", "started", "opened"), ("resolved", "closed")
PARTS = {"coding_s": ("begun_at", "opened_at"), "pickup_s": ("opened_at", "first_response_at"),
         "review_s": ("first_response_at", "merged_at"), "deploy_s": ("merged_at", "deployed_at"),
         "lead_time_s": ("begun_at", "deployed_at")}  # fmt: skip
Frame = pd.DataFrame


def changes(
    log: EventLog,
    *,
    begun: Sequence[str] = BEGUN,
    released: str = "released",
    where: Mapping[str, Sequence[str]] | None = None,
) -> Frame:
    """One row a change: when it was begun, opened, answered, merged and released.

    Parameters
    ----------
    log : EventLog
        Of pull requests or commits.
    begun : sequence of str
        Events of which the first begins a change.
    released : str
        The event by which the log itself says that it is in production.
    where : mapping, optional
        Item columns and the values that count.

    Returns
    -------
    pandas.DataFrame
        ``item_id, team, commit`` (if the log has such columns)``, begun_at, opened_at,
        first_response_at, merged_at, released_at`` (UTC; NaT where it did not happen).

    Examples
    --------
    >>> import vsmlib as vsm
    >>> changes(vsm.read("sample")).columns.tolist()[:3]
    ['item_id', 'team', 'begun_at']
    """
    first = {"begun_at": begun, "opened_at": ["opened"], "first_response_at": ["first_response"],
             "merged_at": ["merged"], "released_at": [released]}  # fmt: skip
    return _times(log, first, where)


def deployments(
    log: EventLog,
    *,
    success: Sequence[str] = SUCCESS,
    failure: Sequence[str] = FAILURE,
    where: Mapping[str, Sequence[str]] | None = None,
) -> Frame:
    """One row a deployment that has ended.

    Parameters
    ----------
    log : EventLog
        Of deployments, or of whatever deploys (runs of CI, changes that deploy when merged).
    success, failure : sequence of str
        Events that end one. The first success counts, also after a failure.
    where : mapping, optional
        Item columns and the values that count, such as ``{"environment": ["production"]}``.

    Returns
    -------
    pandas.DataFrame
        ``item_id, team, commit, deployed_at`` (UTC)``, succeeded``; ``unplanned`` (bool) if the
        log says it of any.
    """
    made = _times(log, {"good": success, "bad": failure}, where)
    made["deployed_at"] = made["good"].fillna(made["bad"])
    made["succeeded"] = made["good"].notna()
    if "unplanned" in made:
        made["unplanned"] = made["unplanned"].astype("str").str.lower().isin(YES)
    return made.dropna(subset="deployed_at").drop(columns=["good", "bad"])


def incidents(
    log: EventLog,
    *,
    started: Sequence[str] = STARTED,
    resolved: Sequence[str] = RESOLVED,
    where: Mapping[str, Sequence[str]] | None = None,
) -> Frame:
    """One row an incident; one that ends before it begins has no end, and is marked.

    ``where`` has item columns and the values that count.

    Returns
    -------
    pandas.DataFrame
        ``item_id, team, started_at, resolved_at`` (UTC)``, backwards``.
    """
    made = _times(log, {"started_at": started, "resolved_at": resolved}, where)
    made = made.dropna(subset="started_at")
    made["backwards"] = made["resolved_at"] < made["started_at"]
    made["resolved_at"] = made["resolved_at"].mask(made["backwards"])
    return made


def _times(
    log: EventLog,
    names: Mapping[str, Sequence[str]],
    where: Mapping[str, Sequence[str]] | None = None,
) -> Frame:
    """Give the first time of each sort of event of each item."""
    codes = log.codes
    for column, values in (where or {}).items():
        codes = codes.join(log.where(column, values), on="item", how="semi")
    known = {name: code for code, name in enumerate(log.event_names)}
    sorts = {column: [known[n] for n in wanted if n in known] for column, wanted in names.items()}
    t = nw.col("t")
    firsts = [
        nw.when(nw.col("event").is_in(wanted or [-1])).then(t).min().alias(column)
        for column, wanted in sorts.items()
    ]
    found = codes.group_by("item").agg(*firsts)
    has = [c for c in (*ALONG, *SAYING) if c in log.item_columns]
    items = log.items_frame.select("item", "item_id", *has)
    made = to_pandas(found.join(items, on="item").sort("item_id"))
    for column in names:
        made[column] = pd.to_datetime(made[column], unit="us", utc=True)
    silent = [c for c in SAYING if c in made and made[c].isna().all()]
    return made[["item_id", *has, *names]].drop(columns=silent)


def deployed(changed: Frame, deploys: Frame, contents: Frame | None = None) -> Frame:
    """Say by which deployment each change came into production.

    Parameters
    ----------
    changed : DataFrame
        Of `changes`; needs ``merged_at``.
    deploys : DataFrame
        Of `deployments`; failed ones bring nothing in.
    contents : DataFrame, optional
        ``deployment`` and ``commit``: what each deployment brought in, besides what the one before
        had. Without it, a column ``deployment`` that the changes have already stays as it is; else
        a change comes with the first deployment of its team after the merge.

    Returns
    -------
    pandas.DataFrame
        The changes with ``deployment, deployed_at, unknown_start``. A team's first deployment
        brings in all that was ever merged: how long that waited is not known, so it is marked and
        no lead time is made of it.
    """
    good = even(deploys[deploys["succeeded"]]).sort_values("deployed_at")
    good = good.rename(columns={"item_id": "deployment"})
    good = good.assign(unknown_start=~good.assign(all=0).duplicated(["all", *by_team(good)]))
    columns = ["deployment", "deployed_at", "unknown_start"]
    known = contents is None and "deployment" in changed
    left = even(changed.drop(columns=columns[known:], errors="ignore"))
    if known:
        return left.merge(good[columns], on="deployment", how="left")
    if contents is not None:
        came = contents.merge(good[columns], on="deployment").sort_values("deployed_at")
        return left.merge(came.drop_duplicates("commit"), on="commit", how="left")
    by = by_team(good, left)
    merged = left.dropna(subset="merged_at").sort_values("merged_at")
    made = pd.merge_asof(merged, good[[*by, *columns]], left_on="merged_at", right_on="deployed_at",
                         by=by or None, direction="forward")  # fmt: skip
    return left.merge(made[["item_id", *columns]], on="item_id", how="left")


def released(changed: Frame) -> tuple[Frame, Frame]:
    """Take the releases that changes tell themselves (tags, say) as deployments.

    Parameters
    ----------
    changed : DataFrame
        Of `changes`, with ``released_at``.

    Returns
    -------
    changed : pandas.DataFrame
        As `deployed` gives them; what came with a team's first release has an unknown start.
    deploys : pandas.DataFrame
        As `deployments` gives them: one a moment of release and team.
    """
    moments = even(changed).dropna(subset="released_at").sort_values("released_at")
    by = [name for name in ("team",) if name in changed]
    deploys = moments.drop_duplicates(["released_at", *by])[["released_at", *by]]
    deploys = deploys.assign(
        deployed_at=deploys["released_at"],
        deployment=[f"release {n}" for n in range(1, len(deploys) + 1)],
        unknown_start=~deploys.assign(all=0).duplicated(["all", *by]),
    )
    made = even(changed).merge(deploys, on=["released_at", *by], how="left")
    deploys = deploys.rename(columns={"deployment": "item_id"}).assign(succeeded=True)
    return made, deploys.drop(columns=["released_at", "unknown_start"])


def even(table: Frame) -> Frame:
    """Give all times of a table the same unit, which joins by time need: tables come from afar."""
    times = dict.fromkeys(table.select_dtypes("datetimetz"), "datetime64[us, UTC]")
    return table.astype(times)


def by_team(*tables: Frame) -> list[str]:
    """Tell what to compare by: the team, where all tables know it."""
    known = all("team" in table and table["team"].notna().any() for table in tables)
    return ["team"] if known else []


def blamed(incident: Frame, deploys: Frame, within: pd.Timedelta | None = None) -> Frame:
    """Say which deployment each incident belongs to: the last success of its team before it began.

    Parameters
    ----------
    incident : DataFrame
        Of `incidents`. A column ``deployment`` that it has already stays as it is.
    deploys : DataFrame
        Of `deployments`.
    within : Timedelta, optional
        Leave incidents alone that began later than this after it. Teams are compared where both
        tables have them.

    Returns
    -------
    pandas.DataFrame
        The incidents with ``deployment`` and ``deployed_at``; nothing there where none fits.
    """
    good = even(deploys[deploys["succeeded"]]).sort_values("deployed_at")
    good = good.rename(columns={"item_id": "deployment"})
    if "deployment" in incident:
        bare = incident.drop(columns="deployed_at", errors="ignore")
        return bare.merge(good[["deployment", "deployed_at"]], on="deployment", how="left")
    by = by_team(good, incident)
    return pd.merge_asof(
        even(incident).sort_values("started_at"), good[[*by, "deployment", "deployed_at"]],
        left_on="started_at", right_on="deployed_at", by=by or None, tolerance=within,
    )  # fmt: skip


def lead_time_parts(changed: Frame) -> Frame:
    """Split the lead time of changes.

    Parameters
    ----------
    changed : DataFrame
        Of `deployed`; a moment that it does not have is not known.

    Returns
    -------
    pandas.DataFrame
        The changes with ``coding_s`` (begun to opened)``, pickup_s`` (to the first response)``,
        review_s`` (to the merge)``, deploy_s`` (to the deployment)``, lead_time_s`` (begun to
        deployed). What is not known is NaN, and so is what would be negative (a commit added after
        the opening, a merge after its deployment) and what an unknown start leaves open.
    """
    made = changed.copy()
    for part, (begin, end) in PARTS.items():
        if not {begin, end} <= {*made}:
            made[part] = float("nan")
            continue
        seconds = (made[end] - made[begin]).dt.total_seconds()
        known = seconds >= 0
        if end == "deployed_at" and "unknown_start" in made:
            known &= made["unknown_start"].eq(False)
        made[part] = seconds.where(known)
    return made
