"""Flow to tables. Every number the workbench shows is made here, its unit in the column name."""

from vsmlib.measure.aging import aging, pace
from vsmlib.measure.delivery import (
    Delivery,
    delivery,
    dora_periods,
    dora_times,
    five_keys,
)
from vsmlib.measure.deployed import (
    blamed,
    changes,
    deployed,
    deployments,
    incidents,
    lead_time_parts,
    released,
)
from vsmlib.measure.dora import dora
from vsmlib.measure.headline import counts, headline, totals, window
from vsmlib.measure.hours import wait_hours
from vsmlib.measure.items import items, sample
from vsmlib.measure.little import littles_law
from vsmlib.measure.periods import alerts, periods, shifts
from vsmlib.measure.retag import Tables, rescaled, retagged, stage_sums
from vsmlib.measure.spread import histogram, spread, stage_histogram
from vsmlib.measure.stages import stages
from vsmlib.measure.strips import strips
from vsmlib.measure.summary import summary
from vsmlib.measure.tables import now, visits, write
from vsmlib.measure.transitions import transitions, variants, ways
from vsmlib.measure.weeks import distribution, efficiency, throughput
from vsmlib.measure.wip import wip

__all__ = [
    "Delivery",
    "Tables",
    "aging",
    "alerts",
    "blamed",
    "changes",
    "counts",
    "delivery",
    "deployed",
    "deployments",
    "distribution",
    "dora",
    "dora_periods",
    "dora_times",
    "efficiency",
    "five_keys",
    "headline",
    "histogram",
    "incidents",
    "items",
    "lead_time_parts",
    "littles_law",
    "now",
    "pace",
    "periods",
    "released",
    "rescaled",
    "retagged",
    "sample",
    "shifts",
    "spread",
    "stage_histogram",
    "stage_sums",
    "stages",
    "strips",
    "summary",
    "throughput",
    "totals",
    "transitions",
    "variants",
    "visits",
    "wait_hours",
    "ways",
    "window",
    "wip",
    "write",
]
