"""Runs of CI as events: JSON of GitHub, GitLab and Azure DevOps.

Of GitHub ``/actions/runs`` (and lists made of it), of GitLab ``/pipelines``, of Azure
``/build/builds``. An item is a run, by its number. Events in the service's own words: ``queued,
in_progress`` and the conclusion (``success, failure, cancelled``, …) of GitHub, a later attempt
being ``in_progress`` again; ``created, running`` and the status of GitLab; ``queued, inProgress``
and the result of Azure.
"""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa

from vsmlib.findings import Kind
from vsmlib.sources.gathered import Gathered, Reader, listed, plainly
from vsmlib.sources.objects import Found, Json, at

__all__ = ["read_runs"]

TELLING = re.compile(
    rb'"(?:run_attempt|workflow_runs_stats_summary)"\s*:|"web_url"\s*:\s*"[^"]*/-/pipelines/\d+"'
    rb'|"run_id"\s*:\s*\d+\s*,[^\n]*"conclusion"\s*:|"buildNumber"\s*:(?s:.*)"queueTime"\s*:'
)
PLACE = re.compile(r"//[^/]+/(.+?)/(?:actions/runs|-/pipelines)/(\d+)(?:/attempts/(\d+))?")
ENDED = {"success", "failed", "canceled", "skipped"}  # as GitLab says
KINDS: tuple[Kind, ...] = (
    ("attempts_missing", "note", "{n} runs are told by a later attempt only",
     "kept from that attempt on"),
    ("runs_without_end", "note", "{n} runs have not ended", "kept as open"),
)  # fmt: skip


def _take(gathered: Gathered, found: Found) -> bool:
    thing = found.thing
    summary = at(thing, "workflow_runs_stats_summary")
    if isinstance(at(summary, "conclusions"), dict):  # of a week, as an action writes them
        for part in summary["conclusions"].values():
            gathered.waiting += [run | {"name": summary.get("name")}
                                 for run in listed(at(part, "workflow_runs"))]  # fmt: skip
    elif "run_attempt" in thing or ("run_id" in thing and "conclusion" in thing):
        gathered.waiting.append(thing)
    elif "/-/pipelines/" in str(thing.get("web_url")) and "status" in thing:
        _pipeline(gathered, thing)
    elif "buildNumber" in thing and "queueTime" in thing:
        _build(gathered, thing)
    else:
        return False
    return True


def _finish(gathered: Gathered) -> None:
    """Make the runs of GitHub, whose attempts may stand in any order, and more than once."""
    runs: dict[str, dict[int, Json]] = {}
    for run in gathered.waiting:
        place = PLACE.search(str(run.get("html_url")))
        ident = str(run.get("id") or run.get("run_id"))
        told: Any = run.get("run_attempt")
        attempt = int(told) if told in range(1, 10_000) else int((place and place[3]) or 1)
        known = runs.setdefault(ident, {}).get(attempt)
        if known:
            gathered.met["met_twice"].append(f"run {ident}, attempt {attempt}")
        if not known or str(_end(run)) >= str(_end(known)):
            runs[ident][attempt] = run
    for ident, attempts in runs.items():
        for number, run in sorted(attempts.items()):
            _attempt(gathered, ident, run, first=number == 1)
        if min(attempts) > 1:
            gathered.met["attempts_missing"].append(ident)
        gathered.item(ident, attempts=max(attempts))


def _end(run: Json) -> Any:
    return run.get("updated_at") or run.get("update_at")


def _attempt(gathered: Gathered, ident: str, run: Json, *, first: bool) -> None:
    place = PLACE.search(str(run.get("html_url")))
    gathered.item(
        ident, item_type="run", team=place[1] if place else None, workflow=run.get("name"),
        branch=run.get("head_branch"), trigger=run.get("event"), commit=run.get("head_sha"),
        conclusion=run.get("conclusion"),
    )  # fmt: skip
    who = run.get("triggering_actor") or run.get("actor")
    begun = run.get("run_started_at") or run.get("created_at")
    if first:
        gathered.mark(ident, run.get("created_at"), "queued", run.get("actor"))
    started = gathered.mark(ident, begun, "in_progress", who)
    if not run.get("conclusion"):
        gathered.met["runs_without_end"].append(ident)
        return
    end, seconds = _end(run), run.get("duration")
    if end is None and started is not None and isinstance(seconds, int | float):
        ended = gathered.put(ident, started + round(seconds * 1e6), run["conclusion"])
    else:
        ended = gathered.mark(ident, end, run["conclusion"])
    if ended is not None and started is not None and ended < started:
        gathered.met["ends_before_it_begins"].append(ident)


def _pipeline(gathered: Gathered, thing: Json) -> None:
    place = PLACE.search(thing["web_url"])
    ident, status = str(thing.get("id")), plainly(thing["status"])
    if ident in gathered.items:
        gathered.met["met_twice"].append(f"pipeline {ident}")
        gathered.marks.pop(ident, None)
    gathered.item(
        ident, item_type="run", team=place[1] if place else None, branch=thing.get("ref"),
        trigger=thing.get("source"), commit=thing.get("sha"), conclusion=status,
    )  # fmt: skip
    gathered.mark(ident, thing.get("created_at"), "created", thing.get("user"))
    if thing.get("started_at"):
        gathered.mark(ident, thing["started_at"], "running")
    if status in ENDED:
        gathered.mark(ident, thing.get("finished_at") or thing.get("updated_at"), status)
    else:
        gathered.met["runs_without_end"].append(ident)


def _build(gathered: Gathered, thing: Json) -> None:
    ident = str(thing.get("id"))
    gathered.item(
        ident, item_type="run", team=at(thing, "project", "name"),
        workflow=at(thing, "definition", "name"), branch=thing.get("sourceBranch"),
        trigger=thing.get("reason"), commit=thing.get("sourceVersion"),
        conclusion=thing.get("result"),
    )  # fmt: skip
    gathered.mark(ident, thing["queueTime"], "queued", thing.get("requestedFor"))
    if thing.get("startTime"):
        gathered.mark(ident, thing["startTime"], "inProgress")
    if thing.get("finishTime"):
        gathered.mark(ident, thing["finishTime"], thing.get("result"))
    else:
        gathered.met["runs_without_end"].append(ident)


read_runs = Reader(
    "runs of CI", "ci", "run", TELLING, _take, _finish, KINDS, {"attempts": pa.int64()}
)  # fmt: skip
