"""A workshop walked through as a facilitator and a participant with a phone would."""

import sys

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.jupyter import chromium, page_of, process, status
from vsmlib.stream import ValueStream

COMMAND = [sys.executable, "-c", "from vsmlib.cli import main; main()", "workshop"]
LINK = r"facilitator: (http://(127\.0\.0\.1:\d+)/\?token=([\w-]+)#lead=[\w-]+)"
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("workshop")


@pytest.fixture(scope="module")
def link(place):
    words = [*COMMAND, "sample", "--from", "2023-01-01", "--folder", "w"]
    with process(words, place, LINK) as match:
        yield match


@pytest.fixture(scope="module")
def people(link):
    """Fay with the facilitator's link, Ben with a phone in the dark."""
    with chromium() as browser:
        fay = come(page_of(browser, (1280, 1000)), link[1], "Fay")
        ben = come(page_of(browser, (390, 844), "dark"), link[1].split("#")[0], "Ben")
        yield fay, ben
        for page in (fay, ben):
            assert page.outside == []
            assert page.errors == []


def come(page, link, name):
    page.goto(link)
    page.wait_for_selector(".vsm-join input", timeout=60_000)
    page.fill(".vsm-join input", name)
    page.press(".vsm-join input", "Enter")
    page.wait_for_selector(".vsm-agenda li")
    return page


def sees(page, text, within=".vsm-board"):
    page.wait_for_function(
        "([within, text]) => document.querySelector(within).innerText.includes(text)",
        arg=[within, text],
    )


def step(people, title):
    """Go on to a step; both see it, and axe finds nothing serious in it."""
    people[0].get_by_role("button", name="Next", exact=True).click()
    for page in people:
        sees(page, title, ".vsm-panel h2")
        page.wait_for_timeout(300)
        found = Axe().run(page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in SERIOUS] == []


def row(page, name):
    return page.locator(f'.vsm-row [role="group"][aria-label="{name}"]')


def card(page, name):
    return page.get_by_role("group", name=f"Estimate of {name}")


def test_1_without_the_token_nothing_is_shown(link):
    address, token = f"http://{link[2]}", link[3]
    for path in ("/", "/?token=wrong", "/voila/render/workshop.ipynb", "/api/contents"):
        assert status(address + path) in (302, 403, 404), path
    for path in ("board.sqlite", "workshop.ipynb", "..%2fboard.sqlite", "%2e%2e/stream.yaml"):
        found = status(f"{address}/voila/files/{path}?token={token}")
        assert found in (403, 404), path
    assert status(f"{address}/?token={token}") == 200


def test_2_purpose_is_shared(people):
    fay, ben = people
    assert "token" not in fay.url
    assert "lead" not in fay.url
    sees(fay, "Here: Ben, Fay")
    fay.get_by_label("What shall become better?").fill("Answers within a day")
    fay.get_by_label("What shall become better?").blur()
    ben.wait_for_function(
        "document.querySelector('.vsm-form textarea').value.startsWith('Answers')"
    )
    assert ben.get_by_role("button", name="Next").count() == 0


def test_3_walk_from_the_end(people):
    step(people, "Walk the stream")
    fay, ben = people
    for name in ("Released", "Waiting for release"):
        fay.get_by_role("button", name="One state back").click()
        sees(ben, f"Now: {name}")
    assert ben.locator(".vsm-at").count() == 1


def test_4_tag_conflict_undo(people):
    step(people, "Tag")
    fay, ben = people
    row(ben, "With the author").get_by_label("Kind").select_option("wait")
    sees(fay, "13% → 1%", ".vsm-figures")
    note = row(ben, "Waiting for merge").get_by_label("Note")
    note.fill("his words <b>")
    row(fay, "Waiting for merge").get_by_label("Note").fill("her words")
    row(fay, "Waiting for merge").get_by_label("Note").blur()
    sees(fay, "Saved: Waiting for merge, note")
    ben.wait_for_timeout(600)
    note.blur()
    told = row(ben, "Waiting for merge").get_by_role("alert")
    told.wait_for()
    assert "Fay changed this first. Note there: “her words”" in told.inner_text()
    assert note.input_value() == "his words <b>"
    told.get_by_role("button", name="Keep theirs").click()
    assert note.input_value() == "her words"
    ben.get_by_role("button", name="Undo", exact=True).click()
    sees(fay, "Flow efficiency\n\n13%", ".vsm-figures")


def test_5_estimates_are_private_then_side_by_side(people):
    step(people, "Estimate")
    fay, ben = people
    for page, wait in ((fay, "2"), (ben, "9")):
        card(page, "Waiting for release").get_by_label("Wait, days").fill(wait)
        card(page, "Waiting for release").get_by_label("Wait, days").press("Tab")
        sees(page, "Your estimate is kept")
    sees(ben, "2 of us estimated")
    assert "median" not in ben.locator(".vsm-panel").inner_text()
    card(fay, "Waiting for release").get_by_role("button", name="Show all").click()
    sees(ben, "median 5.5, of 2, 9")
    sees(ben, "Measured: 59 days an item")


def propose(page, question, text, state=None):
    part = page.locator(".vsm-part:visible")
    part.get_by_label(question).fill(text)
    if state:
        part.get_by_label("In which state").select_option(state)
    part.get_by_role("button", name="Add", exact=True).click()
    sees(page, "Noted")


def test_6_pains_in_silence(people):
    step(people, "Pains")
    fay, ben = people
    propose(fay, "What hurts?", "Releases are rare", "Waiting for release")
    propose(ben, "What hurts?", "<img src=x onerror=alert(1)>")
    sees(ben, "2 in all, 1 of them yours")
    assert "Releases are rare" not in ben.locator(".vsm-panel").inner_text()
    fay.get_by_role("button", name="Show all").locator("visible=true").click()
    sees(ben, "Releases are rare")
    sees(fay, "<img src=x onerror=alert(1)>")
    assert fay.locator("img").count() == 0


def test_7_ideas_votes_and_their_count(people):
    step(people, "Improvements")
    fay, ben = people
    propose(fay, "What would help?", "Release every month", "Waiting for release")
    propose(ben, "What would help?", "Review in pairs", "Waiting for re-review")
    step(people, "Vote")
    for _ in range(3):
        ben.get_by_label("A dot more for: Release every month").click()
    sees(ben, "You have 2 dots left")
    assert "in all" not in ben.locator(".vsm-part:visible").inner_text()
    fay.get_by_role("button", name="Show all").locator("visible=true").click()
    sees(ben, "3 in all")


def test_8_agree_and_write_the_result(people, place):
    step(people, "Agree")
    fay, ben = people
    agreed = ben.get_by_role("group", name="Release every month")
    for label, text in {"Owner": "Ben", "How we see it helped": "p85", "Days in": "15"}.items():
        agreed.get_by_label(label).fill(text)
        agreed.get_by_label(label).press("Tab")
    agreed.get_by_label("We look again on").fill("2026-12-24")
    agreed.get_by_label("We look again on").blur()
    fay.wait_for_function(
        "[...document.querySelectorAll('input[type=date]')].some((i) => i.value === '2026-12-24')"
    )
    step(people, "Result")
    fay.get_by_role("button", name="Write the result").click()
    sees(ben, "stream.yaml, result.html, minutes.html")
    assert ValueStream.load(place / "w" / "stream.yaml").stages[4].note == "her words"


def test_9_the_page_of_the_result(people, place, tmp_path):
    page = people[0].context.browser.new_page()
    page.goto((place / "w" / "result.html").as_uri())
    assert page.locator("svg").count() == 1
    assert "Release every month" in page.inner_text("table >> nth=1")
    text = (place / "w" / "result.html").read_text()
    assert "future state" in text
    page.goto((place / "w" / "minutes.html").as_uri())
    assert "<img src=x onerror=alert(1)>" in page.inner_text("main")
    page.close()


def test_a_reload_is_the_same_person(people):
    fay, ben = people
    ben.reload()
    ben.wait_for_selector(".vsm-agenda li", timeout=60_000)
    sees(ben, "Here: Ben, Fay")
    fay.reload()
    fay.wait_for_selector(".vsm-agenda li", timeout=60_000)
    assert fay.get_by_role("button", name="Back", exact=True).is_visible(), "still the facilitator"


def test_no_code_runs_for_a_participant(people, link):
    """The page's own line to its kernel takes widgets' messages only."""
    _, ben = people
    answer = ben.evaluate(
        """async () => {
        const data = JSON.parse(document.querySelector('#jupyter-config-data').textContent);
        const url = `ws://${location.host}/api/kernels/${data.kernelId}/channels`;
        const socket = new WebSocket(url);
        await new Promise((done) => { socket.onopen = done; });
        const header = {msg_id: 'x', msg_type: 'execute_request', session: 's', username: 'u',
            version: '5.3', date: new Date().toISOString()};
        const content = {code: 'open("broken-in", "w")', silent: false, store_history: false,
            user_expressions: {}, allow_stdin: false, stop_on_error: true};
        let answered = false;
        socket.onmessage = (m) => { answered ||= String(m.data).includes('execute_reply'); };
        socket.send(JSON.stringify({header, parent_header: {}, metadata: {}, content,
            channel: 'shell', buffers: []}));
        await new Promise((done) => setTimeout(done, 1500));
        socket.close();
        return answered;
    }"""
    )
    assert answer is False
    assert ben.evaluate("fetch('/api/kernels').then((r) => r.status)") in (403, 404)


def test_two_workshops_do_not_see_each_other(people, link, tmp_path):
    words = [*COMMAND, "--folder", "other"]
    with process(words, tmp_path, LINK) as other:
        assert status(f"http://{other[2]}/?token={link[3]}") in (302, 403)
        page = people[0].context.new_page()
        page.goto(other[1].split("#")[0])
        page.wait_for_selector(".vsm-join input", timeout=60_000)
        page.fill(".vsm-join input", "Eve")
        page.press(".vsm-join input", "Enter")
        sees(page, "Here: Eve")
        page.close()
    assert not (tmp_path / "other" / "page" / "broken-in").exists()
