"""Issues of Jira, Cloud and Data Center, each with its whole changelog."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from vsmlib.errors import ParameterError, RunError, shown
from vsmlib.pull.service import HOLES, PAGE, Page, Service
from vsmlib.pull.web import RefusedError

__all__ = ["Jira"]

FIELDS = (
    "issuetype project priority parent customfield_10014 status resolution resolutiondate created"
    " updated creator labels components fixVersions issuelinks duedate comment"
    " statuscategorychangedate"
)
KEYS = frozenset(
    f"{FIELDS} id key self fields changelog histories total author items field from fromString"
    " to toString name type inward outward inwardIssue outwardIssue comments".split()
)
# Changes whose values are read; of others only whether there is one.
VALUES = {"status", "resolution", "flagged", "epic link", "sprint", "issuetype", "priority"}
OVERLAP, RETURNS = 5, 3
PROJECT = re.compile(r"[A-Za-z][A-Za-z0-9_]+")


class Jira(Service):
    """``PROJECT[,PROJECT…]`` or JQL; a request a hundred issues, more for long histories."""

    kinds = ("issues",)
    batch = PAGE
    is_cloud: bool | None = None

    def pages(self, kind: str, since: datetime | None, place: Any) -> Iterator[Page]:
        """Give issues in the order of their keys, which no change disturbs."""
        if self.is_cloud is None:
            about = self.client.get("/rest/api/2/serverInfo").data
            self.is_cloud = isinstance(about, dict) and about.get("deploymentType") == "Cloud"
        return self._by_token(since, place) if self.is_cloud else self._by_number(since, place)

    def _by_token(self, since: datetime | None, place: Any) -> Iterator[Page]:
        while True:
            token = {"nextPageToken": place} if place else {}
            try:
                data = self._search("/rest/api/3/search/jql", since, **token)
            except RefusedError as error:
                if not place or error.status != 400:
                    raise
                place = None  # tokens grow old: what is known already will not be taken twice
                continue
            place = None if data.get("isLast") else data.get("nextPageToken")
            yield Page(data["issues"], place)
            if not place:
                return

    def _by_number(self, since: datetime | None, place: Any) -> Iterator[Page]:
        start, last = place or (0, None)
        overlap, returns = OVERLAP, 0
        while True:
            # some come again, the last one among them; else items before it have gone or come
            first = max(0, start - overlap)
            data = self._search("/rest/api/2/search", since, startAt=first)
            things, total = data["issues"], data.get("total") or 0
            numbers: list[Any] = [str(thing.get("id")) for thing in things]
            if last and overlap and last not in numbers and returns < RETURNS:
                start, last, returns = 0, None, returns + 1
                continue
            start, last = first + len(things), (numbers or [None])[-1]
            overlap = min(OVERLAP, len(things) // 2)
            yield Page(things, [start, last], total)
            if not things or start >= total:
                return

    def _search(self, path: str, since: datetime | None, **more: Any) -> dict[str, Any]:
        fields = FIELDS.replace(" ", ",")
        data = self.client.get(path, jql=self._jql(since), fields=fields, expand="changelog",
                               maxResults=PAGE, **more).data  # fmt: skip
        if isinstance(data, dict) and isinstance(data.get("issues"), list):
            return data
        raise RunError("the answer holds no issues", where=self.client.base, hint="check --url")

    def _jql(self, since: datetime | None) -> str:
        """Ask in minutes ago: a time in JQL would be in the zone of the account's profile."""
        projects = [part.strip() for part in self.target.split(",") if part.strip()]
        if wrong := [part for part in projects if not PROJECT.fullmatch(part)]:
            raise ParameterError(f"no project's key: {shown(wrong[0])}", accepted="ABC or ABC,DEF",
                                 hint="give other choices by --jql")  # fmt: skip
        if self.query and re.search(r"\border\s+by\b", self.query, re.I):
            raise ParameterError("--jql says ORDER BY", hint="leave the order out")
        quoted = ", ".join(f'"{part}"' for part in projects)  # a key may be a word of JQL
        chosen = [f"project in ({quoted})"] if projects else []
        chosen += [f"({self.query})"] if self.query else []
        now = self.client.server_time
        if since and now:
            chosen.append(f'updated >= "-{math.ceil((now - since).total_seconds() / 60) + 1}m"')
        return " AND ".join(chosen) + " ORDER BY key ASC"

    def known(self, kind: str, thing: dict[str, Any]) -> tuple[str, str]:
        """Tell an issue by its number, which a move to another project does not change."""
        return str(thing["id"]), str((thing.get("fields") or {}).get("updated"))

    def whole(self, kind: str, thing: dict[str, Any]) -> list[Any]:
        """Give an issue with all pages of its changelog and its comments."""
        from vsmlib.pull.slim import NAMES, Needs, slim

        version = "3" if self.is_cloud else "2"
        home = f"/rest/api/{version}/issue/{thing['id']}"
        self._complete(thing.get("changelog"), "histories", f"{home}/changelog", "values")
        fields = thing.get("fields") or {}
        self._complete(fields.get("comment"), "comments", f"{home}/comment", "comments")
        changes = (thing.get("changelog") or {}).get("histories") or []
        for item in (item for change in changes for item in change.get("items") or []):
            if str(item.get("field")).lower() not in VALUES:
                for name in ("from", "fromString", "to", "toString"):
                    item[name] = "…" if item.get(name) else None
        return [slim(thing, Needs(KEYS, NAMES, {}))]

    def _complete(self, page: Any, name: str, path: str, there: str) -> None:
        """Add the further pages of a list that an issue holds in part."""
        if not isinstance(page, dict) or not isinstance(page.get(name), list):
            return
        parts = {str(part.get("id")): part for part in page[name]}
        start = 0
        try:
            while len(parts) < (page.get("total") or 0):
                data = self.client.get(path, startAt=start, maxResults=PAGE).data
                more = data.get(there) or []
                parts.update((str(part.get("id")), part) for part in more)
                start += len(more)
                if not more or start >= data.get("total", 0):
                    break
        except RefusedError as error:
            if error.status not in HOLES:
                raise
            self.hidden.append(path)
        page[name] = list(parts.values())
