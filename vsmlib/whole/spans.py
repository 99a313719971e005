"""Spans of time: the hours in which people work, and the moments at which releases leave."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vsmlib.whole.arrays import Floats, Ints, part, step

__all__ = ["Clock", "after", "opening", "together", "worked"]


class Clock(NamedTuple):
    """Spans by number, one list after the other: working hours, or moments of release.

    ``first`` has where each list begins; ``opens, closes`` are seconds; ``worked`` is the working
    time before each span.
    """

    first: Ints
    opens: Floats
    closes: Floats
    worked: Floats


@step
def after(first: Ints, spans: Floats, cal: int, t: float, need: float) -> float:
    """When so much work that begins at ``t`` is done."""
    low, high = first[cal], first[cal + 1]
    opens, closes, before = spans[0, low:high], spans[1, low:high], spans[2, low:high]
    span = np.searchsorted(opens, t, side="right") - 1
    done = need if span < 0 else need + before[span] + min(t, closes[span]) - opens[span]
    span = np.searchsorted(before, done, side="left") - 1
    end = opens[span] + done - before[span]
    return end if end <= closes[span] else np.inf


@step
def opening(first: Ints, spans: Floats, cal: int, t: float) -> float:
    """Find the first moment from ``t`` on that is inside a span."""
    low, high = first[cal], first[cal + 1]
    span = low + np.searchsorted(spans[1, low:high], t, side="right")
    return max(t, spans[0, span]) if span < high else np.inf


@part
def together(one: Clock, other: Clock) -> tuple[Ints, Floats]:
    """Return the spans of two clocks, those of the other numbered after those of the one."""
    first = np.concatenate((one.first[:-1], one.first[-1] + other.first))
    spans = np.empty((3, first[-1]))
    cut = one.first[-1]
    spans[0, :cut], spans[1, :cut], spans[2, :cut] = one.opens, one.closes, one.worked
    spans[0, cut:], spans[1, cut:], spans[2, cut:] = other.opens, other.closes, other.worked
    return first, spans


def worked(clock: Clock, cal: int, moments: Floats) -> Floats:
    """Working seconds of a calendar up to each moment."""
    low, high = clock.first[cal], clock.first[cal + 1]
    opens, closes, before = (part[low:high] for part in (clock.opens, clock.closes, clock.worked))
    span = np.maximum(np.searchsorted(opens, moments, side="right") - 1, 0)
    inside = np.clip(moments, opens[span], closes[span]) - opens[span]
    made: Floats = before[span] + inside
    return made
