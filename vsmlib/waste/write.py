"""The wastes as tables and figures, for files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vsmlib.engine import aside, records
from vsmlib.flow import Flow
from vsmlib.waste.four import EVERY, overproduction, rework, uncaused
from vsmlib.waste.opportunities import opportunities

__all__ = ["figures", "table", "write"]

LARGEST = 5


def table(flow: Flow) -> pd.DataFrame:
    """All four wastes by place: ``waste, stage, what, days, share`` (of the waste)``, items``.

    Examples
    --------
    >>> import vsmlib as vsm
    >>> flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
    >>> table(flow)["waste"].unique().tolist()
    ['waiting', 'overproduction', 'rework', 'switching']
    """
    made = [waste(flow) for waste in EVERY]
    return pd.concat([w.places.assign(waste=w.name) for w in made], ignore_index=True)[
        ["waste", "stage", "what", "days", "share", "items"]
    ]


def write(flow: Flow, out: Path | str) -> pd.DataFrame:
    """Write ``waste.parquet`` (`table`) and ``opportunities.parquet`` into a folder.

    Returns
    -------
    pandas.DataFrame
        `table`.

    Raises
    ------
    RunError
        If the folder cannot be written; old files are then as they were.
    """
    made, ranked = table(flow), opportunities(flow)
    with aside(out) as folder:
        flow.engine.write_parquet(flow.engine.table(made), folder / "waste.parquet")
        flow.engine.write_parquet(flow.engine.table(ranked), folder / "opportunities.parquet")
    return made


def figures(flow: Flow, *, quick: bool = False) -> dict[str, Any]:
    """Give what ``summary.json`` has under ``waste``.

    Parameters
    ----------
    flow : Flow
        The visits.
    quick : bool
        Only what needs neither causes nor people: sizes of waiting, overproduction and rework.

    Returns
    -------
    dict
        Of each waste ``days, share, so_far_days`` and its further figures; and ``opportunities``,
        the five largest. What is not known is None.
    """
    made: dict[str, Any] = {}
    for find in (uncaused, overproduction, rework) if quick else EVERY:
        waste = find(flow)
        sizes = {"days": waste.days, "share": waste.share, "so_far_days": waste.so_far_days}
        made[waste.name] = _plain(sizes | waste.figures)
    if quick:
        return made
    top = opportunities(flow).dropna(subset="days_per_item").head(LARGEST)
    return made | {"opportunities": [_plain(row) for row in records(top)]}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    known = {k: None if pd.api.types.is_scalar(v) and pd.isna(v) else v for k, v in row.items()}
    return {k: v.item() if isinstance(v, np.generic) else v for k, v in known.items()}
