"""Every chart drawn by Vega in a browser, as the report draws them: expressions interpreted."""

import shutil

import pytest
import vl_convert
from playwright.sync_api import sync_playwright

import vsmlib as vsm
from vsmlib import charts
from vsmlib.charts.explorer_rows import of_items

DRAW = """async (spec) => {
    document.body.replaceChildren(document.createElement("div"));
    const options = {renderer: "svg", actions: false, ast: true, logLevel: 2};
    window.view = (await vegaEmbed("div", spec, options)).view;
}"""
WORDS = "[...document.querySelectorAll('text')].map((text) => text.textContent)"
BOXES = """(selector) => [...document.querySelectorAll(selector)].map((mark) => {
    const {left, right} = mark.getBoundingClientRect();
    return [left, right];
})"""
# What draws the data, and the least share of the plot's width that it must span.
MARKS = {
    "value_stream_map": (".mark-text.layer_1_marks text", 0.9),
    "time_by_stage": (".mark-rect.layer_0_marks path", 0.9),
    "lead_time_scatter": (".mark-symbol.layer_2_marks path", 0.9),
    "cumulative_flow": (".mark-area path", 0.99),
    "throughput": (".mark-rect.layer_0_marks path", 0.98),
    "aging_wip": (".mark-symbol.layer_2_marks path", 0.8),
    "lead_time_histogram": (".mark-rect.layer_0_marks path", 0.9),
    "flow_efficiency_over_time": (".mark-symbol.layer_1_marks path", 0.9),
    "flow_distribution": (".mark-rect.layer_1_marks path", 0.9),
    "wait_heat_map": (".mark-rect.layer_2_marks path", 0.65),
    "transition_graph": (".mark-text.layer_1_marks text", 0.5),
    "stage_strips": (".mark-text.layer_3_marks text", 0.05),
    "variants": (".mark-rect.layer_2_marks path", 0.99),
    "wip_over_time": (".mark-area path", 0.99),
}


@pytest.fixture(scope="module")
def flow():
    stream = vsm.ValueStream.load("github-pull-requests")
    return vsm.Flow(vsm.read("sample"), stream, start="2023-01-01")


@pytest.fixture(scope="module")
def page():
    """A page without a network that notes every word on its console."""
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_context(offline=True, viewport={"width": 1100, "height": 900}).new_page()
        page.troubles = []
        page.on("console", lambda m: page.troubles.append(f"{m.type} {m.text}"))
        page.on("pageerror", lambda error: page.troubles.append(f"error {error}"))
        page.set_content("<body></body>")
        bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
        page.add_script_tag(content=bundle)
        yield page
        browser.close()


def _filled(table):
    return int((table["delivered"] > 0).sum())


def expected(flow, name):
    """How many marks the data has."""
    summary, stages = vsm.measure.summary(flow), vsm.measure.stages(flow)
    flowing = int(stages["kind"].isin(["active", "wait"]).sum())
    return {
        "time_by_stage": flowing,
        "lead_time_scatter": summary["delivered"],
        "cumulative_flow": int((stages["kind"] != "cancelled").sum()),
        "throughput": len(vsm.measure.throughput(flow, weeks=4)),
        "aging_wip": summary["in_progress"],
        "lead_time_histogram": 36,
        "flow_efficiency_over_time": _filled(vsm.measure.efficiency(flow, weeks=4)),
        "flow_distribution": _filled(vsm.measure.distribution(flow, weeks=4)),
        "wait_heat_map": 168,
        "stage_strips": 40,
        "variants": 12,
        "wip_over_time": int((~stages["kind"].isin(["done", "cancelled"])).sum()),
    }[name]


@pytest.mark.parametrize("name", MARKS)
def test_a_live_chart_is_drawn_in_silence_and_over_its_whole_width(page, flow, name):
    spec, (selector, share) = getattr(charts, name)(flow).to_dict(), MARKS[name]
    page.evaluate(DRAW, spec)
    assert page.troubles == []
    boxes = page.evaluate(BOXES, selector)
    spanned = max(right for _, right in boxes) - min(left for left, _ in boxes)
    assert spanned > share * spec["width"]
    if name == "transition_graph":
        found = page.evaluate(WORDS)
        assert {"Draft", "Merged", "back to an earlier stage"} <= set(found)
    elif name == "value_stream_map":
        found = page.evaluate(WORDS)
        assert len(boxes) > 80
        assert {"Draft", "median visit", "flow efficiency"} <= set(found)
    else:
        assert len(boxes) == expected(flow, name)


def test_a_click_on_a_stage_shows_its_times_and_oldest_items(page, flow):
    stages = vsm.measure.stages(flow).set_index("stage")
    first, other = stages["share_of_lead_time"].nlargest(2).index
    page.evaluate(DRAW, charts.stage_explorer(flow).to_dict())
    visits = f"{first}: {stages['visits'][first]:,} visits"
    assert any(text.startswith(visits) for text in page.evaluate(WORDS))
    page.locator(f"path[aria-label^='{other}, {stages['kind'][other]}: ']").first.click()
    page.wait_for_function(f"{WORDS}.some((text) => text.startsWith('{other}: '))")
    texts = page.evaluate(WORDS)
    held = vsm.measure.aging(flow).query("stage == @other")
    assert f"{len(held)} items in progress in it" in texts
    assert set(held["item_id"].head(7)) <= set(texts)
    assert page.troubles == []


def test_a_drag_in_one_view_holds_in_all(page, flow):
    page.evaluate(DRAW, charts.explorer(flow).to_dict())
    whole = vsm.measure.summary(flow)["delivered"]
    assert any(text.startswith(f"{whole:,} items chosen") for text in page.evaluate(WORDS))
    veil = page.locator(".concat_0_layer_1_marks path")
    bright = page.locator(".concat_0_layer_2_marks path")
    assert (veil.get_attribute("opacity"), bright.count()) == ("0", 0)
    dots = page.locator(".mark-symbol").first.bounding_box()
    left, top, wide, high = (dots[key] for key in ("x", "y", "width", "height"))
    page.mouse.move(left + 0.3 * wide, top + 0.5 * high)
    page.mouse.down()
    page.mouse.move(left + 0.9 * wide, top + 0.97 * high, steps=5)
    page.mouse.up()
    area = page.evaluate("view.signal('area')")
    zone = vsm.measure.summary(flow)["window"]["timezone"]
    items = of_items(vsm.measure.ways(flow), zone, flow.stream.stage_names)
    inside = items["when"].between(*area["when"])
    inside &= items["seconds"].between(*sorted(area["seconds"]))
    assert 0 < inside.sum() < whole
    page.wait_for_function(f"{WORDS}.some((t) => t.startsWith('{inside.sum()} items chosen'))")
    assert (veil.get_attribute("opacity"), bright.count()) == ("0.75", inside.sum())
    assert page.troubles == []


def test_a_click_on_a_way_holds_in_all(page, flow):
    page.evaluate(DRAW, charts.explorer(flow).to_dict())
    arcs = ".mark-symbol path[aria-label*=': moves: ']"
    assert page.locator(arcs).count() > 5
    first = vsm.measure.variants(flow).iloc[0]
    way = " ".join(
        str(flow.stream.stage_names.index(stage) + 1) for stage in first["path"].split(" > ")
    )
    page.locator(f"path[aria-label*='way: {way}']").first.click(force=True)
    said = f"{first['items']} items chosen"
    page.wait_for_function(f"{WORDS}.some((text) => text.startsWith('{said}'))")
    # What is left of the graph is that way alone.
    moves = page.locator(arcs)
    assert moves.count() == len(first["path"].split(" > ")) - 1
    assert page.troubles == []
