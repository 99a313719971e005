"""Charts: one table or Flow in, one Altair chart out; every figure comes from `vsmlib.measure`.

Each chart has two doors: ``chart(flow)``, and ``draw_chart(tables…)`` for tables made before.
"""

from vsmlib.charts import theme
from vsmlib.charts.aging import aging_wip, draw_aging_wip
from vsmlib.charts.cumulative import cumulative_flow, draw_cumulative_flow
from vsmlib.charts.map import draw_value_stream_map, value_stream_map
from vsmlib.charts.theme import save, use_offline_renderer
from vsmlib.charts.times import (
    draw_lead_time_scatter,
    draw_time_by_stage,
    lead_time_scatter,
    time_by_stage,
)
from vsmlib.charts.weekly import draw_throughput, throughput

__all__ = [
    "aging_wip",
    "cumulative_flow",
    "draw_aging_wip",
    "draw_cumulative_flow",
    "draw_lead_time_scatter",
    "draw_throughput",
    "draw_time_by_stage",
    "draw_value_stream_map",
    "lead_time_scatter",
    "save",
    "theme",
    "throughput",
    "time_by_stage",
    "use_offline_renderer",
    "value_stream_map",
]

theme.apply()
