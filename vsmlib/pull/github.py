"""Issues, pull requests, deployments and runs of CI of a repository of GitHub."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from vsmlib.pull.service import Page, Service, by_creation, by_update, when

__all__ = ["Github"]

KEYS = frozenset(
    "url html_url issue_url pull_request_url id number state draft created_at updated_at closed_at"
    " merged_at submitted_at event sha commit_id merge_commit_sha additions deletions changed_files"
    " commits labels pull_request head ref committer user actor merged_by closed_by"
    " pull_request_review_id comments".split()
)
RUN_KEYS = KEYS | frozenset(
    "run_attempt run_started_at name head_branch head_sha conclusion status triggering_actor"
    " environment original_environment creator deployment_url".split()
)


class Github(Service):
    """``OWNER/REPOSITORY``; two requests an issue or a deployment, three a pull request."""

    kinds = ("issues", "deployments", "actions/runs")
    address = "https://api.github.com"

    def pages(self, kind: str, since: datetime | None, place: Any) -> Iterator[Page]:
        """Give issues, pull requests among them, in the order of changes; others newest first."""
        path = f"/repos/{self.target}/{kind}"
        if kind != "issues":
            name = "workflow_runs" if kind == "actions/runs" else None
            return self.seen(by_creation(self.client, path, since, place, name), path)
        begin = when(place) if place else since
        return by_update(self.client, path, begin, "since",
                         state="all", sort="updated", direction="asc")  # fmt: skip

    def known(self, kind: str, thing: dict[str, Any]) -> tuple[str, str]:
        """Tell an item by its number, a deployment or run by its id."""
        return str(thing["number" if kind == "issues" else "id"]), str(thing["updated_at"])

    def whole(self, kind: str, thing: dict[str, Any]) -> list[Any]:
        """Give an item as the reader knows it from backups: with the lists that belong to it."""
        from vsmlib.pull.slim import Needs, closing, naming, slim

        home = f"/repos/{self.target}"
        if kind != "issues":
            needs = Needs(RUN_KEYS, ("login",), {})
            path = f"{home}/{kind}/{thing['id']}/statuses"
            told = self.parts(path) if kind == "deployments" else []
            return [slim(part, needs) for part in (thing, *told)]
        number = thing["number"]
        needs = Needs(KEYS, ("login",), {"title": naming, "body": closing})
        lists = {"timeline": self.parts(f"{home}/issues/{number}/timeline")}
        head = "issue"
        faces = [thing]
        if thing.get("pull_request"):
            pull = self.parts(f"{home}/pulls/{number}")
            faces += pull
            lists["review_comments"] = self.parts(f"{home}/pulls/{number}/comments")
        events = {name: slim(told, needs._replace(texts={})) for name, told in lists.items()}
        return [{head: slim(faces[-1], needs), "faces": slim(faces[:-1], needs), **events}]
