"""The four wastes of software delivery, and what an item would gain from each being less."""

from vsmlib.waste.four import EVERY, overproduction, rework, switching, waiting
from vsmlib.waste.opportunities import opportunities
from vsmlib.waste.people import by_team
from vsmlib.waste.sizes import Waste
from vsmlib.waste.write import figures, table, write

__all__ = [
    "EVERY",
    "Waste",
    "by_team",
    "figures",
    "opportunities",
    "overproduction",
    "rework",
    "switching",
    "table",
    "waiting",
    "write",
]
