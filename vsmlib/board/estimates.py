"""What people estimate where no data is: each by themselves, then all of it side by side."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from vsmlib.board.store import Store
from vsmlib.errors import ParameterError, shown
from vsmlib.words import percent

__all__ = ["FIELDS", "Estimate", "cards", "estimates", "spread"]

FIELDS = {"process": 10_000.0, "wait": 10_000.0, "ca": 100.0}  # hours, days, percent: at most
LIKE = ("active", "wait")
HOUR, DAY = 3600.0, 86400.0


class Estimate:
    """Reads what somebody typed."""

    @staticmethod
    def number(text: Any, name: str, most: float) -> float:
        """Read a number from 0 to the most there can be; a comma is a point."""
        try:
            value = float(str(text).strip().replace(",", "."))
        except ValueError:
            value = math.nan
        if not 0 <= value <= most:
            accepted = f"a number from 0 to {most:,.0f}"
            raise ParameterError(f"{name} is {shown(text)}", accepted=accepted)
        return value

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Read ``process`` (hours), ``wait`` (days), ``ca`` (percent), ``kind``; any may lack."""
        given = {k: v for k, v in fields.items() if str(v).strip()}
        made: dict[str, Any] = {
            name: cls.number(given[name], name, most)
            for name, most in FIELDS.items()
            if name in given
        }
        if given.get("kind"):
            if given["kind"] not in LIKE:
                raise ParameterError(f"kind is {shown(given['kind'])}", accepted=", ".join(LIKE))
            made["kind"] = given["kind"]
        return made


def estimates(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Return everybody's estimates by state, without saying whose they are."""
    found: dict[str, list[dict[str, Any]]] = {}
    for key, row in store.rows("estimate").items():
        if row.data:
            found.setdefault(key.split("/")[1], []).append(row.data)
    return found


def spread(given: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Put estimates side by side: every value, in order, and the median; kinds are counted.

    Examples
    --------
    >>> spread([{"wait": 1.0, "kind": "wait"}, {"wait": 8.0, "kind": "active"}, {"wait": 2.0}])
    {'wait': {'values': [1.0, 2.0, 8.0], 'median': 2.0}, 'kind': {'active': 1, 'wait': 1}}
    """
    made: dict[str, Any] = {}
    for name in FIELDS:
        values = sorted(one[name] for one in given if name in one)
        if values:
            made[name] = {"values": values, "median": statistics.median(values)}
    kinds = Counter(str(one["kind"]) for one in given if "kind" in one)
    return made | ({"kind": dict(sorted(kinds.items()))} if kinds else {})


def cards(rows: Sequence[Mapping[str, Any]], found: Mapping[str, Any]) -> list[dict[str, str]]:
    """Word the figures of a stream that has no data, from the medians of its estimates.

    Parameters
    ----------
    rows : list of dict
        The states, in order.
    found : dict
        As `estimates` returns them, of those states that were revealed.
    """
    process = wait = 0.0
    longest, most = "none", 0.0
    for row in rows:
        medians = {
            k: v["median"] for k, v in spread(found.get(row["id"], [])).items() if k in FIELDS
        }
        process += medians.get("process", 0.0) * HOUR
        days = medians.get("wait", 0.0)
        wait += days * DAY
        if days > most:
            longest, most = row["name"], days
    whole = process + wait
    share = percent(process / whole if whole else None)
    note = "process time in lead time, by the medians of estimates"
    return [
        {"label": "Flow efficiency, estimated", "before": share, "value": share, "note": note},
        {
            "label": "Biggest wait, estimated",
            "before": longest,
            "value": longest,
            "note": f"{most:g} days by the median" if most else "no wait was estimated yet",
        },
    ]
