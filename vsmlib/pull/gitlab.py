"""Issues, merge requests, deployments and pipelines of a project of GitLab."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

from vsmlib.pull.service import Page, Service, by_update, when

__all__ = ["Gitlab"]

KEYS = frozenset(
    "id iid web_url issue_type severity labels milestone state updated_at created_at closed_at"
    " closed_by merged_at merged_by author user epic source_branch merge_commit_sha"
    " squash_commit_sha sha draft noteable_id noteable_type resource_id resource_type label name"
    " action system short_id authored_date committed_date commits ref"
    " source status environment deployable started_at finished_at".split()
)
ITEMS = ("issues", "merge_requests")
BESIDE = ("notes", "resource_state_events", "resource_label_events")
SOMEBODY = re.compile(r"@[\w.-]+")
NOTE = 60  # characters that tell what a note of the system is


class Gitlab(Service):
    """``GROUP/PROJECT``; four or five requests an item."""

    kinds = ("issues", "merge_requests", "deployments", "pipelines")
    address = "https://gitlab.com"

    def pages(self, kind: str, since: datetime | None, place: Any) -> Iterator[Page]:
        """Give the items of a list in the order of changes."""
        begin, path = when(place) if place else since, f"{self._home()}/{kind}"
        order = {"order_by": "updated_at", "sort": "asc"}
        if kind in ITEMS:
            return by_update(self.client, path, begin, "updated_after", scope="all", **order)
        return self.seen(by_update(self.client, path, begin, "updated_after", **order), path)

    def _home(self) -> str:
        return f"/api/v4/projects/{quote(self.target, safe='')}"

    def known(self, kind: str, thing: dict[str, Any]) -> tuple[str, str]:
        """Tell an item by its number in the project, a deployment or pipeline by its id."""
        return str(thing["iid" if kind in ITEMS else "id"]), str(thing["updated_at"])

    def whole(self, kind: str, thing: dict[str, Any]) -> list[Any]:
        """Give an item and, after it, its notes and changes."""
        from vsmlib.pull.slim import Needs, closing, naming, slim

        needs = Needs(KEYS, ("username",), {"title": naming, "description": closing})
        if kind not in ITEMS:
            return [slim(thing, needs._replace(texts={}))]
        notes = needs._replace(texts={"body": _note})
        home = f"{self._home()}/{kind}/{thing['iid']}"
        beside = [part for name in BESIDE for part in self.parts(f"{home}/{name}")]
        if kind == "merge_requests":
            thing["commits"] = self.parts(f"{home}/commits")
        milestone = {"milestone": {"title": (thing.get("milestone") or {}).get("title")}}
        return [slim(thing, needs) | milestone, *slim(beside, notes)]


def _note(text: str, note: dict[str, Any]) -> str:
    return SOMEBODY.sub("@somebody", text[:NOTE]) if note.get("system") else ""
