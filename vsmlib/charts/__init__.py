"""Charts: one table or Flow in, one Altair chart out; every figure comes from `vsmlib.measure`.

Each ``chart(flow)`` has a second door in its module, ``draw_chart``, for tables made before.
"""

from vsmlib.charts import theme
from vsmlib.charts.aging import aging_wip
from vsmlib.charts.behaviour import process_behaviour, run_chart
from vsmlib.charts.closer import stage_explorer
from vsmlib.charts.delivery import five_keys
from vsmlib.charts.explorer import explorer
from vsmlib.charts.graph import transition_graph
from vsmlib.charts.histogram import lead_time_histogram
from vsmlib.charts.hours import wait_heat_map
from vsmlib.charts.levers import levers
from vsmlib.charts.live import live, selected
from vsmlib.charts.map import value_stream_map
from vsmlib.charts.over_time import cumulative_flow, throughput, wip_over_time
from vsmlib.charts.promises import forecast, kept_expectation, track_record
from vsmlib.charts.states import current_and_future
from vsmlib.charts.strips import stage_strips
from vsmlib.charts.theme import save, use_offline_renderer
from vsmlib.charts.times import lead_time_scatter, time_by_stage
from vsmlib.charts.variants import variants
from vsmlib.charts.verdicts import before_and_after
from vsmlib.charts.wastes import opportunities, wait_causes, waste_over_time
from vsmlib.charts.weeks import flow_distribution, flow_efficiency_over_time
from vsmlib.charts.whole import lead_times, map_after, queue_shift, stock_and_flow

__all__ = [
    "aging_wip",
    "before_and_after",
    "cumulative_flow",
    "current_and_future",
    "explorer",
    "five_keys",
    "flow_distribution",
    "flow_efficiency_over_time",
    "forecast",
    "kept_expectation",
    "lead_time_histogram",
    "lead_time_scatter",
    "lead_times",
    "levers",
    "live",
    "map_after",
    "opportunities",
    "process_behaviour",
    "queue_shift",
    "run_chart",
    "save",
    "selected",
    "stage_explorer",
    "stage_strips",
    "stock_and_flow",
    "theme",
    "throughput",
    "time_by_stage",
    "track_record",
    "transition_graph",
    "use_offline_renderer",
    "value_stream_map",
    "variants",
    "wait_causes",
    "wait_heat_map",
    "waste_over_time",
    "wip_over_time",
]

theme.apply()
