"""What the fit found, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from vsmlib.whole.arrivals import Arrivals
from vsmlib.whole.change import System
from vsmlib.whole.history import History
from vsmlib.whole.queues import Queues

__all__ = ["Fitted"]


@dataclass(frozen=True)
class Fitted:
    """All that the fit found."""

    past: History
    queues: Queues
    arrivals: Arrivals
    now: System
