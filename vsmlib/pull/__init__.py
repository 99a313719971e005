"""From a live service to a local folder that `vsm.read` reads: incremental, resumable, polite."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from vsmlib.errors import ParameterError, one_of, shown
from vsmlib.pull.github import Github
from vsmlib.pull.gitlab import Gitlab
from vsmlib.pull.jira import Jira
from vsmlib.pull.secrets import SECRET_LIKE, find
from vsmlib.pull.service import Page, Service
from vsmlib.pull.store import Record, Store
from vsmlib.pull.web import Client

__all__ = ["SERVICES", "Receipt", "pull"]

SERVICES: dict[str, type[Service]] = {"github": Github, "gitlab": Gitlab, "jira": Jira}
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)+")
# Clocks differ, and what was just changed may not be listed yet.
OVERLAP = timedelta(minutes=10)


@dataclass
class Receipt:
    """What a pull did.

    Attributes
    ----------
    folder : str
        Where the copy is.
    new, changed, unchanged : int
        Items that were not there, that were there otherwise, and that were met again.
    hidden : int
        Lists that the token may not see, or that are gone; `examples` names the first.
    requests : int
        How often the service was asked.
    since : str or None
        From when on changes were asked for (ISO, UTC); None: all.
    """

    folder: str
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    hidden: int = 0
    requests: int = 0
    since: str | None = None
    examples: list[str] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        """Give it as a plain dictionary."""
        return asdict(self)

    def lines(self) -> list[str]:
        """Give it as a few lines for people."""
        said = [f"{self.folder}: {self.new:,} new items, {self.changed:,} changed"]
        said[0] += f"; next: vsm check {self.folder}" if self.new else ""
        if self.hidden:
            said.append(f"{self.hidden:,} lists may not be seen, such as {self.examples[0]}")
        return said


def pull(
    service: str,
    target: str = "",
    *,
    url: str | None = None,
    jql: str | None = None,
    since: str | None = None,
    out: str | Path | None = None,
    quiet: bool = True,
    sleep: Callable[[float], None] = time.sleep,
) -> Receipt:
    """Copy what a service tells of its items into a folder; later, what changed since.

    Parameters
    ----------
    service : {"github", "gitlab", "jira"}
        Whose API it is.
    target : str
        ``owner/repository``, ``group/project``, or keys of Jira's projects with commas between.
    url : str, optional
        The service's address; needed for Jira.
    jql : str, optional
        A query that chooses issues of Jira.
    since : str, optional
        A date (``2026-01-31``, UTC): the first pull takes what changed since then.
    out : path, optional
        The folder; by default ``pulled/SERVICE-TARGET``.
    quiet : bool, default True
        Show no progress.
    sleep : callable
        Waits for so many seconds.

    Returns
    -------
    Receipt

    Raises
    ------
    ParameterError
        If the service, the target, the address, the date or the folder is none.
    SourceError
        If the service refuses.
    RunError
        If it cannot be reached or the folder not be written; the same call goes on from there.

    Examples
    --------
    >>> pull("github", "owner")
    Traceback (most recent call last):
    ...
    vsmlib.errors.ParameterError: no repository or project: 'owner'; accepted: OWNER/NAME
    """
    first = _date(since)
    client_url = _checked(service, target, url, jql)
    progress = _Progress(service, target or "JQL", quiet=quiet)
    with progress.bar:
        client = Client(client_url, find(service, client_url), sleep=sleep, tell=progress.waits)
        told = SERVICES[service](client, target, jql)
        name = re.sub(r"[^\w.-]+", "-", f"{service}-{target or 'query'}")
        folder = Path(out) if out else Path("pulled") / name
        receipt = Receipt(str(folder))
        with closing(Store(folder, f"{service} {told.identity()}")) as store:
            for kind in told.kinds:
                _Run(told, store, receipt, progress, kind).go(first)
            store.compact()
    receipt.requests, receipt.hidden = client.requests, len(told.hidden)
    receipt.examples = told.hidden[:3]
    return receipt


def _checked(service: str, target: str, url: str | None, jql: str | None) -> str:
    """Give the address; refuse what is no target, and what looks like a secret."""
    if service not in SERVICES:
        what, accepted, hint = one_of("service", service, SERVICES)
        raise ParameterError(what, accepted=accepted, hint=hint)
    if any(SECRET_LIKE.search(text or "") for text in (target, url, jql)):
        raise ParameterError("this looks like a token, which others can see here",
                             hint=f"put it into VSM_{service.upper()}_TOKEN; renew it")  # fmt: skip
    if service == "jira":
        if not target and not jql:
            raise ParameterError("no project", accepted="vsm pull jira KEY --url URL, or --jql")
    elif jql:
        raise ParameterError("--jql is for jira only", hint="leave it out")
    elif not PATH.fullmatch(target):
        raise ParameterError(f"no repository or project: {shown(target)}", accepted="OWNER/NAME")
    if not (url or SERVICES[service].address):
        raise ParameterError("no address", accepted="--url https://…", hint="give your Jira's")
    return url or SERVICES[service].address


def _date(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
    except ValueError:
        raise ParameterError(f"--since is no date: {shown(text)}", accepted="2026-01-31") from None


@dataclass
class _Run:
    """One list of one service, into the store.

    The store keeps, for each list: ``since`` (what was asked for) and ``done`` (up to when all is
    there, by the server's clock); while a pull is not complete, instead of ``done``, ``from``
    (what it asks for), ``begun`` (when it did so) and ``at`` (where to go on).
    """

    told: Service
    store: Store
    receipt: Receipt
    progress: _Progress
    kind: str

    def go(self, first: datetime | None) -> None:
        """Take in all pages; then note up to when everything is there."""
        place = self._place(first.isoformat() if first else None)
        since = datetime.fromisoformat(place["from"]) if place["from"] else None
        self.receipt.since = place["from"]
        for page in self.told.pages(self.kind, since, place["at"]):
            now = self.told.client.server_time
            place["begun"] = place["begun"] or (now.isoformat() if now else None)
            self.progress.bar.total = page.total
            self._take(page, place)
            place["at"] = page.place
            self.store.add(self.kind, [], place)
        self.store.add(self.kind, [], {"since": place["since"], "done": place["begun"]})

    def _place(self, asked: str | None) -> dict[str, Any]:
        """Tell where to begin: where it stopped, or where the last pull began."""
        known = self.store.fact(f"place of {self.kind}")
        back = known and asked and (known["since"] or "") > asked
        if known and not back:
            if "from" in known:
                return dict(known)
            asked, done = known["since"], known["done"]
            start = (datetime.fromisoformat(done) - OVERLAP).isoformat() if done else asked
        else:
            start = asked
        return {"from": start, "since": asked, "begun": None, "at": None}

    def _take(self, page: Page, place: dict[str, Any]) -> None:
        """Store the new and changed items, a few at a time; if it is stopped, what there is."""
        records: list[Record] = []
        try:
            for thing in page.things:
                if record := self._record(thing):
                    records.append(record)
                if len(records) >= self.told.batch:
                    batch, records = records, []
                    self.store.add(self.kind, batch, place)
        finally:
            if records:
                self.store.add(self.kind, records, place)

    def _record(self, thing: dict[str, Any]) -> Record | None:
        ident, updated = self.told.known(self.kind, thing)
        known = self.store.updated(self.kind, ident)
        self.progress.bar.update()
        if known == updated:
            self.receipt.unchanged += 1
            return None
        hidden = len(self.told.hidden)
        line = self.told.line(self.told.whole(self.kind, thing))
        self.receipt.new += known is None
        self.receipt.changed += known is not None
        # what was hidden may be shown when it is met again
        return Record(ident, updated if len(self.told.hidden) == hidden else "", line)


class _Progress:
    """A bar with what and how far, on a terminal only; elsewhere a note says why it waits."""

    def __init__(self, service: str, target: str, *, quiet: bool) -> None:
        from tqdm import tqdm

        self.aloud = not quiet
        self.bar = tqdm(desc=f"{service} {target}", unit=" items", leave=False,
                        disable=True if quiet else None)  # fmt: skip

    def waits(self, why: str) -> None:
        self.bar.set_postfix_str(why)
        if why and self.aloud and self.bar.disable:
            print(f"note: {why}", file=sys.stderr)
