"""A pull against services that behave and that do not: nothing lost, nothing twice."""

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
from datetime import timedelta
from email.utils import format_datetime

import pyarrow.parquet as pq
import pytest

import vsmlib as vsm
from tests.pull import services
from tests.pull.services import NOW, serving, stamp
from vsmlib.errors import ParameterError, RunError, SourceError
from vsmlib.pull import pull
from vsmlib.pull.github import Github
from vsmlib.pull.secrets import Secret
from vsmlib.pull.web import Client

WORLDS = {
    "github": (services.github, "o/r"),
    "gitlab": (services.gitlab, "g/p"),
    "jira": (services.jira, "AB"),
    "cloud": (lambda count=6: services.jira(count, cloud=True), "AB"),
}


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """No token of this machine; a proxy that must not be used for loopback."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    for name in list(os.environ):
        if name.endswith("_TOKEN"):
            monkeypatch.delenv(name)


@pytest.fixture
def naps():
    return []


@pytest.fixture
def run(tmp_path, naps):
    """Pull a world from a running server into a folder."""

    def go(url, name="github", folder="copy", **options):
        service = "jira" if name == "cloud" else name
        target = options.pop("target", WORLDS[name][1])
        return pull(service, target, url=url, out=tmp_path / folder, sleep=naps.append, **options)

    return go


def lines(folder):
    """The lines of all parts, sorted."""
    rows = [row for part in folder.glob("part-*") for row in pq.read_table(part).to_pylist()]
    # what an item says of itself is what the columns beside it say
    assert all({*row} == {"kind", "item", "updated", "json"} for row in rows)
    assert len({(row["kind"], row["item"]) for row in rows}) == len(rows)
    return sorted(row["json"] for row in rows)


def events(folder):
    frame = vsm.read(folder, pseudonymous=False).events
    columns = ["item_id", "timestamp", "event", "actor"]
    return sorted(map(tuple, frame[columns].astype(str).to_numpy().tolist()))


@pytest.mark.parametrize("name", WORLDS)
def test_a_pull_and_what_is_new(name, run, tmp_path):
    world = WORLDS[name][0]()
    world.page_size = 2
    with serving(world) as url:
        first = run(url, name)
        count = sum(map(len, world.lists.values()))
        assert (first.new, first.changed, first.since) == (count, 0, None)
        before = lines(tmp_path / "copy")
        again = run(url, name)
    assert (again.new, again.changed, again.requests <= 4) == (0, 0, True)
    assert again.since == (NOW - timedelta(minutes=10)).isoformat()
    assert lines(tmp_path / "copy") == before
    assert len(before) == count
    assert vsm.read(tmp_path / "copy").items["item_id"].nunique() == count


@pytest.mark.parametrize("name", ["github", "gitlab"])
def test_deployments_and_runs_come_along(name, run, tmp_path):
    world = services.delivering(name)
    world.page_size = 2
    runs = "runs" if name == "github" else "pipelines"
    with serving(world) as url:
        first = run(url, name)
        assert first.new == sum(map(len, world.lists.values()))
        assert run(url, name).new == 0
        world.change(runs, "id", 602, conclusion="failure")
        world.lists["deployments"].append(world.lists["deployments"][-1] | {
            "id": 399, "updated_at": stamp(NOW), "created_at": stamp(NOW)})  # fmt: skip
        again = run(url, name)
        run(url, name, "clean")
    assert (again.new, again.changed) == (1, 1)
    assert lines(tmp_path / "copy") == lines(tmp_path / "clean")
    assert "private" not in "".join(lines(tmp_path / "copy"))
    log = vsm.read(tmp_path / "copy")
    counts = log.items["item_type"].value_counts()
    assert (counts["deployment"], counts["run"]) == (4, 3)
    assert len(vsm.measure.deployments(log, where={"environment": ["production"]})) >= 3


def test_deployments_that_may_not_be_seen_are_counted(run):
    world = services.github()
    del world.lists["deployments"], world.lists["runs"]
    with serving(world) as url:
        receipt = run(url)
    assert (receipt.new, receipt.hidden) == (5, 2)
    assert "deployments" in receipt.examples[0]


def test_old_runs_are_not_asked_for_again(run):
    """Newest first, back to a few days before the last pull: not all pages."""
    world = services.delivering("github", 60)
    world.page_size = 2
    with serving(world) as url:
        run(url)
        first = sum("actions/runs" in path for path in world.asked)
        world.asked.clear()
        run(url)
    assert first == 30
    assert sum("actions/runs" in path for path in world.asked) == 1


@pytest.mark.parametrize("name", ["github", "gitlab"])
def test_a_change_replaces_the_item(name, run, tmp_path):
    world = WORLDS[name][0]()
    key = "number" if name == "github" else "iid"
    with serving(world) as url:
        run(url, name)
        world.change("issues", key, 3, state="closed", closed_at=stamp(NOW))
        receipt = run(url, name)
        assert (receipt.new, receipt.changed) == (0, 1)
        run(url, name, "clean")
    assert lines(tmp_path / "copy") == lines(tmp_path / "clean")
    assert "met_twice" not in {f.code for f in vsm.read(tmp_path / "copy").findings}


def test_items_that_move_while_paging_are_not_lost(run, tmp_path):
    """An item of the first page changes before the second: all behind it move up by one."""
    world = services.github(9)
    world.page_size = 3

    def shift(world, path):
        if path.endswith("/issues") and len(world.asked) > 1 and not shift.done:
            shift.done = True
            world.change("issues", "number", 2)

    shift.done, world.before = False, shift
    with serving(world) as url:
        run(url)
        assert shift.done
        world.before = lambda *_: None
        run(url, folder="clean")
    assert lines(tmp_path / "copy") == lines(tmp_path / "clean")


def test_jira_issues_that_vanish_while_paging_push_none_out(run, tmp_path):
    world = services.jira(30)
    world.page_size = 10

    def vanish(world, path):
        if "startAt=5" in world.asked[-1] and len(world.lists["issues"]) == 30:
            del world.lists["issues"][:8]

    world.before = vanish
    with serving(world) as url:
        run(url, "jira")
    assert len(lines(tmp_path / "copy")) == 30


def test_a_bulk_change_in_one_second_is_paged_through(run, tmp_path):
    world = services.github(9)
    world.page_size = 2
    for thing in world.lists["issues"]:
        thing["updated_at"] = stamp(NOW)
    with serving(world) as url:
        run(url)
    assert len(lines(tmp_path / "copy")) == 9


def busy(status, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.send(status, {"message": "no"}, named)


def cut(handler):
    handler.send(200, b'[{"id": 1', {"Content-Length": 500})
    handler.close_connection = True
    handler.connection.shutdown(2)


def truncated(handler):
    handler.send(200, b'[{"id": 1')


def as_usual(_):
    return True


LATER = format_datetime(NOW + timedelta(seconds=90), usegmt=True)
RESET = str(int(NOW.timestamp()) + 120)
TROUBLE = {
    "seconds": (busy(429, Retry_After="7"), 7),
    "date": (busy(429, Retry_After=LATER), 90),
    "primary": (busy(403, X_RateLimit_Remaining="0", X_RateLimit_Reset=RESET), 121),
    "secondary": (lambda h: h.send(403, {"message": "a secondary rate limit"}), 60),
    "gitlab": (busy(429, RateLimit_Remaining="0", RateLimit_Reset=RESET), 121),
    "500": (busy(500), None), "502": (busy(502), None), "503": (busy(503, Retry_After="3"), 3),
    "cut": (cut, None), "truncated": (truncated, None),
}  # fmt: skip


@pytest.mark.parametrize("place", [0, 1, 4])
@pytest.mark.parametrize("trouble", TROUBLE)
def test_trouble_is_waited_for(trouble, place, run, naps, tmp_path):
    bad, seconds = TROUBLE[trouble]
    world = services.github()
    world.page_size = 2
    with serving(world) as url:
        run(url, folder="clean")
        world.mischief = [as_usual] * place + [bad]
        run(url)
    assert lines(tmp_path / "copy") == lines(tmp_path / "clean")
    assert len(naps) == 1
    assert seconds is None or seconds <= naps[0] <= seconds + 1


def test_a_used_up_limit_is_waited_for_before_the_next_request(run, naps):
    world = services.github()
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": RESET}
    world.mischief = [lambda handler: handler.send(200, handler.found()[0], headers)]
    with serving(world) as url:
        run(url)
    assert naps == [121]


def test_it_gives_up_after_a_while_and_goes_on_later(run, naps, tmp_path):
    world = services.github()
    with serving(world) as url:
        world.mischief = [as_usual, as_usual] + [busy(500)] * 8
        with pytest.raises(RunError, match="answers 500; next: run the same command again"):
            run(url)
        assert len(naps) == 7
        assert len(lines(tmp_path / "copy")) == 1  # what was whole is there
        receipt = run(url)
        assert receipt.new == 4
        run(url, folder="clean")
    assert lines(tmp_path / "copy") == lines(tmp_path / "clean")


def test_too_long_a_wait_is_not_waited(run, naps):
    world = services.github()
    world.mischief = [busy(429, Retry_After="90000")]
    with serving(world) as url, pytest.raises(RunError, match=r"asks to wait for 25\.0 hours"):
        run(url)
    assert naps == []


@pytest.mark.parametrize("hours", [-5, 5])
def test_the_servers_clock_counts(hours, run, tmp_path):
    """However wrong it is: what changes after a pull, by that clock, comes with the next one."""
    world = services.github()
    world.now += timedelta(hours=hours)
    with serving(world) as url:
        run(url)
        world.change("issues", "number", 1)
        assert run(url).changed == 1


def test_without_a_clock_all_is_looked_through(run):
    world = services.github()
    world.dated = False
    with serving(world) as url:
        run(url)
        receipt = run(url)
    assert (receipt.since, receipt.unchanged) == (None, 5)


def test_what_one_may_not_see_is_counted_and_asked_for_again(run):
    world = services.github()
    with serving(world) as url:
        world.mischief = [as_usual, busy(403)]
        receipt = run(url)
        assert (receipt.new, receipt.hidden) == (5, 1)
        assert receipt.examples == ["/repos/o/r/issues/1/timeline"]
        assert run(url, since="2026-01-01").changed == 0  # not met again in this window
        world.change("issues", "number", 1)
        assert run(url).changed == 1


@pytest.mark.parametrize(("status", "says"), [
    (401, "the token is wrong"), (403, "may not see this"), (404, "check the name")])  # fmt: skip
def test_refusals_are_one_line_and_leave_nothing(status, says, run, tmp_path):
    world = services.github()
    world.mischief = [busy(status)]
    with serving(world) as url, pytest.raises(SourceError, match=says):
        run(url)
    assert list(tmp_path.iterdir()) == []


def test_since_and_further_back(run):
    world = services.github(5)
    for number, thing in enumerate(world.lists["issues"], 1):
        thing["updated_at"] = f"2026-02-0{number}T00:00:00Z"
    with serving(world) as url:
        assert run(url, since="2026-02-04").new == 2
        assert run(url).new == 0
        assert run(url, since="2026-02-02").new == 2
        assert run(url, since="1970-01-01").new == 1


def test_a_folder_of_something_else(run, tmp_path):
    world = services.github()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    with serving(world) as url:
        run(url)
        with pytest.raises(ParameterError, match=r"holds github o/r of .*, not github o/other"):
            run(url, target="o/other")
        with pytest.raises(ParameterError, match="other files in this folder"):
            run(url, folder="mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_only_its_owner_reads_it(run, tmp_path):
    with serving(services.github()) as url:
        run(url)
    copy = tmp_path / "copy"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in copy.iterdir()} == {0o600}


def test_no_texts_and_no_addresses_of_people(run, tmp_path):
    for name, (make, _) in WORLDS.items():
        with serving(make()) as url:
            run(url, name, name)
        text = "".join(lines(tmp_path / name))
        for word in ("private", "thought", "Dear", "Ada L.", "ada@x.org", "avatar", "@bob"):
            assert word not in text, (name, word)


def test_parts_are_put_together_at_the_end(run, tmp_path, monkeypatch):
    """Of a list at most one part is small; the others have a thousand items (here: 30)."""
    monkeypatch.setattr("vsmlib.pull.store.LARGE", 30)
    world = services.github(100)
    with serving(world) as url:
        run(url)
        before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "copy").glob("part*")}
        sizes = [len(pq.read_table(tmp_path / "copy" / name)) for name in sorted(before)]
        assert sorted(sizes) == [10, 30, 30, 30]
        run(url)
        after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "copy").glob("part*")}
        assert after == before
        world.change("issues", "number", 3)
        run(url)
        monkeypatch.undo()
        run(url, folder="clean")
    assert lines(tmp_path / "copy") == lines(tmp_path / "clean")


def test_a_damaged_part_is_named(run, tmp_path):
    with serving(services.github()) as url:
        run(url)
    part = min((tmp_path / "copy").glob("part-*"))
    part.write_bytes(part.read_bytes()[:-20])
    with pytest.raises(SourceError, match=part.name):
        vsm.read(tmp_path / "copy")
    with serving(services.delivering("github")) as url:
        run(url, folder="more")
    part = min((tmp_path / "more").glob("part-*"))
    part.write_bytes(part.read_bytes()[:-20])
    with pytest.raises(SourceError, match=f"{part.name}: cannot be read.*pull again"):
        vsm.read(tmp_path / "more")


def test_a_removed_part_comes_back(run, tmp_path):
    world = services.gitlab()
    with serving(world) as url:
        run(url, "gitlab")
        before = lines(tmp_path / "copy")
        min((tmp_path / "copy").glob("part-*")).unlink()
        run(url, "gitlab")
    assert lines(tmp_path / "copy") == before


@pytest.mark.parametrize("name", WORLDS)
def test_ctrl_c_loses_nothing(name, run, tmp_path):
    world = WORLDS[name][0]()
    world.page_size = 2

    def stop(handler):
        handler.send(500, {})

    with serving(world) as url:
        run(url, name, "clean")
        for place in range(1, 12):
            world.mischief = [as_usual] * place + [stop]

            def interrupt(_):
                raise KeyboardInterrupt

            with contextlib.suppress(KeyboardInterrupt):
                pull("jira" if name == "cloud" else name, WORLDS[name][1], url=url,
                     out=tmp_path / "copy", sleep=interrupt)  # fmt: skip
        world.mischief = []
        run(url, name)
    assert lines(tmp_path / "copy") == lines(tmp_path / "clean")
    assert events(tmp_path / "copy") == events(tmp_path / "clean")


@pytest.mark.parametrize("name", ["github", "jira"])
def test_kill_and_go_on(name, run, tmp_path):
    """The process dies at once, wherever it is; the next one makes it equal to a clean pull."""
    world = WORLDS[name][0](40)
    world.page_size = 7
    asked = []

    def hang(world, path):
        asked.append(path)
        if len(asked) in {6, 13, 21, 22, 40}:
            child.kill()
            child.wait()

    with serving(world) as url:
        run(url, name, "clean")
        world.before = hang
        words = [sys.executable, "-c", "from vsmlib.cli import main; main()", "pull", "--quiet"]
        words += [name, WORLDS[name][1], "--url", url, "--out", str(tmp_path / "copy")]
        for _ in range(7):
            child = subprocess.Popen(words, stderr=subprocess.PIPE)
            _, errors = child.communicate(timeout=60)
            if child.returncode == 0:
                break
            assert child.returncode == -signal.SIGKILL, errors
        assert child.returncode == 0
    assert lines(tmp_path / "copy") == lines(tmp_path / "clean")
    assert not list((tmp_path / "copy").glob(".part-*"))


def test_two_at_once(run, tmp_path):
    world = services.github()

    def second(world, path):
        world.before = lambda *_: None
        with pytest.raises(RunError, match="another pull is at work in this folder"):
            run(url)
        second.tried = True

    world.before = second
    with serving(world) as url:
        run(url)
    assert second.tried


def test_json_of_the_receipt(run):
    with serving(services.github()) as url:
        facts = run(url).facts()
    assert json.loads(json.dumps(facts))["new"] == 5


def test_nothing_heavy_is_loaded_for_no_news(run, tmp_path):
    """So that a pull that finds nothing new ends at once."""
    with serving(services.github()) as url:
        run(url)
        code = (
            "import sys; from vsmlib.pull import pull; "
            f"print(pull('github', 'o/r', url={url!r}, out={str(tmp_path / 'copy')!r}).new, "
            "{'pandas', 'duckdb', 'pyarrow', 'numpy', 'narwhals'} & set(sys.modules))"
        )
        out = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert out.split("\n")[0] == "0 set()"


def test_disk_full_is_one_line(run, tmp_path, monkeypatch):
    from vsmlib.pull import store

    def full(_):
        raise OSError(28, "No space left on device")

    world = services.github()
    with serving(world) as url:
        monkeypatch.setattr(store.os, "fsync", full)
        with pytest.raises(RunError, match=r"copy: cannot write there: No space left on device"):
            run(url)
        monkeypatch.undo()
        run(url)
        run(url, folder="clean")
    assert lines(tmp_path / "copy") == lines(tmp_path / "clean")


def many(world):
    """Give Jira's issues more changes and comments than the search tells."""
    for issue in world.lists["issues"]:
        one = issue["changelog"]["histories"][0]
        issue["changelog"]["histories"] = [one | {"id": str(n)} for n in range(7)]
        comments = [{"id": str(n), "created": one["created"], "author": one["author"],
                     "body": "private"} for n in range(5)]  # fmt: skip
        issue["fields"]["comment"] = {"total": 5, "comments": comments}
    return services.shorten(world)


@pytest.mark.parametrize("name", ["jira", "cloud"])
def test_long_histories_of_jira_come_whole(name, run, tmp_path):
    world = many(WORLDS[name][0]())
    world.page_size = 2
    with serving(world) as url:
        run(url, name)
    log = vsm.read(tmp_path / "copy")
    assert not {"incomplete_changelog", "incomplete_comments"} & {f.code for f in log.findings}
    counts = log.events["event"].value_counts()
    assert (counts["Done"], counts["commented"]) == (6 * 7, 6 * 5)


def test_a_hidden_changelog_is_counted(run, tmp_path):
    world = many(services.jira(2))
    world.mischief = [as_usual, as_usual, busy(404)]
    with serving(world) as url:
        assert run(url, "jira").hidden == 1
    findings = {f.code: f.count for f in vsm.read(tmp_path / "copy").findings}
    assert findings["incomplete_changelog"] == 1


def test_an_old_page_token_of_jira_begins_anew(run, tmp_path, naps):
    world = services.jira(9, cloud=True)
    world.page_size = 3
    with serving(world) as url:
        world.mischief = [as_usual, as_usual] + [busy(502)] * 8
        with pytest.raises(RunError):
            run(url, "cloud")
        world.mischief = [as_usual, busy(400)]
        receipt = run(url, "cloud")
    assert (receipt.new, receipt.unchanged) == (6, 3)
    assert len(lines(tmp_path / "copy")) == 9


def test_deleted_accounts_are_no_trouble(run, tmp_path):
    world = services.github()
    for issue in world.lists["issues"]:
        issue["user"] = None
    world.beside["/issues/1/timeline"][0]["user"] = None
    jira = services.jira()
    for issue in jira.lists["issues"]:
        issue["fields"]["creator"] = None
        issue["changelog"]["histories"][0].pop("author")
    with serving(world) as url, serving(jira) as other:
        run(url)
        run(other, "jira", "jira")
    assert len(vsm.read(tmp_path / "copy").items) == 5
    assert len(vsm.read(tmp_path / "jira").items) == 6


def test_minutes_ago_are_asked_by_the_servers_clock(run):
    world = services.jira()
    with serving(world) as url:
        run(url, "jira")
        world.now += timedelta(hours=1)
        run(url, "jira", since="2026-02-01")
    assert "-71m" in world.asked[-1]  # an hour, ten minutes, and one for the rounding


@pytest.mark.parametrize(("words", "says"), [
    ({"target": "a b"}, "no project's key: 'a b'"),
    ({"target": "", "jql": None}, "no project; accepted"),
    ({"jql": "type = Bug ORDER BY key"}, "--jql says ORDER BY"),
    ({"since": "last week"}, "--since is no date: 'last week'"),
    ({"url": None}, "no address; accepted: --url"),
])  # fmt: skip
def test_wrong_questions(words, says, tmp_path):
    with serving(services.jira()) as url:
        asked = {"target": "AB", "url": url, "out": tmp_path / "copy"} | words
        with pytest.raises(ParameterError, match=says):
            pull("jira", **asked)


def test_a_query_of_jira(run):
    world = services.jira()
    with serving(world) as url:
        run(url, "jira", jql='labels = "x" OR labels = y')
    assert "project+in+%28%22AB%22%29+AND+%28labels+%3D+%22x%22+OR+labels" in world.asked[-1]


def test_how_far(monkeypatch):
    """GitHub tells the number of its last page only, so it is about so many."""
    monkeypatch.setattr("vsmlib.pull.service.PAGE", 2)
    world = services.github(5)
    world.page_size = 2
    with serving(world) as url:
        pages = list(Github(Client(url, Secret()), "o/r").pages("issues", None, None))
    assert pages[0].total == 6
    assert pages[-1].total == sum(len(page.things) for page in pages)


def test_a_next_page_that_leads_to_itself_ends(run):
    world = services.github()

    def loop(handler):
        url = f"{handler.server.url}{handler.path}"
        handler.send(200, [], {"Link": f'<{url}>; rel="next"'})

    world.mischief = [as_usual, loop, loop]
    with serving(world) as url, pytest.raises(RunError, match="a next page leads to itself"):
        run(url)
