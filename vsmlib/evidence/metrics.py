"""The figures that can be compared, and the rows that each is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from vsmlib.engine import to_pandas
from vsmlib.errors import ParameterError, one_of
from vsmlib.evidence.survival import Floats
from vsmlib.flow import Flow
from vsmlib.measure.delivery import delivery, dora_times
from vsmlib.measure.dora import outcomes
from vsmlib.measure.items import facts

__all__ = ["METRICS", "Metric", "floats", "metric_of", "rows_of"]


@dataclass(frozen=True)
class Metric:
    """A figure that can be compared: its kind, its unit and which way is better."""

    name: str
    kind: str  # time, share or count
    unit: str
    better: int  # 1: more, -1: less
    noun: str
    stage: int | None = None
    delivery: bool = False  # of deployments, by when they were made (DORA)

    @property
    def begins(self) -> bool:
        """Whether a row counts when it begins, not when it ends."""
        return self.kind == "time" and self.name != "change_lead_time"


METRICS = {
    "lead_time": Metric("lead_time", "time", "s", -1, "lead time"),
    "cycle_time": Metric("cycle_time", "time", "s", -1, "cycle time"),
    "flow_efficiency": Metric("flow_efficiency", "share", "share", 1, "flow efficiency"),
    "throughput": Metric("throughput", "count", "items per week", 1, "throughput"),
    "rework": Metric("rework", "share", "share", -1, "share of items with rework"),
    "change_lead_time": Metric("change_lead_time", "time", "s", -1, "change lead time",
                               delivery=True),
    "deployment_frequency": Metric("deployment_frequency", "count", "items per week", 1,
                                   "deployment frequency", delivery=True),
    "failed_deployment_recovery_time": Metric(
        "failed_deployment_recovery_time", "time", "s", -1, "failed deployment recovery time",
        delivery=True),
    "change_fail_rate": Metric("change_fail_rate", "share", "share", -1, "change fail rate",
                               delivery=True),
    "deployment_rework_rate": Metric("deployment_rework_rate", "share", "share", -1,
                                     "deployment rework rate", delivery=True),
}  # fmt: skip
OUTCOMES = {"change_fail_rate": "failed", "deployment_rework_rate": "rework"}


def metric_of(flow: Flow, name: str) -> Metric:
    """Find a metric by its name; ``wait:STAGE`` is the time of a visit to that stage.

    Raises
    ------
    ParameterError
        If there is no such metric or stage.
    """
    if name in METRICS:
        return METRICS[name]
    kind, _, stage = name.partition(":")
    timed = [s.name for s in flow.stream.stages if s.kind in ("active", "wait", "excluded")]
    if kind != "wait" or stage not in timed:
        what, accepted, hint = one_of("metric", name, [*METRICS, *(f"wait:{s}" for s in timed)])
        raise ParameterError(what, where="--metric", accepted=accepted, hint=hint)
    place = flow.stream.stage_names.index(stage)
    return Metric(name, "time", "s", -1, f"time in “{stage}”", place)


def _times(flow: Flow) -> nw.LazyFrame[Any]:
    columns = ["status", "ended_us", "first_us", "committed_us", "process_us", "wait_us"]
    return facts(flow).select("item", *columns, "cycle_us", "rework_visits")


def rows_of(flow: Flow, metric: Metric) -> pd.DataFrame:
    """Rows of ``item, at_us, value, part, known, ended_us``: as the log stands at its end."""
    if metric.delivery:
        return _deployed(flow, metric)
    if metric.stage is not None:
        visits = flow.frame.filter(nw.col("stage") == metric.stage)
        made = to_pandas(visits.select("item", "t0", "t1", "open"))
        value = (made["t1"] - made["t0"]) / 1e6
        known = made["open"] == 0
        rows = pd.DataFrame({"at_us": made["t0"], "value": value, "part": 0.0, "known": known})
        return rows.assign(item=made["item"], ended_us=made["t1"])
    made = to_pandas(_times(flow))
    done, lead = made["status"] == 2, (made["process_us"] + made["wait_us"]) / 1e6
    if metric.kind == "time":
        cycle = metric.name == "cycle_time"
        value = made["cycle_us"] / 1e6 if cycle else lead
        at = made["committed_us" if cycle else "first_us"]
        rows = pd.DataFrame({"at_us": at, "value": value, "part": 0.0, "known": done})
    else:
        part = made["process_us"] / 1e6 if metric.name == "flow_efficiency" else 0.0
        value = (made["rework_visits"] > 0).astype(float) if metric.name == "rework" else lead
        rows = pd.DataFrame({"at_us": made["ended_us"], "value": value, "part": part})
        rows = rows[done].assign(known=True)
    return rows.assign(item=made["item"], ended_us=made["ended_us"]).dropna(subset="at_us")


def _deployed(flow: Flow, metric: Metric) -> pd.DataFrame:
    """Rows of changes, incidents or deployments, each at the time by which its key counts it."""
    found = delivery(flow.log)
    if found.deploys is None:
        raise ParameterError(
            f"{flow.log.name} has no deployments", where=f"--metric {metric.name}",
            accepted="a log with deployments or releases", hint="choose another metric",
        )  # fmt: skip
    if metric.kind == "time":
        rows = (
            dora_times(flow, found)
            .query("key == @metric.name")
            .rename(columns={"seconds": "value"})
        )
    else:
        rows = found.deploys.rename(columns={"deployed_at": "at"})
        outcome = outcomes(found.incident, found.deploys)
        rows = rows.assign(value=(outcome == OUTCOMES.get(metric.name)).astype(float))
    at = pd.to_datetime(rows["at"], utc=True).astype("datetime64[us, UTC]").astype("int64")
    ids = to_pandas(flow.log.items_frame.select("item", "item_id")).set_index("item_id")["item"]
    made = pd.DataFrame({"at_us": at, "value": rows["value"].astype(float), "part": 0.0})
    made = made.assign(known=True, item=rows["item_id"].map(ids).fillna(-1), ended_us=at)
    return made[made["at_us"] < flow.observed_us]


def floats(rows: pd.DataFrame, column: str) -> Floats:
    """Return a column as doubles."""
    return rows[column].to_numpy(dtype=np.float64)
