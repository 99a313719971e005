"""What the fit found, in one place; and the fit to a history, part by part."""

from __future__ import annotations

from dataclasses import dataclass

from vsmlib.errors import ParameterError
from vsmlib.whole import arrivals, limits, order, queues, system, trains
from vsmlib.whole.arrivals import Arrivals
from vsmlib.whole.history import DONE, History
from vsmlib.whole.queues import Queues
from vsmlib.whole.system import System

__all__ = ["Fitted", "parts"]


@dataclass(frozen=True)
class Fitted:
    """All that the fit found."""

    past: History
    queues: Queues
    arrivals: Arrivals
    now: System


def parts(past: History) -> Fitted:
    """Fit the parts to a history."""
    ends = past.kind[past.stage[past.last]]
    if not (ends == DONE).any():
        raise ParameterError(
            f"none of the {len(ends):,} items was delivered, so nothing says how long one takes",
            accepted="at least one delivered item; 30 or more for figures to rely on",
            hint="widen --from and --to, or look which events enter the done stage",
        )
    found = queues.find(past)
    kept = limits.find(past, found)
    orders = order.find(past, found)
    timetable = trains.find(past, found)
    trains.bound(past, found, timetable)
    limits.bound(past, found, kept)
    coming = arrivals.find(past)
    if not len(coming.moments):
        raise ParameterError("no item began in the window", hint="give an earlier --from")
    return Fitted(past, found, coming, system.as_it_is(past, found, timetable, kept, orders))
