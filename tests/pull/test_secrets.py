"""The token: from the environment only, to its own host only, and into nothing that stays."""

import base64
import logging
import os
import subprocess
import sys
import types

import pyarrow.parquet as pq
import pytest

from tests.pull import services
from tests.pull.services import serving
from vsmlib import cli
from vsmlib.errors import ParameterError, RunError, SourceError
from vsmlib.pull import pull
from vsmlib.pull.secrets import find
from vsmlib.pull.web import address

TOKEN = "s3cret/Tok-en+0123456789"
USER = "ada@example.org"
PAIR = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.endswith("_TOKEN"):
            monkeypatch.delenv(name)


@pytest.fixture
def token(monkeypatch):
    monkeypatch.setenv("VSM_GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("VSM_JIRA_TOKEN", TOKEN)
    monkeypatch.setenv("VSM_JIRA_USER", USER)


def all_forms():
    return [form.encode() for form in (TOKEN, PAIR, "s3cret%2FTok-en%2B0123456789")]


def everything(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    parts = [pq.read_table(path).to_pylist() for path in files if path.suffix == ".parquet"]
    return str(parts).encode() + b"".join(path.read_bytes() for path in files)


def echoes(status):
    """A server that says back what it was sent."""
    return lambda handler: handler.send(status, {
        "message": f"who sent {handler.headers['Authorization']}?",
        "errorMessages": [f"{TOKEN} and {PAIR} are wrong"]})  # fmt: skip


@pytest.mark.parametrize("debug", [[], ["--debug"]])
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 500])
@pytest.mark.parametrize(("name", "target"), [("github", "o/r"), ("jira", "AB")])
def test_it_is_nowhere(name, target, status, debug, token, tmp_path):
    """Run as a program, so that all that it prints is seen, a stack trace as well."""
    world = getattr(services, name)()
    for issue in world.lists["issues"]:
        issue["labels"] = [{"name": TOKEN}]
        (issue.get("fields") or {})["labels"] = [PAIR, TOKEN]
    world.mischief = [lambda _: True, *[echoes(status)] * 9] if status != 200 else []
    quick = "import vsmlib.pull.web as w; w.Client.__init__.__kwdefaults__['sleep'] = print; "
    quick += "import vsmlib.pull as p; p.pull.__kwdefaults__['sleep'] = lambda _: None; "
    quick += "import logging; logging.basicConfig(level=0); from vsmlib.cli import main; main()"
    with serving(world) as url:
        words = [sys.executable, "-c", quick, *debug, "pull", name, target, "--url", url]
        done = subprocess.run(words, check=False, capture_output=True, cwd=tmp_path)
    assert set(world.tokens) == {f"Bearer {TOKEN}" if name == "github" else f"Basic {PAIR}"}
    assert done.returncode in ({0} if status == 200 else {0, 1, 2}), done.stderr
    for form in all_forms():
        assert form not in done.stdout + done.stderr
        assert form not in everything(tmp_path)


def test_it_is_not_logged(token, caplog, tmp_path):
    caplog.set_level(logging.DEBUG)
    with serving(services.github()) as url:
        pull("github", "o/r", url=url)
    assert caplog.text
    assert TOKEN not in caplog.text


def elsewhere(url, kind):
    def lead(handler):
        if kind == "redirect":
            handler.send(302, {}, {"Location": f"{url}/repos/o/r/issues"})
        else:
            handler.send(200, [], {"Link": f'<{url}/repos/o/r/issues?page=2>; rel="next"'})

    return lead


def test_a_redirect_to_another_host_does_not_get_it(token):
    world, thief = services.github(), services.github()
    with serving(world) as url, serving(thief) as other:
        world.mischief = [elsewhere(other, "redirect")]
        with pytest.raises(RunError, match=r"to another host.*must not have the token"):
            pull("github", "o/r", url=url)
    assert thief.asked == []


def test_a_next_page_on_another_host_does_not_get_it(token):
    world, thief = services.github(), services.github()
    with serving(world) as url, serving(thief) as other:
        world.mischief = [lambda _: True, elsewhere(other, "link")]  # of a timeline
        with pytest.raises(RunError, match="to another host"):
            pull("github", "o/r", url=url)
    assert thief.asked == []


def test_a_redirect_on_the_same_host_is_followed(token):
    world = services.github()
    with serving(world) as url:
        world.mischief = [
            lambda handler: handler.send(301, {}, {"Location": "/repositories/7/issues"})
        ]
        assert pull("github", "o/r", url=url).new == 5
    assert set(world.tokens) == {f"Bearer {TOKEN}"}


def test_redirects_in_a_circle_end(token):
    world = services.github()
    world.mischief = [lambda h: h.send(302, {}, {"Location": h.path})] * 50
    with serving(world) as url, pytest.raises(RunError, match="round in circles"):
        pull("github", "o/r", url=url)


@pytest.mark.parametrize("url", [
    f"https://ada:{TOKEN}@example.org", f"https://example.org/api?private_token={TOKEN}",
    f"https://{TOKEN}@example.org", f"https://example.org/#{TOKEN}",
    "https://example.org/glpat-abcdefghij0123456789",
])  # fmt: skip
def test_it_is_not_taken_from_an_address(url, capsys):
    assert cli.run(["pull", "jira", "AB", "--url", url]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert TOKEN not in err
    assert "glpat" not in err


@pytest.mark.parametrize("words", [
    ["--token", TOKEN], [f"--token={TOKEN}"], ["--password", TOKEN], ["--user", f"ada:{TOKEN}"],
    ["--tokn", TOKEN], ["-p", TOKEN],
])  # fmt: skip
def test_it_is_not_taken_from_an_option(words, capsys):
    assert cli.run(["pull", "github", "o/r", *words]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert TOKEN not in err


def test_it_is_not_taken_for_a_target(capsys):
    assert cli.run(["pull", "github", "ghp_" + "a" * 36]) == 2
    err = capsys.readouterr().err
    assert "looks like a token" in err
    assert "aaaa" not in err


@pytest.mark.parametrize("url", ["http://example.org", "http://10.0.0.1", "http://127.0.0.1.x.org",
                                 "http://localhost.example.org"])  # fmt: skip
def test_plain_http_is_for_this_machine_only(url):
    with pytest.raises(ParameterError, match="http:// would show the token"):
        address(url)
    assert address("http://[::1]:8080") == "http://[::1]:8080"
    assert address("http://localhost:1/") == "http://localhost:1"


@pytest.mark.parametrize("url", ["ftp://x.org", "x.org", "", "https://", "https://x.org:port",
                                 "http://[::1"])  # fmt: skip
def test_no_address(url):
    with pytest.raises(ParameterError):
        address(url)


def test_common_names_are_for_the_public_services_only(monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    assert not find("github", "https://api.github.com").empty
    assert find("github", "https://git.example.org").empty
    monkeypatch.setenv("VSM_GITHUB_TOKEN", TOKEN)
    assert not find("github", "https://git.example.org").empty


def test_what_is_too_short_for_a_token_spoils_no_data(monkeypatch, tmp_path):
    monkeypatch.setenv("VSM_GITHUB_TOKEN", "open")
    with serving(services.github(1)) as url:
        pull("github", "o/r", url=url, out=tmp_path / "copy")
    assert b'"state":"open"' in everything(tmp_path)


@pytest.mark.parametrize("broken", ["two words", "line\nbreak", "ümlaut"])
def test_a_broken_token_is_not_shown(broken, monkeypatch):
    monkeypatch.setenv("VSM_GITHUB_TOKEN", broken)
    with pytest.raises(ParameterError, match="spaces or letters that no token has") as told:
        find("github", "https://api.github.com")
    assert broken not in str(told.value)


def test_the_keyring_is_asked_where_there_is_one(monkeypatch):
    ring = types.ModuleType("keyring")
    ring.get_password = lambda service, name: {("vsmlib", "jira@x.org"): TOKEN}.get((service, name))
    monkeypatch.setitem(sys.modules, "keyring", ring)
    assert find("jira", "https://x.org").hidden(TOKEN) == "[hidden]"
    assert find("jira", "https://y.org").empty
    ring.get_password = lambda *_: 1 / 0
    assert find("jira", "https://x.org").empty


def test_a_netrc_is_not_used(monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ada password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    world = services.github(1)
    with serving(world) as url:
        pull("github", "o/r", url=url)
    assert set(world.tokens) == {None}


@pytest.mark.parametrize(("url", "says"), [
    ("http://127.0.0.1:9", "the connection failed"),
    ("https://no-such-host.invalid", "no such host|connection failed"),
])  # fmt: skip
def test_a_host_that_is_not_there(url, says):
    with pytest.raises(RunError, match=says):
        pull("github", "o/r", url=url, sleep=lambda _: None)


def test_no_api_there(token):
    world = services.github()
    world.mischief = [lambda handler: handler.send(200, {"hello": "world"})]
    with serving(world) as url, pytest.raises(RunError, match="no list of items"):
        pull("github", "o/r", url=url)
    world.mischief = [lambda handler: handler.send(400, {"errorMessages": ["no such project"]})]
    with serving(world) as url, pytest.raises(SourceError, match="400: 'no such project'"):
        pull("jira", "AB", url=url)
