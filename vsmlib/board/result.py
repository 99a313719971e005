"""What a workshop leaves: the agreed stream, one page of what is and shall be, the minutes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vsmlib.board.estimates import ESTIMATED, FIELDS, estimated, spread
from vsmlib.board.room import estimates_shown, revealed, votes
from vsmlib.board.store import Entry, now
from vsmlib.board.tags import Board
from vsmlib.errors import RunError
from vsmlib.words import DAY

__all__ = ["write"]

HERE = Path(__file__).parent
PUBLIC = ("stage", "stream", "purpose", "action", "person")
SHOWN: tuple[str, ...] = (
    *("name", "kind", "cause", "waste", "owner", "note", "enter"),
    *("goal", "customer", "begins", "ends", "measure", "review", "days"),
)
UNITS = {"process": ("process", " h"), "wait": ("wait", " days"), "ca": ("%C&A", "%")}


def write(folder: Path, board: Board, figures: Any, who: str) -> list[str]:
    """Write ``stream.yaml``, ``result.html`` and ``minutes.html``; the names of the files.

    Each is written aside and moved into place. All names and notes in them are text.

    Parameters
    ----------
    folder : path
    board : Board
    figures : Figures or None
        Without data, the page has the estimates only.
    who : str
        Who asked for it.

    Raises
    ------
    RunError
        If the folder cannot be written.
    StreamError
        If ``stream.yaml`` was changed outside the board.
    """
    facts = _facts(board) | {"maps": _maps(board, figures), "measured": figures}
    changes = board.save(folder / "stream.yaml", who)
    pages = {"result.html": facts, "minutes.html": facts | {"changes": changes}}
    try:
        for name, data in pages.items():
            _put(folder / name, _page(name, data))
    except OSError as error:
        what = f"the result cannot be written ({error.strerror})"
        raise RunError(what, where=folder.name, hint="free some space, then try again") from None
    return ["stream.yaml", *pages]


def _put(path: Path, text: str) -> None:
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=".result-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(aside).replace(path)
    finally:
        Path(aside).unlink(missing_ok=True)


def _page(name: str, data: Mapping[str, Any]) -> str:
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True)
    return environment.get_template(f"{name}.j2").render(**data)


def _facts(board: Board) -> dict[str, Any]:
    """Gather what was said and shown to all, in words; of votes and estimates never whose."""
    store, rows, shown = board.store, board.rows(), revealed(board.store)
    names = {row["id"]: row["name"] for row in rows}
    found = estimates_shown(store)
    counts = votes(store) if "vote" in shown else {}
    people = [str((row.data or {})["name"]) for row in store.rows("person").values()]
    purpose = store.rows("purpose").get("purpose")
    said = dict((purpose.data or {}) if purpose else {})
    written = store.rows("idea") if "idea" in shown else {}
    ideas = [{"id": key, **(row.data or {})} for key, row in written.items()]
    words = {idea["id"]: str(idea["text"]) for idea in ideas}
    agreed = {key: row.data or {} for key, row in store.rows("action").items()}
    for idea in ideas:
        idea |= {"dots": counts.get(idea["id"], 0), "where": names.get(idea["stage"], "")}
        idea |= {"agreed": agreed.get(idea["id"], {})}
    pains = [dict(row.data or {}) for row in store.rows("pain").values() if "pain" in shown]
    return {
        "title": board.stream().name,
        "when": now()[:10],
        "people": sorted(people) or ["nobody"],
        "purpose": [(words, said[key]) for key, words in ASKED.items() if key in said],
        "states": [row | {"spread": _spread(found.get(row["id"], []))} for row in rows],
        "pains": [pain | {"where": names.get(pain["stage"], "")} for pain in pains],
        "ideas": sorted(ideas, key=lambda idea: -idea["dots"]),
        "actions": [idea for idea in ideas if idea["agreed"]],
        "journal": [_told(e, words) for e in store.journal(since=1) if e.sheet in PUBLIC],
    }  # fmt: skip


ASKED = {
    "goal": "Goal",
    "customer": "For whom",
    "begins": "It begins when",
    "ends": "It ends when",
}


def _spread(given: Sequence[Mapping[str, Any]]) -> list[str]:
    found = spread(given)
    told = []
    for name in (name for name in FIELDS if name in found):
        (word, unit), values = UNITS[name], found[name]["values"]
        told.append(
            f"{word} {found[name]['median']:g}{unit} ({values[0]:g} to {values[-1]:g}, "
            f"{len(values)} of us)"
        )
    kinds = [f"{kind}: {count}" for kind, count in found.get("kind", {}).items()]
    return told + ([", ".join(kinds)] if kinds else [])


def _told(entry: Entry, names: Mapping[str, str]) -> dict[str, str]:
    """Word a line of the journal."""
    before, after = entry.before or {}, entry.after or {}
    about = after.get("name") or before.get("name") or names.get(entry.id) or entry.sheet
    told = [
        f"{key} {_word(before.get(key))} → {_word(after.get(key))}"
        for key in SHOWN
        if before.get(key) != after.get(key)
    ]
    said = [entry.why] if entry.why and entry.why not in (after.get("note"), entry.sheet) else []
    what = said + (told if entry.after and entry.sheet != "person" else [])
    return {"at": entry.at, "who": entry.who, "about": str(about), "what": "; ".join(what)}


def _word(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "none")


def _maps(board: Board, figures: Any) -> list[str]:
    """Draw the stream as it is, measured or estimated, and as the agreed actions shall make it."""
    from vsmlib import charts, measure
    from vsmlib.charts.colours import style_sheet
    from vsmlib.charts.map import draw_value_stream_map
    from vsmlib.charts.states import State, draw_current_and_future

    stream, means = board.stream(), _agreed(board)
    over: Sequence[str] = () if figures else ESTIMATED
    if figures:
        tables = figures.tables(stream)
        after = measure.rescaled(tables, means)
    else:
        rows, found = board.rows(), estimates_shown(board.store)
        tables, after = estimated(rows, found), estimated(rows, found, means)
        if not tables.summary["lead_time_s"]["mean"]:
            return []
    current, future = (
        State(t.stages, t.transitions, t.summary, stream.name) for t in (tables, after)
    )
    if not means or not tables.summary["delivered"]:
        chart: Any = draw_value_stream_map(*current, over=over)
    else:
        chart = draw_current_and_future(current, future, over)
    with tempfile.TemporaryDirectory() as folder:
        drawn = charts.save(chart, Path(folder) / "map.svg").read_text(encoding="utf-8")
    return [drawn.replace("><", f"><style>{style_sheet(drawn)}</style><", 1)]


def _agreed(board: Board) -> dict[str, float]:
    """Return the seconds that states shall take by the agreed actions."""
    names = {row["id"]: row["name"] for row in board.rows()}
    ideas, means = board.store.rows("idea"), {}
    for key, row in board.store.rows("action").items():
        days, idea = (row.data or {}).get("days"), ideas.get(key)
        if days and idea and (idea.data or {})["stage"] in names:
            means[names[(idea.data or {})["stage"]]] = float(days.replace(",", ".")) * DAY
    return means
