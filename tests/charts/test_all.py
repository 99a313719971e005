"""What holds for every chart: valid, the same twice, small, titled, never an error."""

import json

import altair as alt
import pytest
from hypothesis import HealthCheck, given, settings

from tests.charts import frames, looking
from tests.worlds import logs, make_log, make_stream
from vsmlib import charts
from vsmlib.charts.aging import draw_aging_wip
from vsmlib.charts.behaviour import draw_process_behaviour, draw_run_chart
from vsmlib.charts.colours import DARK
from vsmlib.charts.delivery import draw_five_keys
from vsmlib.charts.graph import draw_transition_graph
from vsmlib.charts.histogram import draw_lead_time_histogram
from vsmlib.charts.hours import draw_wait_heat_map
from vsmlib.charts.map import draw_value_stream_map
from vsmlib.charts.over_time import draw_cumulative_flow, draw_throughput, draw_wip_over_time
from vsmlib.charts.promises import draw_forecast, draw_kept_expectation
from vsmlib.charts.record import draw_track_record
from vsmlib.charts.strips import draw_stage_strips
from vsmlib.charts.times import draw_lead_time_scatter, draw_time_by_stage
from vsmlib.charts.variants import draw_variants
from vsmlib.charts.verdicts import draw_before_and_after
from vsmlib.charts.wastes import draw_opportunities, draw_wait_causes, draw_waste_over_time
from vsmlib.charts.weeks import draw_flow_distribution, draw_flow_efficiency_over_time
from vsmlib.errors import VsmError
from vsmlib.flow import Flow

SHAPES = {str(n): frames.shape(n) for n in (3, 7, 9, 25)} | {"hostile": frames.hostile()}
FLOW_CHARTS = [
    charts.value_stream_map,
    charts.time_by_stage,
    charts.lead_time_scatter,
    charts.cumulative_flow,
    charts.throughput,
    charts.aging_wip,
    charts.lead_time_histogram,
    charts.flow_efficiency_over_time,
    charts.flow_distribution,
    charts.wait_heat_map,
    charts.transition_graph,
    charts.stage_strips,
    charts.variants,
    charts.wip_over_time,
    charts.five_keys,
    charts.wait_causes,
    charts.opportunities,
    charts.waste_over_time,
    charts.process_behaviour,
    charts.run_chart,
    charts.forecast,
    charts.track_record,
    charts.kept_expectation,
]


def histogram(rows, delivered):
    table, bins, summary = frames.spread(frames.items(300 if delivered else 0)["lead_time_s"])
    return draw_lead_time_histogram(bins, table, summary)


def names_and_kinds(rows):
    return [row[0] for row in rows], [row[1] for row in rows]


def some(table, delivered):
    return table if delivered else table.head(0)


def ways(rows, delivered):
    names, kinds = names_and_kinds(rows)
    paths = [list(range(i % 3, len(rows))) for i in range(15)] if delivered else []
    return draw_variants(frames.variants(paths, names), names, kinds, frames.summary(rows))


# Each draws a stream of these stages; without delivered items, nothing at all.
DRAW = {
    "map": lambda rows, n: draw_value_stream_map(
        frames.stages(rows, n), frames.transitions(rows, n), frames.summary(rows, n), "Pulls"
    ),
    "time": lambda rows, n: draw_time_by_stage(frames.stages(rows, n), frames.summary(rows, n)),
    "scatter": lambda rows, n: draw_lead_time_scatter(
        some(frames.items(300), n), frames.summary(rows, n)
    ),
    "cumulative": lambda rows, n: draw_cumulative_flow(
        some(frames.wip(rows), n), *names_and_kinds(rows)
    ),
    "throughput": lambda rows, n: draw_throughput(
        some(frames.throughput(60), n), frames.summary(rows, n)
    ),
    "aging": lambda rows, n: draw_aging_wip(
        some(frames.aging(rows), n),
        frames.pace(rows),
        frames.stages(rows, n),
        frames.summary(rows, n),
    ),
    "histogram": histogram,
    "efficiency": lambda rows, n: draw_flow_efficiency_over_time(
        some(frames.efficiency(48), n), frames.summary(rows, n), 4
    ),
    "distribution": lambda rows, n: draw_flow_distribution(
        some(frames.distribution(names_and_kinds(rows)[0]), n), frames.summary(rows, n), 4
    ),
    "hours": lambda rows, n: draw_wait_heat_map(
        frames.wait_hours(2000 if n else 0), frames.summary(rows, n)
    ),
    "graph": lambda rows, n: draw_transition_graph(
        frames.stages(rows, n), some(frames.transitions(rows, n), n), frames.summary(rows, n)
    ),
    "strips": lambda rows, n: draw_stage_strips(
        some(frames.strips(rows), n), frames.summary(rows, n)
    ),
    "variants": ways,
    "five_keys": lambda rows, n: draw_five_keys(*(some(t, n) for t in frames.five_keys()), "UTC"),
    "wip": lambda rows, n: draw_wip_over_time(some(frames.wip(rows), n), *names_and_kinds(rows)),
    "causes": lambda rows, n: draw_wait_causes(
        some(frames.causes(rows), n), frames.summary(rows, n), names_and_kinds(rows)[0]
    ),
    "opportunities": lambda rows, n: draw_opportunities(
        some(frames.opportunities(rows), n), frames.summary(rows, n)
    ),
    "wastes": lambda rows, n: draw_waste_over_time(frames.wastes(n), frames.summary(rows, n)),
    "behaviour": lambda rows, n: draw_process_behaviour(
        some(frames.behaviour(noun=f"time in “{rows[0][0]}”"), n)
    ),
    "run": lambda rows, n: draw_run_chart(some(frames.behaviour(noun=rows[0][0]), n)),
    "before": lambda rows, n: draw_before_and_after(frames.comparison(n)),
    "forecast": lambda rows, n: draw_forecast(frames.forecast(60 if n else 0)),
    "track": lambda rows, n: draw_track_record(frames.forecast(60 if n else 0)),
    "kept": lambda rows, n: draw_kept_expectation(some(frames.expectation(), n)),
}
SHAPELESS = {"five_keys", "scatter", "throughput", "histogram", "efficiency", "hours", "wastes"}
SHAPELESS |= {"before", "forecast", "track", "kept"}
SHAPED = [(n, s) for n in DRAW for s in SHAPES if n not in SHAPELESS or s == "7"]
every_chart = pytest.mark.parametrize("name", DRAW)


def draw(name, rows, delivered=944):
    return DRAW[name](rows, delivered)


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
    assert any(word in under for word in ("delivered", "in progress", "all items", "all depl"))
    assert any(word in under for word in ("elapsed", "local", "means over"))
    assert says.endswith(".")
    assert sum(letter.isdigit() for letter in says) >= 2
    assert looking.nameless(chart) == []


@every_chart
def test_every_colour_that_is_seen_has_a_partner_in_the_dark(name):
    assert looking.colours(draw(name, SHAPES["7" if name in SHAPELESS else "25"])) <= set(DARK)


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
