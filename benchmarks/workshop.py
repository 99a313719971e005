"""How late do others see an edit, with real browsers? ``python -m benchmarks.workshop [PEOPLE]``.

Starts `vsm workshop` on the sample and Chromium pages on the same machine; each edits in turn.
Aim: 15 people on 2 cores, each edit seen by all others within 1 s; a tag's figures within 0.5 s.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.browser.jupyter import chromium, page_of, process
from tests.browser.test_workshop import COMMAND, LINK, come, sees

FIELD = """(place) => document.querySelectorAll('.vsm-row .vsm-owner input')[place % 6]"""
SET = f"""([place, value]) => {{
    const input = ({FIELD})(place), begin = Date.now();
    input.value = value;
    ['input', 'change'].forEach((name) => input.dispatchEvent(new Event(name, {{bubbles: true}})));
    return begin;
}}"""
WATCH = """() => {
    window.seen = {};
    setInterval(() => document.querySelectorAll('.vsm-row .vsm-owner input').forEach((input) => {
        if (input.value.startsWith('edit')) window.seen[input.value] ??= Date.now();
    }), 20);
}"""
TAG = """async (value) => {
    const select = document.querySelector('.vsm-row:nth-child(3) .vsm-kind select');
    const drawn = document.querySelector('.vsm-map').outerHTML, begin = performance.now();
    select.value = value;
    ['input', 'change'].forEach((name) => select.dispatchEvent(new Event(name, {bubbles: true})));
    while (document.querySelector('.vsm-map').outerHTML === drawn)
        await new Promise((done) => requestAnimationFrame(done));
    return performance.now() - begin;
}"""


def main(people: int) -> None:
    """Let them come in, tag, and edit."""
    folder = Path(tempfile.mkdtemp(prefix="vsm-workshop-"))
    words = [*COMMAND, "sample", "--from", "2023-01-01", "--folder", "w"]
    with process(words, folder, LINK) as link, chromium() as browser:
        pages = [
            come(page_of(browser), link[1] if i == 0 else link[1].split("#")[0], f"P{i}")
            for i in range(people)
        ]
        for title in ("Walk", "Tag"):
            pages[0].get_by_role("button", name="Next", exact=True).click()
            sees(pages[0], title, ".vsm-panel h2")
        for page in pages:
            sees(page, "Tag", ".vsm-panel h2")
            page.evaluate(WATCH)
        tags = []
        for kind in ("wait", "active") * 5:
            tags.append(pages[0].evaluate(TAG, kind))
            time.sleep(0.7)
        sent = {}
        for number in range(2 * people):
            value = f"edit {number}"
            sent[value] = pages[number % people].evaluate(SET, [number, value])
            time.sleep(0.25)
        time.sleep(3)
        late = []
        for place, page in enumerate(pages):
            seen = page.evaluate("window.seen")
            others = [v for n, v in enumerate(sent) if n % people != place]
            late += [seen[value] - sent[value] for value in others]
    print(f"tag to map on the screen: {statistics.median(tags):.0f} ms (median), {max(tags):.0f}")
    late.sort()
    print(f"{people} people, {len(sent)} edits, {len(late)} sightings: after"
          f" {statistics.median(late):.0f} ms (median), {late[-1]:.0f} ms (worst)")  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
