"""Services on loopback, in the shape of the real ones, that behave badly when told to."""

import json
import re
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PER_PAGE = 100


class World:
    """What a service holds, and how it behaves.

    `mischief` is a list: each request takes the first of it, a function of the handler that
    answers in its place (or returns True to go on as usual).
    """

    def __init__(self, **lists):
        # objects by kind; the last of the address names it
        self.lists = {"deployments": [], "runs": [], "pipelines": []} | lists
        self.beside = {}  # lists that belong to items, by the end of their address
        self.mischief, self.asked, self.tokens = [], [], []
        self.now, self.page_size = NOW, PER_PAGE
        self.before = lambda world, path: None
        self.dated, self.cloud = True, False

    def change(self, kind, name, value, **more):
        """An item changes now."""
        self.now += timedelta(seconds=1)
        thing = next(t for t in self.lists[kind] if t[name] == value)
        thing.update(more, updated_at=stamp(self.now))


def stamp(moment):
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def date_time_string(self, timestamp=None):
        return format_datetime(self.world.now, usegmt=True)

    def do_GET(self):
        self.world = self.server.world
        parts = urlsplit(self.path)
        self.query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self.plain = unquote(parts.path)
        self.world.asked.append(self.path)
        self.world.tokens.append(self.headers.get("Authorization"))
        self.world.before(self.world, self.plain)
        if self.world.mischief and not self.world.mischief.pop(0)(self):
            return
        if (found := self.found()) is None:
            self.send(404, {"message": "Not Found"})
        else:
            self.send(200, *found)

    def send(self, status, data, headers=None):
        headers = headers or {}
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.send_response_only(status)
        if self.world.dated:
            self.send_header("Date", self.date_time_string())
        for name, value in headers.items():
            self.send_header(name, str(value))
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def found(self):
        """The answer of a service that behaves."""
        if self.plain == "/rest/api/2/serverInfo":
            return [{"deploymentType": "Cloud" if self.world.cloud else "Server"}]
        if self.plain.startswith("/rest/api/") and "/search" in self.plain:
            return [self.searched()]
        for end, told in self.world.beside.items():
            if self.plain.endswith(end) and self.plain.startswith("/rest/"):
                return [self.part(told)]
            if self.plain.endswith(end):
                return self.paged(told) if isinstance(told, list) else [told]
        kind = self.plain.rpartition("/")[2]
        if kind in self.world.lists:
            since = self.query.get("since") or self.query.get("updated_after") or ""
            things = [t for t in self.world.lists[kind] if moment(t) >= moment(since)]
            if kind == "runs":
                page, *links = self.paged(sorted(things, key=moment, reverse=True))
                return [{"total_count": len(things), "workflow_runs": page}, *links]
            newest_first = "sort" not in self.query
            return self.paged(sorted(things, key=moment, reverse=newest_first))
        return [[]] if re.search(r"/\d+/\w+$", self.plain) else None

    def part(self, told):
        """Jira's way of giving a list."""
        start, name = (
            int(self.query["startAt"]),
            "values" if "changelog" in self.plain else "comments",
        )
        return {"total": len(told), name: told[start : start + self.world.page_size]}

    def paged(self, things):
        number, size = int(self.query.get("page", 1)), self.world.page_size
        page = things[(number - 1) * size : number * size]
        more = number * size < len(things)
        last = -(-len(things) // size)
        link = ", ".join(f'<{self.server.url}{self.next_page(to)}>; rel="{name}"'
                         for to, name in ((number + 1, "next"), (last, "last")))  # fmt: skip
        return [page, {"Link": link}] if more else [page]

    def next_page(self, number):
        path = re.sub(r"[?&]page=\d+", "", self.path)
        return f"{path}{'&' if '?' in path else '?'}page={number}"

    def searched(self):
        ago = re.search(r'updated >= "-(\d+)m"', self.query["jql"])
        since = self.world.now - timedelta(minutes=int(ago[1])) if ago else None
        things = [t for t in self.world.lists["issues"]
                  if not since or when(t["fields"]["updated"]) >= since]  # fmt: skip
        start = int(self.query.get("startAt", self.query.get("nextPageToken", 0)))
        page, total = things[start : start + self.world.page_size], len(things)
        if self.world.cloud:
            end = start + len(page)
            rest = {"isLast": True} if end >= total else {"nextPageToken": str(end)}
            return {"issues": page, **rest}
        return {"startAt": start, "total": total, "issues": page}


def when(text):
    return datetime.fromisoformat(text)


def moment(thing):
    text = thing["updated_at"] if isinstance(thing, dict) else thing
    return when(text) if text else datetime(1, 1, 1, tzinfo=UTC)


@contextmanager
def serving(world):
    """Serve a world while the block lasts; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.world, server.url = world, f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# --- small worlds -------------------------------------------------------------------------------


def github(count=5):
    """Issues and pull requests in turn, a minute apart."""
    home = "https://api.github.com/repos/o/r"
    world = World(issues=[])
    for number in range(1, count + 1):
        at = stamp(NOW - timedelta(days=30) + timedelta(minutes=number))
        ada = {"login": "ada", "type": "User", "avatar_url": "https://x", "id": 1}
        pull = number % 2 == 0
        issue = {
            "url": f"{home}/issues/{number}", "id": 1000 + number, "number": number,
            "html_url": f"https://github.com/o/r/{'pull' if pull else 'issues'}/{number}",
            "title": f"EE-{number}: a private thought", "body": f"Fixes #{number + 1}. Dear Bob,",
            "user": ada, "labels": [], "state": "open", "created_at": at, "updated_at": at,
            "closed_at": None,
        }  # fmt: skip
        timeline = [
            {"id": 7000 + number, "event": "commented", "created_at": at, "body": "private",
             "issue_url": issue["url"], "user": {"login": "bob", "type": "User"}},
            {"id": 8000 + number, "event": "labeled", "created_at": at, "actor": ada},
        ]  # fmt: skip
        if pull:
            issue["pull_request"] = {"url": f"{home}/pulls/{number}", "merged_at": None}
            world.beside[f"/pulls/{number}"] = issue | {
                "url": f"{home}/pulls/{number}", "head": {"ref": f"fix/ee-{number}"},
                "draft": False, "additions": number, "merged_at": None,
            }  # fmt: skip
        world.lists["issues"].append(issue)
        world.beside[f"/issues/{number}/timeline"] = timeline
    return world


def gitlab(count=4):
    """Issues and merge requests."""
    world = World(issues=[], merge_requests=[])
    for kind, noun in (("issues", "Issue"), ("merge_requests", "MergeRequest")):
        for number in range(1, count + 1):
            at = stamp(NOW - timedelta(days=20) + timedelta(minutes=number))
            ada = {"id": 1, "username": "ada", "name": "Ada L.", "avatar_url": "https://x"}
            world.lists[kind].append({
                "id": 500 + number, "iid": number, "title": f"A thought on #{number}",
                "description": "private", "state": "opened", "created_at": at, "updated_at": at,
                "author": ada, "labels": ["bug"], "source_branch": f"b{number}",
                "web_url": f"https://gitlab.com/g/p/-/{kind}/{number}",
            })  # fmt: skip
            note = {"id": number, "noteable_id": 500 + number, "noteable_type": noun,
                    "author": ada, "created_at": at}  # fmt: skip
            world.beside[f"/{kind}/{number}/notes"] = [
                note | {"body": "requested review from @bob", "system": True},
                note | {"id": number + 50, "body": "private", "system": False},
            ]  # fmt: skip
    return world


def delivering(name, count=3):
    """The same, with deployments and runs of CI, an hour apart."""
    world, home = {"github": github, "gitlab": gitlab}[name](), "https://api.github.com/repos/o/r"
    ada = {"login": "ada", "username": "ada", "name": "Ada L.", "avatar_url": "https://x"}
    for number in range(1, count + 1):
        at = stamp(NOW - timedelta(days=10) + timedelta(hours=number))
        told = {"created_at": at, "updated_at": at, "sha": "abc", "ref": "main", "user": ada,
                "creator": ada, "description": "private", "head_sha": "abc",
                "status": "completed" if name == "github" else "success"}  # fmt: skip
        url = f"{home}/deployments/{300 + number}"
        place = "production" if name == "github" else {"name": "production"}
        deployment = told | {"id": 300 + number, "environment": place}
        if name == "github":
            deployment |= {"url": url, "original_environment": place}
            deployment.pop("status")
        world.lists["deployments"].append(deployment)
        world.beside[f"/deployments/{300 + number}/statuses"] = [{
            "id": 400 + number, "state": "success", "created_at": at, "creator": ada,
            "deployment_url": url, "description": "private"}]  # fmt: skip
        world.lists["runs" if name == "github" else "pipelines"].append(told | {
            "id": 600 + number, "run_attempt": 1, "name": "CI", "event": "push", "actor": ada,
            "head_branch": "main", "conclusion": "success", "display_title": "private",
            "web_url": f"https://gitlab.com/g/p/-/pipelines/{600 + number}",
            "html_url": f"https://github.com/o/r/actions/runs/{600 + number}"})  # fmt: skip
    if name == "gitlab":
        for deployment in world.lists["deployments"]:
            deployment["deployable"] = {"started_at": at, "finished_at": at,
                                        "web_url": "https://gitlab.com/g/p/-/jobs/1"}  # fmt: skip
    return world


def jira(count=6, *, cloud=False):
    """Issues, each with one change of status."""
    world = World(issues=[])
    world.cloud = cloud
    for number in range(1, count + 1):
        made = NOW - timedelta(days=40) + timedelta(minutes=number)
        ada = {"accountId": "a1", "displayName": "Ada L.", "emailAddress": "ada@x.org",
               "accountType": "atlassian"}  # fmt: skip
        move = {"field": "status", "from": "1", "fromString": "Open", "to": "2",
                "toString": "Done"}  # fmt: skip
        words = {"field": "assignee", "from": None, "fromString": None, "to": "a1",
                 "toString": "Ada L."}  # fmt: skip
        told = {"id": "1", "author": ada, "created": jira_time(made + timedelta(hours=1)),
                "items": [move, words]}  # fmt: skip
        world.lists["issues"].append({
            "id": str(10_000 + number), "key": f"AB-{number}",
            "self": f"https://x.atlassian.net/rest/api/3/issue/{10_000 + number}",
            "fields": {
                "created": jira_time(made), "updated": jira_time(made + timedelta(hours=1)),
                "summary": "private", "description": "private", "creator": ada,
                "status": {"id": "2", "name": "Done"}, "project": {"key": "AB"},
                "issuetype": {"name": "Task"},
            },
            "changelog": {"startAt": 0, "maxResults": 100, "total": 1, "histories": [told]},
        })  # fmt: skip
    return world


def shorten(world, keep=1):
    """Jira's search gives the first parts of long lists only; the rest is beside."""
    for issue in world.lists["issues"]:
        lists = ((issue.get("changelog"), "histories", "changelog"),
                 (issue["fields"].get("comment"), "comments", "comment"))  # fmt: skip
        for holder, name, end in lists:
            if holder and len(holder[name]) > keep:
                world.beside[f"/issue/{issue['id']}/{end}"] = holder[name]
                holder.update({name: holder[name][:keep], "total": len(holder[name])})
    return world


def jira_time(at):
    return f"{at:%Y-%m-%dT%H:%M:%S}.000+0000"
