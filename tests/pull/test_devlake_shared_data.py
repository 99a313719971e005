"""DevLake's raw responses, served: what a pull's copy says equals what the responses say."""

import json

import pytest

from tests.pull.services import World, serving, shorten
from tests.sources.devlake import sent, table
from vsmlib.log import read
from vsmlib.pull import pull
from vsmlib.sources.unpack import unpacked


@pytest.fixture(scope="module")
def folder(shared_data):
    with unpacked(shared_data("devlake-e2e.tar.xz")) as folder:
        yield folder


def rows(folder, plugin, name):
    """Objects of a raw table, each with the address it came from."""
    told = table(folder, plugin, "raw_tables", f"_raw_{plugin}_api_{name}.csv")
    return [(json.loads(row["data"]), row["url"]) for row in told]


def things(folder, plugin, name):
    return [thing for thing, _ in rows(folder, plugin, name)]


def said(log):
    """All events with their names, and all items, in an order of their own."""
    events = log.events[["item_id", "timestamp", "event", "actor"]].astype(str)
    items = log.items.astype(object).where(log.items.notna(), None)
    events = events.sort_values(list(events.columns)).to_numpy().tolist()
    return events, items.sort_values("item_id").to_dict("records")


def check(log, copy):
    for one, other in zip(said(log), said(copy), strict=True):
        assert len(one) == len(other)
        assert one == other


def test_jira(folder, tmp_path):
    world = World(issues=things(folder, "jira", "issues"))
    world.lists["issues"].sort(key=lambda issue: int(issue["id"]))
    world.page_size = 10
    with serving(shorten(world, 2)) as url:
        receipt = pull(
            "jira", "EE", url=url, out=tmp_path / "copy", sleep=lambda _: None, since="2000-01-01"
        )
    whole = read(sent(folder, tmp_path / "raw", "jira", "issues"), pseudonymous=False)
    assert receipt.new == len({issue["id"] for issue in world.lists["issues"]}) == 33
    check(whole, read(tmp_path / "copy", pseudonymous=False))


def test_gitlab(folder, tmp_path):
    names = ("issues", "merge_requests")
    world = World(**{name: things(folder, "gitlab", name) for name in names})
    numbers = {str(thing["id"]): thing["iid"] for thing in world.lists["merge_requests"]}
    for note in things(folder, "gitlab", "merge_request_notes"):
        # some are of merge requests that the table does not hold: those no service gives
        number = numbers.get(str(note["noteable_id"]))
        world.beside.setdefault(f"/merge_requests/{number}/notes", []).append(note)
    world.page_size = 7
    with serving(world) as url:
        pull(
            "gitlab",
            "gitlab-data/snowflake_spend",
            url=url,
            out=tmp_path / "copy",
            sleep=lambda _: None,
        )
    raw = sent(folder, tmp_path / "raw", "gitlab", *names, "merge_request_notes")
    check(read(raw, pseudonymous=False), read(tmp_path / "copy", pseudonymous=False))


def test_github(folder, tmp_path):
    """Comments, reviews and events of an issue are its timeline, in GitHub's own words."""
    world = World(issues=[])
    faces = {issue["number"]: issue for issue in things(folder, "github", "issues")}
    for pull_request in things(folder, "github", "pull_requests"):
        number = pull_request["number"]
        world.beside[f"/pulls/{number}"] = pull_request
        # issues of pull requests that DevLake's table does not hold
        faces.setdefault(number, {key: value for key, value in pull_request.items()
                                  if key not in {"head", "base", "_links"}})  # fmt: skip
        faces[number]["pull_request"] = {"url": pull_request["url"]}
    world.lists["issues"] = list(faces.values())
    for name, event in (("events", None), ("comments", "commented"),
                        ("pull_request_reviews", "reviewed")):  # fmt: skip
        for thing in things(folder, "github", name):
            home = (thing.get("issue") or {}).get("url") or thing.get("issue_url")
            number = (home or thing["pull_request_url"]).rpartition("/")[2]
            told = thing | ({"event": event} if event else {})
            told.pop("issue", None)
            world.beside.setdefault(f"/issues/{number}/timeline", []).append(told)
    world.page_size = 20
    with serving(world) as url:
        pull("github", "panjf2000/ants", url=url, out=tmp_path / "copy", sleep=lambda _: None)
    (tmp_path / "raw").mkdir()
    raw = sent(folder, tmp_path / "raw", "github", "events", "comments", "pull_request_reviews",
               "pull_requests")  # fmt: skip
    (raw / "issues.jsonl").write_text("\n".join(map(json.dumps, faces.values())))
    check(read(raw, pseudonymous=False), read(tmp_path / "copy", pseudonymous=False))
