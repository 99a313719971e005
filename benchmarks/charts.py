"""How long does each chart take, and how quickly does the explorer answer in a browser?

``python -m benchmarks.charts [--events N] [--runs N]`` draws the sample, or a generated log of N
events. Aim on the sample: under 0.5 s from table to specification, answers within 100 ms.
"""

import argparse
import json
import shutil
import statistics
import time
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import vl_convert
from playwright.sync_api import sync_playwright

import vsmlib as vsm
from benchmarks.generate import write
from benchmarks.measure import OUT, stream
from vsmlib import charts, evidence, measure
from vsmlib.charts.gallery import FROM, OPTIONS, RELEASES, material

MOVES, AIM = 40, 100  # ms
TESTS = ["compare", "forecast", "expectation", "behaviour"]
SEEN = 1000  # ms: nobody drags in what is not painted yet
WHERE = {"Lab": False, "a page that forbids to compile (expressions are interpreted)": True}
DRAW = """async ([spec, ast]) => {
    const drawn = await vegaEmbed("div", spec, {renderer: "svg", actions: false, ast});
    window.view = drawn.view;
    window.answers = [];
    addEventListener("pointermove", () => {
        const begin = performance.now();
        requestAnimationFrame(() => setTimeout(() => answers.push(performance.now() - begin)));
    }, true);
}"""


class Clock:
    """Adds up what the measures take, so that a chart's own part can be told."""

    measured = 0.0

    def watch(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the same function, its time added up."""

        @wraps(function)
        def inner(*words: Any, **options: Any) -> Any:
            begin = time.perf_counter()
            try:
                return function(*words, **options)
            finally:
                self.measured += time.perf_counter() - begin

        return inner


def draw(make: Callable[[], Any], clock: Clock, runs: int) -> tuple[list[float], list[float]]:
    """Return the seconds from table to specification, and those from the flow."""
    own, whole = [], []
    for _ in range(runs):
        clock.measured, begin = 0.0, time.perf_counter()
        make().to_dict()
        whole.append(time.perf_counter() - begin)
        own.append(whole[-1] - clock.measured)
    return own, whole


def drawings(flow: vsm.Flow, options: dict[str, dict[str, Any]]) -> dict[str, Callable[[], Any]]:
    """Return how each chart of the gallery is drawn."""
    return {
        name: partial(getattr(charts, name), *parts.values(), **options.get(name, {}))
        for name, parts in material(flow, flow).items()
    }


def answers(spec: dict[str, Any], ast: bool) -> tuple[int, list[float]]:
    """Drag over the explorer's scatter; milliseconds from each move to the next painted frame."""
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 1400})
        page.set_content("<body><div></div></body>")
        page.add_script_tag(content=vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))
        page.evaluate(DRAW, [spec, ast])
        marks = page.locator("[class^=mark-] path, [class^=mark-] text").count()
        box = page.locator(".mark-symbol").first.bounding_box()
        page.wait_for_timeout(SEEN)
        page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.2 * box["height"])
        page.mouse.down()
        for step in range(MOVES):
            page.mouse.move(
                box["x"] + (0.3 + 0.6 * step / MOVES) * box["width"],
                box["y"] + (0.3 + 0.65 * step / MOVES) * box["height"],
            )
            page.wait_for_timeout(60)
        found = page.evaluate("answers")
        browser.close()
    return marks, found


def said(values: list[float], digits: int = 2) -> str:
    """Median and range."""
    ends = min(values), max(values)
    return f"{statistics.median(values):.{digits}f} ({ends[0]:.{digits}f}-{ends[1]:.{digits}f})"


def main() -> None:
    """Print one row a chart, and a line on the browser."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    log, definition, options = "sample", "github-pull-requests-to-release", {"start": FROM}
    of_charts = OPTIONS
    if arguments.events:
        OUT.mkdir(parents=True, exist_ok=True)
        log, definition, options = OUT / f"{arguments.events}.parquet", stream(), {}
        of_charts = {"before_and_after": RELEASES}
        if not log.exists():
            write(arguments.events, log)
    flow = vsm.Flow(vsm.read(log), vsm.ValueStream.load(definition), **options)
    measure.summary(flow)
    clock = Clock()
    for module, name in [(measure, n) for n in measure.__all__] + [(evidence, n) for n in TESTS]:
        setattr(module, name, clock.watch(getattr(module, name)))
    print("| chart | table to specification, s | flow to specification, s | kB | n |")
    print("|---|---|---|---|---|")
    for name, make in drawings(flow, of_charts).items():
        own, whole = draw(make, clock, arguments.runs)
        size = len(json.dumps(make().to_dict())) / 1000
        print(f"| {name} | {said(own)} | {said(whole)} | {size:,.0f} | {len(own)} |", flush=True)
    spec = charts.explorer(flow).to_dict()
    for where, ast in WHERE.items():
        drags = [answers(spec, ast) for _ in range(arguments.runs)]
        found = [value for _, values in drags for value in values]
        late = f"{sum(value > AIM for value in found)} of {len(found)} after more than {AIM}"
        shown = f"a move is painted after {said(found, 0)} ms, {late}, {len(drags)} drags"
        print(f"\nExplorer in {where}: {drags[0][0]:,} marks; {shown}", flush=True)


if __name__ == "__main__":
    main()
