"""The tag board in JupyterLab, driven as a person would: mouse, keyboard, a colleague."""

import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.jupyter import ROOT, appears, chromium, lab_server, page_of, run_all
from vsmlib.board.desk import Desk
from vsmlib.board.store import Store
from vsmlib.stream import ValueStream

NOTEBOOK = "03_tag_wait_states.ipynb"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    shutil.copy(ROOT / "notebooks" / NOTEBOOK, folder)
    return folder


@pytest.fixture(scope="module")
def page(place):
    with lab_server(place) as address, chromium() as browser:
        page = page_of(browser, (1280, 1800))
        run_all(page, address, NOTEBOOK)
        appears(page, ".vsm-join input")
        page.fill(".vsm-join input", "Ana")
        page.press(".vsm-join input", "Enter")
        page.wait_for_selector(".vsm-row")
        yield page
        assert page.outside == []
        assert page.errors == []


@pytest.fixture
def ben(page, place):
    """A colleague at the same board, in another process."""
    return Desk(Store(place / "out" / "board" / "board.sqlite"), "Ben")


def row(page, name):
    return page.locator(f'.vsm-row [role="group"][aria-label="{name}"]')


def order(page):
    return [
        one.get_attribute("aria-label") for one in page.locator('.vsm-row [role="group"]').all()
    ]


def state(desk, name):
    return next(row for row in desk.state()["rows"] if row["name"] == name)


def says(page, text):
    page.wait_for_function(
        "t => document.querySelector('.vsm-status').textContent.includes(t)", arg=text
    )


def cards(page, text):
    page.wait_for_function(
        "t => document.querySelector('.vsm-figures').textContent.includes(t)", arg=text
    )


def test_a_tag_shows_what_it_does_and_undo_takes_it_back(page, ben):
    row(page, "With the author").locator("select").first.select_option("wait")
    cards(page, "13% → 1%")
    assert state(ben, "With the author")["tagged_by"] == "Ana"
    assert "kind active → wait" in page.locator(".vsm-changes").inner_text()
    page.click('.vsm-bar >> text="Undo"')
    cards(page, "Flow efficiency13%")
    page.click('.vsm-bar >> text="Redo"')
    cards(page, "13% → 1%")
    page.click('.vsm-bar >> text="Undo"')
    cards(page, "Flow efficiency13%")
    assert page.locator("svg.vsm-map text").count() > 80


def test_two_fields_of_a_row_one_after_the_other(page, ben):
    waiting = row(page, "Waiting for merge")
    waiting.get_by_label("Owner").fill("us")
    waiting.get_by_label("Cause").fill("approval")
    waiting.get_by_label("Cause").press("Tab")
    waiting.get_by_label("Waste").select_option("delays")
    says(page, "Saved: Waiting for merge, waste")
    made = state(ben, "Waiting for merge")
    assert (made["owner"], made["cause"], made["waste"]) == ("us", "approval", "delays")


def test_by_keyboard_alone(page, ben):
    handle = row(page, "Waiting for merge").get_by_role("button").first
    handle.focus()
    page.keyboard.press("Alt+ArrowUp")
    says(page, "Waiting for merge moved")
    assert order(page).index("Waiting for merge") == 3
    assert page.evaluate("document.activeElement.className") == "vsm-handle"
    page.keyboard.press("Alt+ArrowDown")
    page.wait_for_function("document.querySelectorAll('.vsm-row')[4].textContent.length > 0")
    says(page, "Waiting for merge moved")
    page.keyboard.press("Control+z")
    says(page, "undo done")
    page.keyboard.press("Control+Shift+Z")
    says(page, "redo done")
    page.wait_for_timeout(500)
    assert order(page).index("Waiting for merge") == 4
    for _ in range(6):
        page.keyboard.press("Tab")
    page.keyboard.type("dd0 00 stays text")  # keys that delete cells and restart kernels in Lab
    page.keyboard.press("Tab")
    says(page, "note")
    assert state(ben, "Waiting for merge")["note"].endswith("dd0 00 stays text")


def test_drag_moves_a_state(page):
    handle = row(page, "Draft").get_by_role("button").first
    handle.drag_to(row(page, "Waiting for re-review").get_by_label("State"))
    says(page, "Draft moved")
    page.wait_for_timeout(500)
    assert order(page)[2] == "Draft"
    page.click('.vsm-bar >> text="Undo"')
    says(page, "undo done")


def test_the_slower_ones_text_stays_before_them(page, ben):
    note = row(page, "Waiting for release").get_by_label("Note")
    note.fill("mine: nobody cuts it")
    there = state(ben, "Waiting for release")
    tag = {"do": "tag", "id": there["id"], "seen": there["version"], "fields": {"note": "his"}}
    assert ben.hear(tag)["ok"]
    page.wait_for_timeout(700)
    assert note.input_value() == "mine: nobody cuts it", "what others do never touches typed text"
    note.blur()
    told = row(page, "Waiting for release").get_by_role("alert")
    told.wait_for()
    assert "Ben changed this first. Note there: “his”" in told.inner_text()
    assert note.input_value() == "mine: nobody cuts it"
    assert state(ben, "Waiting for release")["note"] == "his"
    told.get_by_role("button", name="Save mine").click()
    says(page, "Saved: Waiting for release, note")
    assert state(ben, "Waiting for release")["note"] == "mine: nobody cuts it"
    page.click('.vsm-bar >> text="Undo"')
    says(page, "undo done")
    assert state(ben, "Waiting for release")["note"] == "his"


def test_undo_does_not_overwrite_a_colleague(page, ben):
    row(page, "Draft").get_by_label("Owner").fill("me")
    row(page, "Draft").get_by_label("Owner").blur()
    says(page, "Saved: Draft, owner")
    there = state(ben, "Draft")
    ben.hear({"do": "tag", "id": there["id"], "seen": there["version"], "fields": {"owner": "him"}})
    page.click('.vsm-bar >> text="Undo"')
    says(page, "Ben changed this first")
    assert state(ben, "Draft")["owner"] == "him"


def test_evidence_merge_and_split(page, ben):
    waiting = row(page, "Waiting for re-review")
    waiting.get_by_role("button", name="Why?").click()
    details = waiting.locator(".vsm-details")
    assert "The data suggests wait" in details.inner_text()
    details.get_by_label("Merge this state into").select_option("Waiting for first response")
    details.get_by_role("button", name="Merge", exact=True).click()
    says(page, "Merged")
    page.wait_for_function("document.querySelectorAll('.vsm-row').length === 7")
    first = row(page, "Waiting for first response")
    first.get_by_role("button", name="Why?").click()
    first.get_by_label("pushed_after_review").check()
    first.get_by_label("Name of the new state").fill("<b>Again</b>")
    first.get_by_role("button", name="Split", exact=True).click()
    says(page, "Split")
    assert order(page)[2] == "<b>Again</b>"
    cards(page, "Waiting for release")
    for _ in range(2):
        page.click('.vsm-bar >> text="Undo"')
        says(page, "undo done")
        page.wait_for_timeout(400)
    assert "Waiting for re-review" in order(page)


def test_save_keeps_comments(page, place):
    page.click('text="Save stream.yaml"')
    says(page, "Saved stream.yaml")
    saved = (place / "out" / "board" / "stream.yaml").read_text()
    original = (ROOT / "data" / "sample" / "stream.yaml").read_text()
    comments = [line for line in original.splitlines() if line.startswith("#")]
    assert comments
    assert [line for line in saved.splitlines() if line.startswith("#")] == comments
    assert ValueStream.parse(saved).stages[0].owner == "him"
    page.wait_for_function("document.querySelector('.vsm-changes').textContent.includes('Nothing')")


@pytest.mark.parametrize("light", ["true", "false"])
def test_axe_finds_nothing_serious(page, light):
    page.evaluate("light => { document.body.dataset.jpThemeLight = light; }", light)
    page.wait_for_timeout(300)
    found = Axe().run(page, context=".vsm-board").response
    page.evaluate("() => { document.body.dataset.jpThemeLight = 'true'; }")
    faults = [(v["id"], v["nodes"][0]["html"][:200]) for v in found["violations"]]
    assert faults == []
    assert len(found["passes"]) > 10
