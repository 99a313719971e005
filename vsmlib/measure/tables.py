"""The tables as files: each as Parquet beside ``summary.json``, all or none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from vsmlib.engine import aside, records
from vsmlib.flow import Flow
from vsmlib.measure.aging import pace
from vsmlib.measure.groups import finished, grouped
from vsmlib.measure.items import lazy_items
from vsmlib.measure.periods import alerts, periods
from vsmlib.measure.stages import stages
from vsmlib.measure.summary import summary
from vsmlib.measure.transitions import transitions, variants
from vsmlib.measure.wip import wip

__all__ = ["now", "visits", "write"]


def lazy_visits(flow: Flow, by: str | None = None) -> nw.LazyFrame[Any]:
    """Return the visits in words, lazily, with the group first."""
    made = flow.decoded()
    if not by:
        return made
    names = made.collect_schema().names()
    ids = grouped(flow, flow.log.items_frame.select("item", "item_id"), by)
    joined = made.join(ids.select("item_id", "group"), on="item_id").sort("item_id", "position")
    return joined.select("group", *names)


def visits(flow: Flow, by: str | None = None) -> pd.DataFrame:
    """One row a visit: `Flow.visits`, with the item column ``by`` first where one is given."""
    return finished(lazy_visits(flow, by), by)


def write(
    flow: Flow, out: Path | str, by: str | None = None, more: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Write every table as Parquet, ``summary.json`` and ``stream-used.yaml`` into a folder.

    The files are written aside and moved into place at the end, so that a failure leaves what
    was there before.

    Parameters
    ----------
    flow : Flow
        The visits.
    out : path
        A folder; made if it is not there.
    by : str, optional
        An item column that becomes the first key of every table.
    more : mapping, optional
        Further keys of the summary, such as those of `now`, or ``waste``.

    Returns
    -------
    dict
        The summary, with what was given.

    Raises
    ------
    RunError
        If the folder cannot be written.
    """
    small = {"stages": stages, "transitions": transitions, "wip": wip, "variants": variants}
    lazy = {"visits": lazy_visits, "items": lazy_items}
    figures = {**summary(flow, by), **(more or {})}
    with aside(out) as folder:
        for name, make in lazy.items():
            frame = make(flow, by)
            frame = frame.rename({"group": by}) if by else frame
            flow.engine.write_parquet(frame, folder / f"{name}.parquet")
        for name, table in small.items():
            _write_small(table(flow, by), folder / f"{name}.parquet")
        text = json.dumps(figures, indent=2, allow_nan=False, ensure_ascii=False)
        (folder / "stream-used.yaml").write_text(flow.stream.to_yaml(), encoding="utf-8")
        (folder / "summary.json").write_text(text + "\n", encoding="utf-8")
    return figures


def now(flow: Flow) -> dict[str, Any]:
    """Return what a page over many streams needs beside the summary.

    Returns
    -------
    dict
        ``late`` (items in progress beyond their stage's pace), ``periods`` and ``alerts``, the
        tables of these names as plain data.
    """
    table = periods(flow)
    for name in ("from", "to"):
        table[name] = [moment.isoformat(timespec="seconds") for moment in table[name]]
    known = records(table.astype(object).where(table.notna(), None))
    return {"late": int(pace(flow)["late"].sum()), "periods": known, "alerts": alerts(flow)}


def _write_small(table: pd.DataFrame, path: Path) -> None:
    made = pa.Table.from_pandas(table, preserve_index=False)
    if "date" in table.columns:
        place = made.column_names.index("date")
        made = made.set_column(place, "date", made["date"].cast(pa.date32()))
    pq.write_table(made.replace_schema_metadata(None), path, compression="zstd")
