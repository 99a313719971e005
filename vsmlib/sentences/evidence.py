"""Verdicts and forecasts in sentences and tables to be read."""

from __future__ import annotations

from typing import Any

import pandas as pd

from vsmlib.engine import records
from vsmlib.sentences.prose import Prose
from vsmlib.words import count, duration, figure, listed

__all__ = ["candidate_table", "fake_dates", "outlook", "outlook_table", "stage_changes"]

KIND = {"active": "work", "wait": "waiting"}
LEVELS = {"50%": "p50", "85%": "p85", "95%": "p95"}


def stage_changes(made: dict[str, Any]) -> pd.DataFrame:
    """Make a table of where a change came from, for reading: mean time an item by stage.

    Parameters
    ----------
    made : Comparison
        As `vsmlib.evidence.compare` makes it.
    """
    rows = [
        {"Stage": row["stage"], "Kind": KIND[row["kind"]], "Before": duration(row["before_s"]),
         "After": duration(row["after_s"]), "Change": _signed(row["change_s"]),
         "95% interval": f"{_signed(row['low_s'])} to {_signed(row['high_s'])}"}
        for row in made.get("stages", ())
    ]  # fmt: skip
    columns = ["Stage", "Kind", "Before", "After", "Change", "95% interval"]
    return pd.DataFrame(rows, columns=columns).set_index("Stage")


def _signed(seconds: float) -> str:
    return ("+" if seconds > 0 else "") + duration(seconds)


def fake_dates(table: pd.DataFrame) -> Prose:
    """Say how often a test called a change what was none, from `vsmlib.evidence.placebos`."""
    told = table[table["verdict"].isin(["improved", "worse"])]
    if table.empty:
        return Prose(["There is too little time before the change to try other dates."])
    said = [f"Of {count(len(table), 'date')} before it, at which nothing is known to have changed, "
            f"{len(told) or 'none'} would have been called a change."]  # fmt: skip
    if len(told):
        days = listed([f"{row['at']} ({row['verdict']})" for row in records(told)])
        said.append(f"Look at what happened then: {days}.")
    return Prose(said)


def candidate_table(table: pd.DataFrame) -> pd.DataFrame:
    """Make a table of candidate dates for reading, from `vsmlib.evidence.candidates`."""
    unit = table.attrs["unit"]
    made = pd.DataFrame({"Date": table["at"].astype(str)})
    for name, column in (("26 weeks before", "before"), ("26 weeks after", "after")):
        made[name] = [figure(value, unit) for value in table[column]]
    return made.assign(Status="candidate, not tested").set_index("Date")


def outlook_table(table: pd.DataFrame, most: int = 10) -> pd.DataFrame:
    """Make a table of the items in progress for reading, from `vsmlib.evidence.outlook`."""
    rows = table.head(most)
    made = pd.DataFrame({"Item": rows["item_id"], "Stage": rows["stage"]})
    made["In it for"] = rows["stage_age_s"].map(duration)
    for name, level in LEVELS.items():
        made[f"By then {name}"] = [str(day) if pd.notna(day) else "" for day in rows[level]]
    return made.set_index("Item")


def outlook(table: pd.DataFrame) -> Prose:
    """Say what can be promised of what is in progress, from `vsmlib.evidence.outlook`."""
    if table.empty:
        return Prose(["Nothing is in progress."])
    known = table[table["p85"].notna()]
    if known.empty:
        return Prose([f"Of {count(len(table), 'item')} in progress none can be promised."])
    first = records(known)[0]
    return Prose([
        f"Of {count(len(table), 'item')} in progress {len(known)} can be promised; the first is "
        f"{first['item_id']} by {first['p85']} (85%), in “{first['stage']}”."
    ])  # fmt: skip
