"""The five DORA keys in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from vsmlib.engine import records
from vsmlib.sentences.prose import Prose
from vsmlib.words import count, duration, listed, number, percent

__all__ = ["dora", "dora_table"]

NONE = (
    "This source tells of no deployments or releases, so the five DORA keys cannot be measured. "
    "Put deployments, or a clone with tags, beside the changes: docs/sources/deployments.md."
)
NAMES = {
    "change_lead_time": "change lead time",
    "deployment_frequency": "deployment frequency",
    "failed_deployment_recovery_time": "failed deployment recovery time",
    "change_fail_rate": "change fail rate",
    "deployment_rework_rate": "deployment rework rate",
}


def dora(keys: pd.DataFrame, told: Sequence[str] = ()) -> Prose:
    """Say what the five keys are, which of them cannot be told, and how they were found.

    Parameters
    ----------
    keys : pandas.DataFrame
        As `vsmlib.measure.five_keys` makes it, without ``by``.
    told : sequence of str
        Of `vsmlib.measure.delivery`.

    Examples
    --------
    >>> dora(pd.DataFrame(columns=["key", "value"]))[0][:48]
    'This source tells of no deployments or releases,'
    """
    if keys.empty:
        return Prose([NONE])
    rows = {row["key"]: row for row in records(keys)}
    lead, often = rows["change_lead_time"], rows["deployment_frequency"]
    recovery = rows["failed_deployment_recovery_time"]
    said = [f"{count(often['n'], 'deployment')}, {number(often['value'])} a week: "
            f"{often['bucket']}."]  # fmt: skip
    if lead["n"]:
        said.append(f"Half of {count(lead['n'], 'change')} were in production within "
                    f"{duration(lead['p50'])} of their first event, 85% within "
                    f"{duration(lead['p85'])}: {lead['bucket']}.")  # fmt: skip
    if recovery["n"]:
        said.append(f"Half of {count(recovery['n'], 'incident')} were over within "
                    f"{duration(recovery['p50'])} of the deployment, 85% within "
                    f"{duration(recovery['p85'])}: {recovery['bucket']}.")  # fmt: skip
    for key, what in (("change_fail_rate", "led to an incident"),
                      ("deployment_rework_rate", "were fixes or unplanned")):  # fmt: skip
        if pd.notna(rows[key]["value"]):
            said.append(f"{percent(rows[key]['value'])} of the deployments {what}.")
    missing = [NAMES[key] for key, row in rows.items() if pd.isna(row["value"])]
    if missing:
        said.append(f"{listed(missing).capitalize()} cannot be told from this source.")
    return Prose([*said, *told])


def dora_table(keys: pd.DataFrame) -> pd.DataFrame:
    """Put the keys into words: a row a key; with ``by`` a row a group and a column a key."""
    if keys.empty:
        return pd.DataFrame()
    by = keys.columns[0]
    words = pd.DataFrame(
        {
            "key": keys["key"].map(NAMES),
            "value": [_worded(row, row["value"]) for row in records(keys)],
            "85% within": keys["p85"].where(keys["unit"].eq("s")).map(duration),
            "over": keys["n"],
            "DORA's bucket": keys["bucket"].fillna("–"),
        }
    )
    if by == "key":
        return words.set_index("key").rename_axis(index=None, columns="key")
    spread = words["85% within"].map(lambda text: "" if text == "–" else f" (85%: {text})")
    cells = words.assign(value=words["value"] + spread, group=keys[by])
    wide = cells.pivot_table(index="group", columns="key", values="value", aggfunc="first")
    return wide.reindex(columns=list(NAMES.values())).rename_axis(index=None, columns=by)


def _worded(row: dict[str, Any], value: Any) -> str:
    if pd.isna(value):
        return "–"
    if row["unit"] == "share":
        return percent(value)
    return duration(value) if row["unit"] == "s" else f"{number(value)} {row['unit']}"
