"""What can be chosen in the explorer, and the grid of views in which a choice holds."""

from __future__ import annotations

from typing import Any

import altair as alt

from vsmlib.charts import frame
from vsmlib.charts.colours import MUTED
from vsmlib.charts.vegalite import Spec

# An area of the scatter, a span of days, bars that are clicked at.
BRUSHES, CLICKS = {"area": ["x", "y"], "days": ["x"]}, ["lasted", "type", "way", "rework"]
PICKS = [*BRUSHES, *CLICKS]
# What every choice lets through, and whether there is a choice at all.
CHOSEN: Spec = {"filter": {"and": [{"param": name} for name in PICKS]}}
ANY = " || ".join(f"length(data('{name}_store'))" for name in PICKS)


def made_in(pick: str) -> str:
    """Name the layer in which a choice is made."""
    return f"pick_{pick}"


class Pick(frame.Unchecked, alt.TopLevelSelectionParameter):
    """A choice."""


def picks() -> list[Pick]:
    """Return all choices."""
    brush = {"type": "interval", "mark": {"fill": MUTED, "fillOpacity": 0.15, "stroke": MUTED}}
    click = {"type": "point", "on": "click", "toggle": "event.shiftKey"}
    how = {name: brush | {"encodings": ends} for name, ends in BRUSHES.items()}
    how |= {name: click | {"fields": [name]} for name in CLICKS}
    return [Pick(name=name, select=made, views=[made_in(name)]) for name, made in how.items()]


class Views(frame.Unchecked, alt.ConcatChart):
    """A grid of views, whose layers are plain data."""

    def add_params(self, *params: alt.Parameter) -> Views:
        """Add parameters as Altair does: a selection is made in the first layer of each view."""
        made = self.copy()
        firsts = enumerate(view.layer[0] for view in made.concat)
        names = [first.setdefault("name", f"view_{i}") for i, first in firsts]
        kept: Any = made.params
        added: list[Any] = [each.param for each in params]
        for param in added:
            variable = isinstance(param, alt.VariableParameter)
            kept.append(param if variable else Pick(**param.to_dict(), views=names))
        return made
