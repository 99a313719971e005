"""What holds for every chart: valid, the same twice, small, titled, never an error."""

import json

import altair as alt
import pytest
from hypothesis import HealthCheck, given, settings

from tests.charts import frames, looking
from tests.worlds import logs, make_log, make_stream
from vsmlib import charts
from vsmlib.errors import VsmError
from vsmlib.flow import Flow

SHAPES = {str(n): frames.shape(n) for n in (3, 7, 9, 25)} | {"hostile": frames.hostile()}
MAKE = {
    "map": lambda rows: charts.draw_value_stream_map(
        frames.stages(rows), frames.transitions(rows), frames.summary(rows), "Pull requests"
    ),
    "time": lambda rows: charts.draw_time_by_stage(frames.stages(rows), frames.summary(rows)),
    "scatter": lambda rows: charts.draw_lead_time_scatter(frames.items(300), frames.summary(rows)),
    "cumulative": lambda rows: charts.draw_cumulative_flow(
        frames.wip(rows), [row[0] for row in rows], [row[1] for row in rows]
    ),
    "throughput": lambda rows: charts.draw_throughput(frames.throughput(), frames.summary(rows)),
    "aging": lambda rows: charts.draw_aging_wip(
        frames.aging(rows), frames.pace(rows), frames.stages(rows), frames.summary(rows)
    ),
}
EMPTY = {
    "map": lambda rows: charts.draw_value_stream_map(
        frames.stages(rows, 0), frames.transitions(rows, 0), frames.summary(rows, 0), "Empty"
    ),
    "time": lambda rows: charts.draw_time_by_stage(frames.stages(rows, 0), frames.summary(rows, 0)),
    "scatter": lambda rows: charts.draw_lead_time_scatter(frames.items(0), frames.summary(rows, 0)),
    "cumulative": lambda rows: charts.draw_cumulative_flow(
        frames.wip(rows).head(0), [row[0] for row in rows], [row[1] for row in rows]
    ),
    "throughput": lambda rows: charts.draw_throughput(
        frames.throughput(0), frames.summary(rows, 0)
    ),
    "aging": lambda rows: charts.draw_aging_wip(
        frames.aging(rows, 0), frames.pace(rows), frames.stages(rows), frames.summary(rows)
    ),
}
FLOW_CHARTS = [
    charts.value_stream_map,
    charts.time_by_stage,
    charts.lead_time_scatter,
    charts.cumulative_flow,
    charts.throughput,
    charts.aging_wip,
]
every_chart = pytest.mark.parametrize("name", MAKE)
every_shape = pytest.mark.parametrize("shape", SHAPES)


@every_chart
@every_shape
def test_a_chart_is_valid_and_the_same_at_every_building(name, shape):
    first, second = (looking.spec(MAKE[name](SHAPES[shape])) for _ in range(2))
    assert first == second
    assert first["background"] == "#ffffff"


@every_chart
@every_shape
def test_a_chart_fits_a_page_and_a_notebook(name, shape):
    width, _ = looking.size(MAKE[name](SHAPES[shape]))
    assert width <= (964 if name == "map" else 864)
    assert len(json.dumps(looking.spec(MAKE[name](SHAPES[shape])))) < 500_000


@every_chart
def test_a_chart_says_its_population_and_reads_aloud(name):
    chart = MAKE[name](SHAPES["7"])
    assert any(
        word in looking.subtitle(chart) for word in ("delivered", "in progress", "all items")
    )
    assert any(word in looking.subtitle(chart) for word in ("elapsed", "local", "medians of whole"))
    says = looking.spec(chart)["description"]
    assert says.endswith(".")
    assert sum(letter.isdigit() for letter in says) >= 2


@every_chart
def test_hostile_names_stay_text(name):
    made = looking.spec(MAKE[name](SHAPES["hostile"]))
    fields = {
        channel["field"]
        for layer in looking.layers(made)
        for channels in layer.get("encoding", {}).values()
        for channel in (channels if isinstance(channels, list) else [channels])
        if "field" in channel
    }
    assert all(field.isidentifier() for field in fields)
    assert all("\n" not in text for text in looking.texts(MAKE[name](SHAPES["hostile"])))


@every_chart
def test_no_data_is_a_chart_that_says_so(name):
    chart = EMPTY[name](SHAPES["7"])
    assert any(text.startswith("No ") for text in looking.texts(chart))
    assert "No " in looking.spec(chart)["description"]


@pytest.mark.parametrize("chart", FLOW_CHARTS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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
