"""What holds for every chart: valid, the same twice, small, titled, never an error."""

import json

import altair as alt
import pytest
from hypothesis import HealthCheck, given, settings

from tests.charts import frames, looking
from tests.worlds import logs, make_log, make_stream
from vsmlib import charts
from vsmlib.charts.aging import draw_aging_wip
from vsmlib.charts.histogram import draw_lead_time_histogram
from vsmlib.charts.map import draw_value_stream_map
from vsmlib.charts.over_time import draw_cumulative_flow, draw_throughput
from vsmlib.charts.times import draw_lead_time_scatter, draw_time_by_stage
from vsmlib.errors import VsmError
from vsmlib.flow import Flow

SHAPES = {str(n): frames.shape(n) for n in (3, 7, 9, 25)} | {"hostile": frames.hostile()}
NAMES = ["map", "time", "scatter", "cumulative", "throughput", "aging", "histogram"]
SHAPELESS = {"scatter", "throughput", "histogram"}
SHAPED = [(n, s) for n in NAMES for s in SHAPES if n not in SHAPELESS or s == "7"]
FLOW_CHARTS = [
    charts.value_stream_map,
    charts.time_by_stage,
    charts.lead_time_scatter,
    charts.cumulative_flow,
    charts.throughput,
    charts.aging_wip,
    charts.lead_time_histogram,
]
every_chart = pytest.mark.parametrize("name", NAMES)


def draw(name, rows, delivered=944):
    """One chart of a stream of these stages; without delivered items, of nothing at all."""
    some = 1 if delivered else 0
    summary, stages = frames.summary(rows, delivered), frames.stages(rows, delivered)
    names, kinds = [row[0] for row in rows], [row[1] for row in rows]
    if name == "map":
        return draw_value_stream_map(stages, frames.transitions(rows, delivered), summary, "Pulls")
    if name == "time":
        return draw_time_by_stage(stages, summary)
    if name == "scatter":
        return draw_lead_time_scatter(frames.items(300 * some), summary)
    if name == "histogram":
        table, bins, made = frames.spread(frames.items(300 * some)["lead_time_s"])
        return draw_lead_time_histogram(bins, table, made)
    if name == "cumulative":
        wip = frames.wip(rows)
        return draw_cumulative_flow(wip if some else wip.head(0), names, kinds)
    if name == "throughput":
        return draw_throughput(frames.throughput(60 * some), summary)
    return draw_aging_wip(frames.aging(rows, 74 * some), frames.pace(rows), stages, summary)


@pytest.mark.parametrize(("name", "shape"), SHAPED)
def test_a_chart_is_valid_small_and_the_same_at_every_building(name, shape):
    chart = draw(name, SHAPES[shape])
    made = looking.spec(chart)
    assert made == looking.spec(draw(name, SHAPES[shape]))
    assert made["background"] == "#ffffff"
    assert len(json.dumps(made)) < 300_000
    assert looking.size(chart)[0] <= (964 if name == "map" else 864)


@every_chart
def test_a_chart_says_its_population_and_reads_aloud(name):
    chart = draw(name, SHAPES["7"])
    under, says = looking.subtitle(chart), looking.spec(chart)["description"]
    assert any(word in under for word in ("delivered", "in progress", "all items"))
    assert any(word in under for word in ("elapsed", "local", "means over"))
    assert says.endswith(".")
    assert sum(letter.isdigit() for letter in says) >= 2


@every_chart
def test_hostile_names_stay_text(name):
    chart = draw(name, SHAPES["hostile"])
    fields = {channel["field"] for channel in looking.channels(chart) if "field" in channel}
    assert not fields & set(frames.HOSTILE)
    assert not any(sign in field for field in fields for sign in ".[\\'\"")
    assert all("\n" not in text for text in looking.texts(chart))


@every_chart
def test_no_data_is_a_chart_that_says_so(name):
    chart = draw(name, SHAPES["7"], delivered=0)
    assert any(text.startswith("No ") for text in looking.texts(chart))
    assert "No " in looking.spec(chart)["description"]


@pytest.mark.parametrize("chart", FLOW_CHARTS)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(events=logs())
def test_whatever_happened_can_be_drawn(chart, events):
    try:
        flow = Flow(make_log(events), make_stream())
    except VsmError:
        return  # no event of this log enters a stage
    looking.svg(chart(flow))


def test_altair_draws_in_the_theme_once_charts_are_imported():
    assert alt.theme.active == "vsm"
    assert set(charts.__all__) >= {chart.__name__ for chart in FLOW_CHARTS}
