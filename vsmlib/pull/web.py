"""Requests to one service: polite, patient, and to that host only."""

from __future__ import annotations

import ipaddress
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import requests
import tenacity
import urllib3

from vsmlib.errors import ParameterError, RunError, SourceError, shown
from vsmlib.pull.secrets import SECRET_LIKE, Secret

__all__ = ["Answer", "Client", "RefusedError", "address"]

TRIES, FIRST_TRIES = 8, 3  # a wrong address is told soon
LONGEST_PAUSE, LONGEST_ASKED = 60.0, 7200.0  # seconds
SECONDARY_LIMIT = 60.0  # GitHub's advice where it names no time
REDIRECTS = 5
BUSY = {408, 425, 429, 500, 502, 503, 504}
MOVED = {301, 302, 303, 307, 308}
AGAIN = "run the same command again: it goes on where it stopped"
HINTS = {
    401: "the token is wrong, expired, or missing: see docs/pull.md",
    403: "the token may not see this: see docs/pull.md for the permissions",
    404: "check the name; a service also says this where the token may not see it",
    410: "it is switched off, or gone",
}


class RefusedError(SourceError):
    """The service does not give this: it is not permitted, not there, or asked wrongly."""

    def __init__(self, status: int, what: str, where: str) -> None:
        self.status = status
        super().__init__(what, where=where, hint=HINTS.get(status, "check what was asked for"))


class Answer(NamedTuple):
    """What came, the address of the next page if there is one, and the last page's number."""

    data: Any
    next: str | None
    last: int | None


class _AgainError(Exception):
    def __init__(self, why: str, after: float | None = None) -> None:
        self.after = after
        super().__init__(why)


def address(url: str) -> str:
    """Check the address of a service; it holds no secret, and only loopback may be ``http``.

    Examples
    --------
    >>> address("https://jira.example.org/")
    'https://jira.example.org'
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        secret = bool("@" in url or parts.query or parts.fragment or SECRET_LIKE.search(url))
        parts.port  # noqa: B018  (it raises)
    except ValueError:
        host, secret = "", False
    if secret:
        raise ParameterError(
            "the address holds a name, a secret or a query",
            accepted="https://HOST or https://HOST/PATH",
            hint="give secrets by the environment only: see docs/pull.md",
        )
    if not host or parts.scheme not in {"https", "http"}:
        raise ParameterError("--url is no address", accepted="https://HOST or https://HOST/PATH")
    if parts.scheme == "http" and not _loopback(host):
        raise ParameterError(
            "http:// would show the token to everybody on the way",
            where=shown(url),
            accepted="https://; http:// to this machine only",
        )
    return url.rstrip("/")


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Client:
    """Gets JSON from one service; what fails for a while is tried again.

    Parameters
    ----------
    base : str
        The address below which everything is.
    secret : Secret
        What is sent to this host and to no other.
    sleep : callable
        Waits for so many seconds.
    tell : callable
        Is told in a few words why it waits; empty when it goes on.
    """

    def __init__(
        self,
        base: str,
        secret: Secret,
        *,
        sleep: Callable[[float], None] = time.sleep,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.base, self.secret, self.sleep, self.tell = address(base), secret, sleep, tell
        self.session = requests.Session()
        self.session.headers.update({"Accept": "application/json", "User-Agent": "vsmlib"})
        # what is for this machine takes no way over a proxy
        self.session.trust_env = self.base.startswith("https:")
        self.requests, self.pause, self.reached = 0, 0.0, False
        self.server_time: datetime | None = None

    def get(self, path: str, **params: Any) -> Answer:
        """Get what a path (or the address of a next page) leads to.

        Raises
        ------
        RefusedError
            If the service says no.
        RunError
            If it cannot be reached, leads to another host, or asks for too long a wait.
        """
        url = path if "://" in path else self.base + path
        if self.pause:
            self._wait(self.pause, "the rate limit is used up")
            self.pause = 0.0
        again = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_AgainError),
            stop=lambda state: state.attempt_number >= (TRIES if self.reached else FIRST_TRIES),
            wait=self._seconds,
            sleep=lambda _: None,
            before_sleep=self._before,
            reraise=True,
        )
        try:
            return again(self._once, url, params)
        except _AgainError as error:
            raise RunError(str(error), where=self._place(url), hint=AGAIN) from None

    def pages(self, path: str, **params: Any) -> Iterator[Any]:
        """Give the parts of a list, following its next pages; or the one object."""
        answer = self.get(path, **params)
        while True:
            yield from answer.data if isinstance(answer.data, list) else [answer.data]
            if not answer.next:
                return
            if answer.next == path:
                raise RunError("a next page leads to itself", where=self._place(path))
            path = answer.next
            answer = self.get(path)

    def _before(self, state: tenacity.RetryCallState) -> None:
        error = state.outcome and state.outcome.exception()
        self._wait(state.next_action.sleep if state.next_action else 0.0, str(error))

    def _wait(self, seconds: float, why: str) -> None:
        if seconds > LONGEST_ASKED:
            what = f"{why}: the service asks to wait for {seconds / 3600:,.1f} hours"
            raise RunError(what, where=self._place(self.base), hint=f"later {AGAIN}")
        self.tell(f"waits {seconds:,.0f} s: {why}")
        self.sleep(seconds)
        self.tell("")

    def _seconds(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome and state.outcome.exception()
        if isinstance(error, _AgainError) and error.after is not None:
            return error.after + random.random()  # noqa: S311  (so that not all come at once)
        return float(tenacity.wait_exponential_jitter(1, LONGEST_PAUSE)(state))

    def _once(self, url: str, params: Mapping[str, Any]) -> Answer:
        for _ in range(REDIRECTS):
            response = self._send(self._own(url), params)
            if response.status_code not in MOVED:
                return self._judged(response, url)
            url = urljoin(url, response.headers.get("Location", ""))
            params = {} if urlsplit(url).query else params
        raise RunError("it leads round in circles", where=self._place(url))

    def _own(self, url: str) -> str:
        """Refuse any other host, so that the token stays with this one."""
        there, here = urlsplit(url), urlsplit(self.base)
        if (there.scheme, there.netloc) != (here.scheme, here.netloc):
            host = shown(f"{there.scheme}://{there.hostname}")
            raise RunError(
                f"the service leads to another host, {host}, which must not have the token",
                where=self._place(self.base),
                hint="give the new address by --url if you trust it",
            )
        return url

    def _send(self, url: str, params: Mapping[str, Any]) -> requests.Response:
        self.requests += 1
        try:
            response = self.session.get(
                url, params=params, auth=self.secret, allow_redirects=False, timeout=(10, 60)
            )
        except requests.exceptions.SSLError:
            hint = "set REQUESTS_CA_BUNDLE to your company's certificates"
            raise RunError("its certificate is not trusted", where=self._place(url),
                           hint=hint) from None  # fmt: skip
        except requests.RequestException as error:
            name = type(error).__name__
            if _unknown_host(error) and not self.reached:
                what, hint = "there is no such host, or no network", "check the address"
                raise RunError(what, where=self._place(url), hint=hint) from None
            raise _AgainError(f"the connection failed ({name})") from None
        self.reached = True
        self.server_time = _http_date(response.headers.get("Date")) or self.server_time
        return response

    def _judged(self, response: requests.Response, url: str) -> Answer:
        status, asked = response.status_code, self._asked(response)
        limited = status in {403, 429} and (
            asked is not None or "rate limit" in response.text[:2000].lower()
        )
        if limited:
            seconds = SECONDARY_LIMIT if asked is None else asked
            raise _AgainError("the rate limit is reached", seconds)
        if status in BUSY:
            raise _AgainError(f"the service answers {status}", asked)
        if status != 200:
            raise RefusedError(status, f"the service answers {status}{self._said(response)}",
                          self._place(url))  # fmt: skip
        self.pause = asked or 0.0
        try:
            links = {name: link["url"] for name, link in response.links.items()}
            last = re.search(r"[?&]page=(\d{1,9})", links.get("last", ""))
            return Answer(response.json(), links.get("next"), int(last[1]) if last else None)
        except ValueError:
            raise _AgainError("the service sent no whole JSON") from None

    def _asked(self, response: requests.Response) -> float | None:
        """Seconds that the service asks to wait, by its own clock; None if it does not."""
        headers, now = response.headers, _http_date(response.headers.get("Date"))
        after = str(headers.get("Retry-After", "")).strip()
        if re.fullmatch(r"\d{1,9}", after):
            return float(after)
        until = _http_date(after)
        if until and now:
            return max(0.0, (until - now).total_seconds())
        left = headers.get("X-RateLimit-Remaining", headers.get("RateLimit-Remaining"))
        reset = str(headers.get("X-RateLimit-Reset", headers.get("RateLimit-Reset", "")))
        if left == "0" and re.fullmatch(r"\d{1,12}", reset) and now:
            return max(0.0, int(reset) - now.timestamp()) + 1
        return None

    def _said(self, response: requests.Response) -> str:
        """Quote what a service says to its refusal, without the secret that it may repeat."""
        try:
            data = response.json()
        except ValueError:
            return ""
        told = data.get("errorMessages") or data.get("message") if isinstance(data, dict) else None
        text = told[0] if isinstance(told, list) and told else told
        return f": {shown(self.secret.hidden(text))}" if text and isinstance(text, str) else ""

    def _place(self, url: str) -> str:
        parts = urlsplit(url)
        return self.secret.hidden(f"{parts.hostname}{parts.path}")


def _unknown_host(error: requests.RequestException) -> bool:
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, urllib3.exceptions.NameResolutionError)


def _http_date(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else None
