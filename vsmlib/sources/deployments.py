"""Deployments as events: JSON of GitHub's and GitLab's records of them.

Of GitHub ``/deployments`` and, beside them, ``/deployments/ID/statuses``; of GitLab
``/projects/ID/deployments``. Events: ``created``, then the service's own states (``in_progress,
success, failure, inactive``; ``running, success, failed``). Item columns ``team`` (the
repository), ``environment, commit, branch``, as `vsmlib.measure.dora` wants them.
"""

from __future__ import annotations

import re

from vsmlib.findings import Kind
from vsmlib.sources.gathered import Gathered, Reader, listed
from vsmlib.sources.objects import Found, Json, at

__all__ = ["read_deployments"]

TELLING = re.compile(rb'"(?:original_environment|deployment_url|deployable)"\s*:')
PLACE = re.compile(r"/repos/([^/]+/[^/]+)/deployments/(\d+)")
PROJECT = re.compile(r"//[^/]+/(.+?)/-/")
KINDS: tuple[Kind, ...] = (
    ("no_statuses", "warning", "{n} deployments come without statuses",
     "kept without their end; fetch /deployments/ID/statuses"),
)  # fmt: skip


def _take(gathered: Gathered, found: Found) -> bool:
    thing = found.thing
    if "deployment_url" in thing and "state" in thing:
        gathered.waiting.append(thing)
    elif "environment" in thing and "sha" in thing and "created_at" in thing:
        _item(gathered, thing)
        gathered.waiting += [{"deployment_url": thing.get("url"), **status}
                             for status in listed(thing.get("statuses"))]  # fmt: skip
    else:
        return False
    return True


def _item(gathered: Gathered, thing: Json) -> None:
    place = PLACE.search(str(thing.get("url")))
    job = thing.get("deployable")
    project = PROJECT.search(str(at(job, "web_url")))
    ident = str(thing.get("id"))
    if ident in gathered.items:
        gathered.met["met_twice"].append(ident)
        return
    gathered.item(
        ident, item_type="deployment", branch=thing.get("ref"), commit=thing["sha"],
        team=place[1] if place else project[1] if project else None,
        environment=at(thing, "environment", "name") or thing["environment"],
    )  # fmt: skip
    who = thing.get("creator") or thing.get("user")
    gathered.mark(ident, thing["created_at"], "created", who)
    if isinstance(thing.get("status"), str):  # GitLab
        if at(job, "started_at"):
            gathered.mark(ident, at(job, "started_at"), "running")
        ended = at(job, "finished_at") or thing.get("updated_at")
        if thing["status"] not in ("created", "running", "blocked"):
            gathered.mark(ident, ended, thing["status"])


def _finish(gathered: Gathered) -> None:
    for status in {str(s.get("id")): s for s in gathered.waiting}.values():
        place = PLACE.search(str(status.get("deployment_url")))
        if place and place[2] in gathered.items:
            gathered.mark(place[2], status.get("created_at"), status["state"],
                          status.get("creator"))  # fmt: skip
        else:
            gathered.met["events_without_item"].append(f"status {status.get('id')}")
    gathered.met["no_statuses"] = [i for i in gathered.items if len(gathered.marks.get(i, ())) == 1]


read_deployments = Reader(
    "deployments", "deployments", "deployment", TELLING, _take, _finish, KINDS
)  # fmt: skip
