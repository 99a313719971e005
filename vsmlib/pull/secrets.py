"""Secrets: from the environment or the keyring, into one header, and nowhere else."""

from __future__ import annotations

import base64
import json
import os
import re
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from vsmlib.errors import ParameterError

__all__ = ["SECRET_LIKE", "Secret", "find"]

# What tokens of these services begin with.
SECRET_LIKE = re.compile(
    r"gh[pousr]_\w{20,}|github_pat_\w{20,}|gl[a-z]{2,5}-[\w-]{16,}|ATATT\w{10,}|lin_api_\w{10,}"
)
# Names that others use, too, are for these hosts only.
SHARED = {"GITHUB_TOKEN": "api.github.com", "GITLAB_TOKEN": "gitlab.com"}
HIDDEN, SHORTEST = "[hidden]", 8


class Secret(requests.auth.AuthBase):
    """A token and how it is sent; empty where there is none.

    Examples
    --------
    >>> secret = Secret("s3cret-token")
    >>> secret, secret.hidden("you sent s3cret-token")
    (Secret(…), 'you sent [hidden]')
    """

    def __init__(self, token: str = "", user: str = "") -> None:
        pair = base64.b64encode(f"{user}:{token}".encode()).decode() if user else ""
        self._header = f"Basic {pair}" if user else f"Bearer {token}"
        self._forms = list(filter(None, (pair, token, quote(token, safe=""), escape(token))))

    def __call__(self, request: Any) -> Any:
        """Put the token into a request."""
        if self._forms:
            request.headers["Authorization"] = self._header
        return request

    @property
    def empty(self) -> bool:
        """Whether there is none (not its truth: to requests, a false one means: see ~/.netrc)."""
        return not self._forms

    def __repr__(self) -> str:
        return "Secret()" if self.empty else "Secret(…)"

    def hidden(self, text: str) -> str:
        """Blot out the secret in a text that comes from outside."""
        for form in self._forms:
            # a shorter one is no token, and may be a part of any word
            text = text.replace(form, HIDDEN) if len(form) >= SHORTEST else text
        return text


def escape(text: str) -> str:
    """Give a text as it stands in JSON."""
    return json.dumps(text)[1:-1]


def find(service: str, url: str) -> Secret:
    """Find the token for a service: ``VSM_GITHUB_TOKEN`` or alike, else in the keyring.

    ``GITHUB_TOKEN`` and ``GITLAB_TOKEN`` are taken for the public services only, for they are
    often set without a thought of another host. Without any, requests are anonymous.

    Raises
    ------
    ParameterError
        If the token has letters that no token has.
    """
    name, host = service.upper(), urlsplit(url).hostname or ""
    token = os.environ.get(f"VSM_{name}_TOKEN", "").strip()
    shared = f"{name}_TOKEN"
    if not token and SHARED.get(shared) == host:
        token = os.environ.get(shared, "").strip()
    token = token or _from_keyring(service, host)
    if not re.fullmatch(r"[!-~]*", token):
        raise ParameterError(
            f"the token in VSM_{name}_TOKEN holds spaces or letters that no token has",
            hint="set it again, without quotes",
        )
    user = os.environ.get(f"VSM_{name}_USER", "").strip()
    return Secret(token, user) if token else Secret()


def _from_keyring(service: str, host: str) -> str:
    try:
        import keyring

        return (keyring.get_password("vsmlib", f"{service}@{host}") or "").strip()
    except Exception:  # not installed, or locked, or without a desktop: no token there
        return ""
