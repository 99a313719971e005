"""Which reader a file or folder is for: the one place where that is decided."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from vsmlib.sources.azure import TELLING as AZURE
from vsmlib.sources.azure import read_azure
from vsmlib.sources.deployments import TELLING as DEPLOYMENTS
from vsmlib.sources.deployments import read_deployments
from vsmlib.sources.extract import Extract
from vsmlib.sources.git import is_git, read_git
from vsmlib.sources.github import TELLING as GITHUB
from vsmlib.sources.github import read_github
from vsmlib.sources.gitlab import TELLING as GITLAB
from vsmlib.sources.gitlab import read_gitlab
from vsmlib.sources.incidents import (
    OPSGENIE_PAGERDUTY,
    is_status_page,
    read_incidents,
    read_status_page,
)
from vsmlib.sources.jira import TELLING as JIRA
from vsmlib.sources.jira import read_jira
from vsmlib.sources.jira_csv import is_jira_csv, read_jira_csv
from vsmlib.sources.linear import TELLING as LINEAR
from vsmlib.sources.linear import read_linear
from vsmlib.sources.objects import heads
from vsmlib.sources.runs import TELLING as RUNS
from vsmlib.sources.runs import read_runs
from vsmlib.sources.trello import TELLING as TRELLO
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


def _github(path: Path, git: Any = None, **options: Any) -> Extract:
    return read_github(path, history=git, **options)


GIT = Origin("a git clone", read_git, ())
# The first whose JSON it is has it, so the more telling come first.
ORIGINS = (
    Origin("pages of a status page", read_status_page, ("timezone",), file=is_status_page),
    Origin("XES", read_xes, ("timezone", "bots"), file=is_xes),
    Origin("a CSV export of Jira", read_jira_csv, ("timezone", "time_format", "bots"),
           file=is_jira_csv),
    Origin("Jira issues", read_jira, json=JIRA),
    Origin("GitLab issues and merge requests", read_gitlab, json=GITLAB),
    Origin("Azure DevOps work items", read_azure, json=AZURE),
    Origin("Linear issues", read_linear, json=LINEAR),
    Origin("deployments", read_deployments, json=DEPLOYMENTS),
    Origin("incidents", read_incidents, json=OPSGENIE_PAGERDUTY),
    Origin("runs of CI", read_runs, json=RUNS),
    Origin("GitHub objects", _github, ("bots", "git"), json=GITHUB),
    Origin("Trello cards", read_trello, json=TRELLO),
)  # fmt: skip


def recognised(path: Path) -> Origin | None:
    """Tell what a file, folder or archive is; None for a table.

    Examples
    --------
    >>> recognised(Path("/nowhere"))
    """
    if path.is_dir() and is_git(path):
        return GIT
    first = heads(path)
    for origin in ORIGINS:
        if origin.json and any(origin.json.search(raw) for raw in first):
            return origin
    return next((origin for origin in ORIGINS if origin.file and origin.file(path)), None)
