"""What if: menus and sliders for a change, with the answer of the model at once and refined."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import ipywidgets
import traitlets
from IPython.display import display

from vsmlib.errors import VsmError
from vsmlib.whole import Model, Scenario
from vsmlib.whole.levers import candidates

__all__ = ["WhatIf"]

COARSE, RESTED_S = 20, 0.5  # replications of the first answer; the rest comes once the hand rests
KINDS = {"service_time": "work takes", "wait": "wait takes", "rework": "sends back"}
KINDS |= {"batch": "batches of"}
PEOPLE = "capacity"


class WhatIf(ipywidgets.VBox):  # type: ignore[misc]
    """Controls for one change of a model, and its outcome as the trait ``outcome``.

    Without a hand on it, it has the outcome of the scenario that it was given.

    Parameters
    ----------
    model : Model
        A fitted stream.
    scenario : Scenario, optional
        What it begins with; without one, the first change of the menu, as it is.
    horizon_days, replications, seed
        As of `Model.run`.
    """

    outcome = traitlets.Any()

    def __init__(
        self,
        model: Model,
        scenario: Scenario | None = None,
        *,
        horizon_days: float = 180,
        replications: int = 200,
        seed: int = 1,
    ) -> None:
        self._model, self._replications, self._asked = model, replications, 0
        self._keys: dict[str, Any] = {"horizon_days": horizon_days, "seed": seed}
        self._task: asyncio.Task[None] | None = None
        found = candidates(model.fitted, 0.2)
        options = [(f"{stage}: {KINDS.get(k, 'people')}", (k, stage)) for k, stage, *_ in found]
        wide = {"description_width": "initial"}
        keys: dict[str, Any] = {"continuous_update": False, "style": wide}
        self.what = ipywidgets.Dropdown(options=options, description="Change", style=wide)
        self.scale = ipywidgets.IntSlider(100, 0, 200, 5, description="% of now", **keys)
        self.people = ipywidgets.IntSlider(0, -5, 5, description="more people", **keys)
        self.coming = ipywidgets.IntSlider(100, 50, 150, 5, description="arrivals, %", **keys)
        self.said = ipywidgets.Label()
        rows = [ipywidgets.HBox([self.what, self.scale, self.people, self.coming]), self.said]
        super().__init__(rows)
        self._reflect(scenario or Scenario())
        self._fit_controls()
        self._run(scenario or Scenario(), replications)
        for control in (self.what, self.scale, self.people, self.coming):
            control.observe(self._moved, "value")

    def chosen(self) -> Scenario:
        """Return the change that the controls show."""
        data: dict[str, Any] = {"name": "what if"}
        if self.coming.value != 100:
            data["arrivals"] = {"scale": self.coming.value / 100}
        kind, stage = self.what.value or (None, "")
        if kind == PEOPLE and self.people.value:
            data["stages"] = {stage: {PEOPLE: self.people.value}}
        elif kind not in (PEOPLE, None) and self.scale.value != 100:
            key = "wait" if kind == "batch" else kind  # a share of the size it has
            data["stages"] = {stage: {key: {"scale": self.scale.value / 100}}}
        return Scenario.from_dict(data)

    def shows(self, draw: Callable[[Any], Any]) -> None:
        """Display what a function makes of the outcome, and again after each change."""
        shown = display(draw(self.outcome), display_id=True)  # type: ignore[no-untyped-call]
        if shown:
            self.observe(lambda _: shown.update(draw(self.outcome)), "outcome")

    def _reflect(self, scenario: Scenario) -> None:
        """Set the controls to what a scenario changes, as far as they can say it."""
        known = {pair for _, pair in self.what.options}
        for stage, each in scenario.stages.items():
            for kind in KINDS:
                part = getattr(each, kind)
                if (kind, stage) in known and hasattr(part, "scale"):
                    self.what.value, self.scale.value = (kind, stage), round(100 * part.scale)
        if scenario.arrivals:
            self.coming.value = round(100 * scenario.arrivals.scale)

    def _fit_controls(self) -> None:
        people = bool(self.what.value) and self.what.value[0] == PEOPLE
        self.people.layout.display = None if people else "none"
        self.scale.layout.display = "none" if people else None

    def _moved(self, _: Any) -> None:
        self._fit_controls()
        self._asked += 1
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # no kernel: nobody waits for a first answer
            self._run(self.chosen(), self._replications)
            return
        self._run(self.chosen(), min(COARSE, self._replications))
        self._task = loop.create_task(self._refine(self._asked))

    async def _refine(self, asked: int) -> None:
        await asyncio.sleep(RESTED_S)
        if asked == self._asked:
            self._run(self.chosen(), self._replications)

    def _run(self, scenario: Scenario, replications: int) -> None:
        try:
            made = self._model.run(scenario, replications=replications, **self._keys)
        except VsmError as error:
            self.said.value = str(error)
            return
        self.said.value = f"{replications} futures"  # first, for the charts take seconds to draw
        self.outcome = made
