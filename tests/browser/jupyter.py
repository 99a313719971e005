"""JupyterLab in a browser without a network: servers of the tests' own, on ports of their own."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import TimeoutError as TooSlow
from playwright.sync_api import sync_playwright

from vsmlib import lab

ROOT = Path(__file__).parents[2]
TOKEN = "for-the-tests-only"
IDLE = '.jp-Notebook-ExecutionIndicator[data-status="idle"]'
# The first code cell alone: a headline cell further down is stored with its number.
FIRST_DONE = r"""() => /\[\d+\]/.test(
    document.querySelector('.jp-CodeCell .jp-InputPrompt')?.textContent ?? '')"""
QUIET = [
    "--ServerApp.port=0",
    "--LabApp.news_url=None",
    "--ServerApp.terminals_enabled=False",
    f"--IdentityProvider.token={TOKEN}",
    "--allow-root",
]


@contextlib.contextmanager
def process(words, folder, found, **more):
    """Run a server until the block ends; the match of a pattern in what it prints."""
    log = folder / "server.log"
    env = os.environ | {"PYTHONPATH": str(ROOT), "JUPYTER_CONFIG_PATH": str(lab.CONFIG)} | more
    with log.open("w") as file:
        server = subprocess.Popen(
            words, cwd=folder, env=env, stdout=file, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    try:
        until = time.time() + 90
        while not (match := re.search(found, log.read_text())):
            assert server.poll() is None, log.read_text()
            assert time.time() < until, log.read_text()
            time.sleep(0.2)
        yield match
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)


@contextlib.contextmanager
def lab_server(folder):
    """JupyterLab on a folder; its address."""
    words = [*lab.command(folder, browser=False), *QUIET]
    with process(words, folder, r"http://127\.0\.0\.1:(\d+)/lab") as match:
        yield f"http://127.0.0.1:{match[1]}"


@contextlib.contextmanager
def chromium():
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def page_of(browser, size=(1280, 900), scheme="light"):
    """A page of its own that notes what it asked of the outside, and every error on it."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    page.outside, page.errors = [], []
    page.on("request", lambda r: note_outside(page, r.url))
    page.on("pageerror", lambda e: page.errors.append(str(e)))
    return page


def note_outside(page, url):
    if not re.match(r"(https?|wss?)://127\.0\.0\.1[:/]|data:|blob:|about:", url):
        page.outside.append(url)


def status(url):
    """The code with which a server answers, redirects not followed."""
    opener = urllib.request.build_opener(NoRedirect)
    try:
        return opener.open(url, timeout=20).status
    except urllib.error.HTTPError as error:
        return error.code


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def run_all(page, address, notebook):
    """Open a notebook in Lab and run it whole."""
    # Lab says idle before its kernel listens; what it is told in between may be lost for good.
    for _ in range(4):
        page.goto(f"{address}/lab/tree/{notebook}?token={TOKEN}&reset")
        page.wait_for_selector(IDLE, timeout=90_000)
        page.click('.lm-MenuBar-itemLabel:text-is("Run")')
        page.click('li[data-command="runmenu:run-all"]')
        with contextlib.suppress(TooSlow):
            page.wait_for_function(FIRST_DONE, timeout=25_000)
            return
    raise AssertionError("Lab ran nothing")


def appears(page, selector, seconds=120):
    """Wait for something that a cell shows; where it does not come, say how far Lab got."""
    try:
        page.wait_for_selector(selector, timeout=seconds * 1000, state="attached")
    except TooSlow:
        prompts = page.locator(".jp-InputPrompt").all_inner_texts()
        texts = page.locator(".jp-OutputArea-output").all_inner_texts()
        raise AssertionError(f"{selector}: {prompts} {texts} {page.errors}") from None
