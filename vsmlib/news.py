"""What is new, in words: changes and alerts, and the items behind them with their links."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from vsmlib.errors import ParameterError, shown
from vsmlib.evidence import latest
from vsmlib.flow import Flow
from vsmlib.measure import periods
from vsmlib.sentences import Points, Prose, rests
from vsmlib.words import count, duration, listed, number, percent

__all__ = ["Linked", "alerts", "changed", "since", "told"]

LONG = 52  # periods of four years
NONE = "There are no two periods of four weeks to compare."

MEASURES: dict[str, tuple[str, Callable[[Any], str]]] = {
    "lead_time_p50_s": ("Median lead time", duration),
    "lead_time_p85_s": ("The time within which 85% were delivered", duration),
    "flow_efficiency": ("Flow efficiency", percent),
    "delivered": ("The number of items delivered", lambda n: number(n, 0)),
}


def changed(flow: Flow) -> Prose:
    """Say what the last four weeks changed, verdicts first, as `vsmlib.evidence` tests it.

    Where nothing was delivered in half of the last periods or more, work comes in bursts, such as
    releases: a period with one against a period without says nothing of the process. Then the last
    two of four years in which something was delivered stand beside each other, untested.

    Parameters
    ----------
    flow : Flow
        The visits.
    """
    if bursts := rests(flow):
        active = periods(flow, most=LONG).query("delivered > 0")
        last = active["to"].iloc[-1].astimezone(flow.stream.zone)
        return told(active, (
            f"{bursts} That is no sign of a change. Of the periods with a delivery, the last one "
            f"(until {last.day} {last:%B %Y}) against the one before, untested:"
        ))  # fmt: skip
    made = latest(flow)
    if not made:
        return Prose([NONE])
    made.sort(key=lambda one: one.verdict not in ("improved", "worse"))
    first = "In the last four weeks, against those before, by the test of `vsm compare`:"
    return Points([first, *(one.sentence for one in made)])


def told(table: pd.DataFrame, first: str) -> Prose:
    """Say how the last two of `vsmlib.measure.periods` differ, after a first sentence."""
    if len(table) < 2:
        return Prose([NONE])
    before, now = table.iloc[-2], table.iloc[-1]
    said = [first]
    for column, (name, worded) in MEASURES.items():
        if pd.notna(before[column]) and pd.notna(now[column]):
            was, new = worded(before[column]), worded(now[column])
            went = f"stayed at {new}" if was == new else f"went from {was} to {new}"
            said.append(f"{name} {went}.")
    return Points(said)


def since(summary: dict[str, Any], last: str | Path) -> Prose:
    """Say what changed since the same stream's last report, whose ``summary.json`` is given."""
    try:
        return _since(summary, json.loads(Path(last).read_text(encoding="utf-8")))
    except (OSError, ValueError, LookupError, TypeError):
        return Prose(["There is no earlier report of this stream to compare with."])


def _since(summary: dict[str, Any], last: dict[str, Any]) -> Prose:
    rows: tuple[tuple[str, Any, Any, Callable[[Any], str]], ...] = (
        ("median lead time", *(s["lead_time_s"]["p50"] for s in (last, summary)), duration),
        ("flow efficiency", last["flow_efficiency"], summary["flow_efficiency"], percent),
        ("in progress", last["in_progress"], summary["in_progress"], lambda n: number(n, 0)),
    )
    parts = [
        f"{name} {worded(now)}" + ("" if worded(was) == worded(now) else f" (was {worded(was)})")
        for name, was, now, worded in rows
    ]
    when = last["window"]["observed_until"][:10]
    return Prose([f"Since the last report, with data until {when}: {listed(parts)}."])


def alerts(found: Iterable[dict[str, Any]]) -> Prose:
    """Say what is beyond a threshold of the stream, as `vsmlib.measure.alerts` found it."""
    said = []
    for alert in found:
        code, value, most = alert["code"], alert.get("value"), alert.get("threshold")
        if code == "sle":
            said.append(
                f"Service level missed: of the last four weeks' items 85% took {duration(value)} "
                f"or less; {duration(most)} were expected."
            )
        elif code == "age":
            verb = "is" if alert["count"] == 1 else "are"
            said.append(
                f"{count(alert['count'], 'item')} in progress {verb} older than {duration(most)}: "
                f"{listed([*alert['items'], *['more'] * (alert['count'] > len(alert['items']))])}."
            )
        else:
            said.append(
                f"Flow efficiency fell by {number(100 * (value or 0), 0)} points, more than it "
                "usually swings from period to period."
            )
    return Prose(said or ["Nothing is beyond a threshold of the stream."])


class Linked:
    """A table whose row names are links, made by a template such as ``https://x/browse/{item}``.

    Parameters
    ----------
    table : pandas.DataFrame
        Items are its index.
    template : str
        An http(s) address with ``{item}``; also ``{project}`` (what stands before ``#``) and
        ``{number}`` (the digits at the end). Empty for no links.

    Examples
    --------
    >>> table = pd.DataFrame({"age": ["<1>"]}, index=["a/b#7"])
    >>> made = Linked(table, "https://x/{project}/{number}")._repr_html_()
    >>> '<a href="https://x/a/b/7">a/b#7</a>' in made, "&lt;1&gt;" in made
    (True, True)
    """

    def __init__(self, table: pd.DataFrame, template: str = "") -> None:
        if template and not template.startswith(("https://", "http://")):
            accepted = "https://… with {item}, {project} or {number}"
            what = f"link {shown(template)} is no address"
            raise ParameterError(what, accepted=accepted, hint="correct the parameter link")
        self.table, self.template = table, template

    def __repr__(self) -> str:
        return repr(self.table)

    def _repr_html_(self) -> str:
        escaped = self.table.map(lambda cell: html.escape(str(cell)))
        escaped.index = pd.Index([self._link(str(item)) for item in self.table.index])
        escaped.columns.name = self.table.columns.name
        return str(escaped.to_html(escape=False))

    def _link(self, item: str) -> str:
        if not self.template:
            return html.escape(item)
        number = re.search(r"\d+$", item)
        address = self.template
        parts = {"project": item.partition("#")[0], "number": number[0] if number else ""}
        for name, part in {**parts, "item": item}.items():
            address = address.replace("{" + name + "}", quote(part, safe="/" * (name != "item")))
        return f'<a href="{html.escape(address)}">{html.escape(item)}</a>'
