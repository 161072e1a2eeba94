"""Requests to upstreams: which answers are final, which are tried again, and after how long.

Nothing else here retries or waits. A 404 is an answer about the file; everything that says
nothing about it (a timeout, a 503, a broken connection) ends as Unavailable and never as missing.
"""

import asyncio
import logging
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientHttpProxyError,
    ClientResponse,
    ClientSession,
    ConnectionTimeoutError,
    ServerDisconnectedError,
)
from yarl import URL

from wheelyard.index import FileNotFound, Refused, Unavailable
from wheelyard.upstream.credentials import (
    Credentials,
    InvalidUrl,
    displayed,
    parse_url,
    read_netrc,
)
from wheelyard.upstream.proxies import Proxies, read_proxies
from wheelyard.upstream.session import Limits, open_session

# A failure of the connection. OSError alone is left out: a full disk is no upstream's fault.
BROKEN = (ClientError, TimeoutError, ConnectionError)

_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504, *range(520, 528)})
_MISSING = frozenset({404, 410})
_REFUSED = frozenset({401, 403, 407, 451})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ACCEPTED = frozenset({200, 206, 304, 416})

_T = TypeVar("_T")

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Traffic:
    """What a run has asked of its upstreams so far."""

    requests: int = 0  # each redirect is one more
    received: int = 0  # bytes of bodies, as they came over the wire


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to try, and how long to wait in between."""

    attempts: int = 5
    first_delay: float = 0.5  # seconds; each further one is twice as long
    longest_delay: float = 30.0  # seconds
    longest_retry_after: float = 120.0  # seconds; an upstream that wants more ends the attempts
    redirects: int = 5


class Transient(Exception):
    """An attempt failed in a way that the next one may not. Never leaves this room."""

    def __init__(
        self, reason: str, *, retry_after: float | None = None, progressed: bool = False
    ) -> None:
        self.reason = reason
        self.retry_after = retry_after  # seconds, as the upstream asked
        self.progressed = progressed  # so much arrived that the count of attempts starts anew
        super().__init__(reason)


@dataclass(slots=True)
class Transport:
    """Sends requests, with the credentials and the proxy that belong to each host."""

    session: ClientSession
    credentials: Credentials = field(default_factory=Credentials)
    proxies: Proxies = field(default_factory=lambda: Proxies({}))
    patience: Patience = Patience()
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    jitter: Callable[[], float] = random.random  # between 0 and 1
    traffic: Traffic = field(default_factory=Traffic)

    async def persist(self, url: str, attempt: Callable[[], Awaitable[_T]]) -> _T:
        """What `attempt` gives in the end; it is repeated while it fails in transient ways.

        Raises what `attempt` raises, and Unavailable when the patience is used up.
        """
        failures = 0
        while True:
            try:
                return await attempt()
            except (Transient, *BROKEN) as error:
                failure = error if isinstance(error, Transient) else self._explain(url, error)
                failures = 1 if failure.progressed else failures + 1
                if failures >= self.patience.attempts:
                    raise Unavailable(displayed(url), failure.reason) from error
                delay = self._delay(url, failure, failures)
            # One failure is nothing to speak of; the third in a row explains a long silence.
            level = logging.INFO if failures < 3 else logging.WARNING
            said = "%s: %s; trying again in %.1f s"
            _log.log(level, said, displayed(url), failure.reason, delay)
            await self.sleep(delay)

    @asynccontextmanager
    async def send(
        self, url: str, headers: Mapping[str, str], *, decompress: bool = False
    ) -> AsyncIterator[ClientResponse]:
        """One request, and those that redirects lead to; the status is 200, 206, 304 or 416.

        Leaving the context with the body unread closes the connection. Raises FileNotFound,
        Refused, Unavailable, and for the caller's `persist` Transient or one of BROKEN.
        """
        target = fetchable(url)
        for _ in range(self.patience.redirects + 1):
            response = await self._request(target, headers, decompress)
            async with response:
                location = response.headers.get("Location")
                if response.status not in _REDIRECTS or location is None:
                    self._check(response, url)
                    yield response
                    return
                target = _redirected(target, location, url)
        raise Unavailable(displayed(url), f"it redirects more than {self.patience.redirects} times")

    async def read_body(self, response: ClientResponse) -> bytes:
        """The whole body of a small answer."""
        body = await response.read()
        self.traffic.received += len(body)
        return body

    async def _request(
        self, url: URL, headers: Mapping[str, str], decompress: bool
    ) -> ClientResponse:
        self.traffic.requests += 1
        headers = dict(headers)
        authorization = self.credentials.authorization(url)
        if authorization is not None:
            headers["Authorization"] = authorization
        proxy = self.proxies.for_url(url)
        proxy_headers: dict[str, str] = {}
        if proxy is not None and proxy.authorization is not None:
            # Through a tunnel the request itself is the upstream's alone to read.
            told = proxy_headers if url.scheme == "https" else headers
            told["Proxy-Authorization"] = proxy.authorization
        return await self.session.get(
            url,
            headers=headers,
            allow_redirects=False,
            auto_decompress=decompress,
            proxy=None if proxy is None else proxy.url,
            proxy_headers=proxy_headers or None,
        )

    def _check(self, response: ClientResponse, url: str) -> None:
        status = response.status
        if status in _ACCEPTED:
            return
        shown = displayed(url)
        reason = f"{status} {response.reason or ''}".strip()
        if status in _MISSING:
            raise FileNotFound(shown)
        if status in _REFUSED:
            raise Refused(shown, reason, status=status)
        if status in _TRANSIENT:
            raise Transient(reason, retry_after=self._retry_after(response))
        raise Unavailable(shown, reason)

    def _retry_after(self, response: ClientResponse) -> float | None:
        """The seconds that `Retry-After` asks to wait (RFC 9110, section 10.2.3)."""
        text = response.headers.get("Retry-After", "").strip()
        if text.isascii() and text.isdecimal():
            return float(text[:9])
        try:
            moment = parsedate_to_datetime(text)
        except (TypeError, ValueError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - self.now()).total_seconds())

    def _delay(self, url: str, failure: Transient, failures: int) -> float:
        patience = self.patience
        if failure.retry_after is not None:
            if failure.retry_after > patience.longest_retry_after:
                raise Unavailable(
                    displayed(url),
                    f"{failure.reason}, and it asks to wait {failure.retry_after:.0f} seconds",
                    "run it again after that time",
                )
            return failure.retry_after
        delay = min(patience.first_delay * 2.0 ** (failures - 1), patience.longest_delay)
        return delay * (0.5 + self.jitter() / 2)

    def _explain(self, url: str, error: Exception) -> Transient:
        """What a broken connection means. Raises for what no further attempt would mend."""
        match error:
            case ClientConnectorCertificateError():
                raise Unavailable(
                    displayed(url),
                    f"its certificate is not trusted: {error.certificate_error}",
                    "set `SSL_CERT_FILE` to the file of certificates to trust",
                ) from error
            case ClientHttpProxyError(status=407):
                raise Refused(
                    displayed(url),
                    "the proxy wants credentials",
                    "put them into the URL in `HTTPS_PROXY` or `HTTP_PROXY`",
                ) from error
            case ConnectionTimeoutError():
                return Transient(f"no connection in {self.session.timeout.sock_connect:g} seconds")
            case TimeoutError():
                return Transient(f"no data for {self.session.timeout.sock_read:g} seconds")
            case ClientConnectorDNSError():
                return Transient(f"the host `{error.host}` cannot be found")
            case ClientConnectorError():
                reason = os.strerror(error.errno).lower() if error.errno else str(error)
                return Transient(f"no connection to `{error.host}:{error.port}`: {reason}")
            case ServerDisconnectedError():
                return Transient("the connection was closed without an answer")
        return Transient(str(error) or type(error).__name__)


@asynccontextmanager
async def open_transport(
    environ: Mapping[str, str], *, limits: Limits | None = None, patience: Patience | None = None
) -> AsyncIterator[Transport]:
    """A transport for one run, closed at its end.

    Proxies, netrc and trusted certificates are those of `environ`. Raises InvalidInput of the
    kinds UnreadableNetrc and UnreadableCertificates.
    """
    credentials = Credentials(read_netrc(environ))
    async with open_session(environ, limits or Limits()) as session:
        yield Transport(session, credentials, read_proxies(environ), patience or Patience())


def fetchable(url: str) -> URL:
    """A URL that an index listed, without credentials: those come from the user alone.

    Raises Unavailable if it is no http or https URL.
    """
    try:
        return parse_url(url).with_user(None)
    except InvalidUrl as error:
        raise Unavailable(error.text, "it is not an http or https URL") from error


def _redirected(base: URL, location: str, url: str) -> URL:
    try:
        target = parse_url(str(base.join(URL(location, encoded=location.isascii()))))
    except (InvalidUrl, ValueError) as error:
        raise Unavailable(displayed(url), "it redirects to something that is no URL") from error
    if base.scheme == "https" and target.scheme == "http":
        raise Refused(
            displayed(url),
            "it redirects from https to http, where anyone on the way could alter what it says",
            "name the host it redirects to with `https://`, or have the redirect mended",
        )
    return target.with_user(None)
