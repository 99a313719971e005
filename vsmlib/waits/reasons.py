"""The reasons of a tag: one sentence a signal, with the figures it rests on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from vsmlib.waits.odds import ANY_ORDER, IN_ORDER
from vsmlib.waits.signals import LONG_DAYS, TOGETHER
from vsmlib.words import count, duration, number, percent

__all__ = ["cause", "reasons", "with_elsewhere"]

SAYS_SOMETHING = 0.2  # log-odds
WEIGHED = {
    "held_share": "known",
    "same_share": "known",
    "morning_share": "visits",
    "off_out": "visits",
    "median_s": "visits",
}
CAUSES = {"batch": "batching", "weekday": "batching", "blocked": "blocked", "same": "queue"}
SAME_HAND = 0.7
MIXED = (IN_ORDER + ANY_ORDER) / 2


def with_elsewhere(figures: pd.DataFrame) -> pd.DataFrame:
    """Add what each compared figure is in the other states, as ``FIGURE_elsewhere``.

    Shares are means over the visits there, durations geometric means of the states' medians.
    """
    added = {}
    for name, by in WEIGHED.items():
        values = figures[name].astype("float64")
        values = log(values) if name == "median_s" else values
        weight = figures[by].where(values.notna(), 0)
        product = (values * weight).fillna(0.0)
        rest = weight.sum() - weight
        mean = (product.sum() - product) / rest.where(rest > 0)
        added[f"{name}_elsewhere"] = np.exp(mean) if name == "median_s" else mean
    return figures.assign(**added)


def log(values: pd.Series[float]) -> pd.Series[float]:
    return pd.Series(np.log(values.clip(lower=1).to_numpy()), values.index)


def reasons(row: dict[str, Any], said: dict[str, float], kind: str) -> list[str]:
    """Put the signals of one state into sentences: first those for its kind, the strongest first.

    Parameters
    ----------
    row : dict
        The state's figures, as `with_elsewhere` gives them.
    said : dict of str to float
        Log-odds for work by signal; what is near 0 is left out.
    kind : str
        ``active`` or ``wait``.
    """
    sign = 1 if kind == "active" else -1
    order = sorted(said, key=lambda name: (sign * said[name] < 0, -abs(said[name]), name))
    told = [name for name in order if abs(said[name]) >= SAYS_SOMETHING]
    made = [_sentence(name, row) for name in told]
    return [
        text if sign * said[name] > 0 else f"against it: {text}"
        for name, text in zip(told, made, strict=True)
    ]


def _sentence(name: str, row: dict[str, Any]) -> str:
    makers = {"held": _held, "same": _same, "marks": _marks, "duration": _duration}
    makers |= {"batch": _batch, "order": _order, "morning": _morning, "weekday": _weekday}
    makers |= {"off_hours": _off_hours, "next": _next, "blocked": _blocked}
    return makers[name](row)


def _held(row: dict[str, Any]) -> str:
    return (
        f"in {percent(row['held_share'])} of {count(row['known'], 'visit')} one person moved it in "
        "and out and did nothing on other items in between "
        f"(elsewhere {percent(row['held_share_elsewhere'])})"
    )


def _same(row: dict[str, Any]) -> str:
    return (
        f"in {percent(1 - row['same_share'])} of {count(row['known'], 'visit')} another person "
        f"moved it out than in (elsewhere {percent(1 - row['same_share_elsewhere'])})"
    )


def _marks(row: dict[str, Any]) -> str:
    inside, outside = (_every(row[f"marks_per_day{where}"]) for where in ("", "_elsewhere"))
    return f"activity in it: {inside}; in the other states of the same items: {outside}"


def _every(rate: float | None) -> str:
    return f"a mark every {duration(86_400 / rate)}" if rate and np.isfinite(rate) else "no mark"


def _duration(row: dict[str, Any]) -> str:
    return (
        f"half of its {count(row['visits'], 'visit')} last up to {duration(row['median_s'])} "
        f"(elsewhere {duration(row['median_s_elsewhere'])}), {percent(row['short_share'])} under "
        f"an hour, {percent(row['long_share'])} over {LONG_DAYS} days"
    )


def _batch(row: dict[str, Any]) -> str:
    share = percent(row["batch_share"])
    of = f"{TOGETHER} or more items within a minute, beyond chance"
    return f"{share} of its leavings are in batches of {of}"


def _order(row: dict[str, Any]) -> str:
    share = row["overtaken_share"]
    queue = "first in, first out" if share < MIXED else "no order of arrival"
    of = count(row["pairs"], "pair")
    return f"the later item left first in {percent(share)} of {of} that met in it: {queue}"


def _morning(row: dict[str, Any]) -> str:
    return (
        f"{percent(row['morning_share'])} of its leavings fall in the first two hours of the "
        f"working day (elsewhere {percent(row['morning_share_elsewhere'])})"
    )


def _weekday(row: dict[str, Any]) -> str:
    return f"{percent(row['weekday_share'])} of its leavings fall on {row['weekday']}"


def _off_hours(row: dict[str, Any]) -> str:
    return (
        f"{percent(row['off_out'])} of its leavings fall outside the log's working hours "
        f"(elsewhere {percent(row['off_out_elsewhere'])})"
    )


def _next(row: dict[str, Any]) -> str:
    return (
        f"when an item leaves, the next state holds {number(row['next_wip_ratio'], 2)} times its "
        "average: items are taken on when there is room"
    )


def _blocked(row: dict[str, Any]) -> str:
    return f"blocked for {percent(row['blocked_share'])} of its time"


def cause(row: dict[str, Any], said: dict[str, float]) -> str:
    """Name what a wait is likely for, by its strongest signal of a cause."""
    likely = {name: said[name] for name in CAUSES if said[name] <= -SAYS_SOMETHING}
    if likely:
        return CAUSES[min(likely, key=lambda name: likely[name])]
    # Nobody takes it over, and yet it rests: the one who parked it waits for somebody outside.
    return "input" if row["known"] and row["same_share"] >= SAME_HAND else "queue"
