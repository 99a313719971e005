"""The items of each report, cut from a log that was read once."""

from __future__ import annotations

import json
from copy import copy
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import narwhals as nw

from vsmlib import saved
from vsmlib.log import EventLog

__all__ = ["Slices"]

# Items of these types that name no value belong to every report: what brings work to its users.
SHARED = ("deployment", "incident", "run")


class Slices:
    """The part of a log that each value of an item column stands for.

    People keep the pseudonyms, and events the order, that they have in the whole log.

    Parameters
    ----------
    log : EventLog
        The whole.
    column : str
        The item column.
    """

    def __init__(self, log: EventLog, column: str) -> None:
        log.check_column(column)
        self._log, self._column = log, column

    def of(self, value: str) -> EventLog:
        """Give the log of the items that have the value, and of what belongs to all."""
        made, text = copy(self._log), nw.col(self._column).cast(nw.String)
        mine = (text == value) | (text.is_null() & nw.col("item_type").is_in(SHARED))
        kept = self._log.items_frame.filter(mine).rename({"item": "was"})
        items = made.engine.numbered(kept, "item", "item_id")
        made.items_frame = items.select("item", *made.item_columns)
        whole = self._log.codes.rename({"item": "was"})
        codes = whole.join(items.select("was", "item"), on="was")
        made.codes = codes.select(self._log.codes.collect_schema().names())
        return made

    def digest(self, value: str) -> str:
        """Hash all that a report on the value sees, whatever the order of the rows."""
        log = self.of(value)
        parts = [log.fingerprint(), log.engine.fingerprint(log.items_frame, log.item_columns)]
        told = [asdict(finding) for finding in log.findings]
        said = json.dumps([log.name, log.observed_until_us, parts, told])
        return sha256(said.encode()).hexdigest()

    def save(self, value: str, folder: Path | str) -> None:
        """Keep the part as a saved log, which a report's own process reads."""
        saved.save(self.of(value), folder)
