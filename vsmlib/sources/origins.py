"""Which reader a file or folder is for: the one place where that is decided."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from vsmlib.sources.azure import read_azure
from vsmlib.sources.deployments import read_deployments
from vsmlib.sources.extract import Extract
from vsmlib.sources.git import is_git, read_git
from vsmlib.sources.github import TELLING as GITHUB
from vsmlib.sources.github import read_github
from vsmlib.sources.gitlab import read_gitlab
from vsmlib.sources.incidents import is_status_page, read_incidents, read_status_page
from vsmlib.sources.jira import read_jira
from vsmlib.sources.jira_csv import is_jira_csv, read_jira_csv
from vsmlib.sources.ledger import (
    is_deployments,
    is_incidents,
    read_deployment_table,
    read_incident_table,
)
from vsmlib.sources.linear import read_linear
from vsmlib.sources.objects import heads
from vsmlib.sources.runs import read_runs
from vsmlib.sources.trello import read_trello
from vsmlib.sources.xes import is_xes, read_xes

__all__ = ["ORIGINS", "Origin", "recognised"]


class Origin(NamedTuple):
    """A kind of source: what messages call it, how it is read, and the options it takes."""

    title: str
    read: Callable[..., Extract]
    options: tuple[str, ...] = ("bots",)
    json: re.Pattern[bytes] | None = None  # what tells its JSON, found in the first kilobytes
    file: Callable[[Path], bool] | None = None  # what tells another file

    @property
    def like_a_table(self) -> bool:
        """Whether it could be a table, too."""
        return bool(self.json) or set(TIMES) <= set(self.options)


def _github(path: Path, git: Any = None, **options: Any) -> Extract:
    return read_github(path, history=git, **options)


TIMES = ("timezone", "time_format")
GIT = Origin("a git clone", read_git, ())
TRACKERS = (read_jira, read_gitlab, read_azure, read_linear, read_deployments, read_incidents,
            read_runs)  # fmt: skip
# The first whose JSON it is has it, so the more telling come first.
ORIGINS = (
    Origin("pages of a status page", read_status_page, ("timezone",), file=is_status_page),
    Origin("XES", read_xes, ("timezone", "bots"), file=is_xes),
    Origin("a CSV export of Jira", read_jira_csv, (*TIMES, "bots"),
           file=is_jira_csv),
    Origin("a table of deployments", read_deployment_table, TIMES, file=is_deployments),
    Origin("a table of incidents", read_incident_table, TIMES, file=is_incidents),
    *(Origin(reader.title, reader, json=reader.json) for reader in TRACKERS),
    Origin("GitHub objects", _github, ("bots", "git"), json=GITHUB),
    Origin(read_trello.title, read_trello, json=read_trello.json),
)  # fmt: skip


def recognised(path: Path) -> Origin | None:
    """Tell what a file, folder or archive is; None for a table."""
    if path.is_dir() and is_git(path):
        return GIT
    first = heads(path)
    for origin in ORIGINS:
        if origin.json and any(origin.json.search(raw) for raw in first):
            return origin
    return next((origin for origin in ORIGINS if origin.file and origin.file(path)), None)
