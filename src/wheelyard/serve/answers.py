"""Answers as ASGI messages: prepared once, sent any number of times.

Spec: https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Header: TypeAlias = tuple[bytes, bytes]

VARY_SIMPLE: Header = (b"vary", b"Accept, Accept-Encoding")
VARY_ENCODING: Header = (b"vary", b"Accept-Encoding")
NO_BODY: Message = {"type": "http.response.body", "body": b""}

_TEXT: Header = (b"content-type", b"text/plain; charset=utf-8")
# Browsers must not make a page out of a text that quotes what was asked for.
_NO_SNIFF: Header = (b"x-content-type-options", b"nosniff")


@dataclass(slots=True)  # not frozen: one is made for every request, and freezing triples its cost
class Request:
    """What a client asks."""

    scope: Scope
    headers: dict[bytes, bytes]  # names in lower case; a repeated one's values joined by commas

    @property
    def is_head(self) -> bool:
        """Whether only the headers are wanted."""
        return bool(self.scope["method"] == "HEAD")


@dataclass(slots=True)
class Exchange:
    """A request, and the way back to the client."""

    request: Request
    receive: Receive
    send: Send


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, ready to be sent."""

    start: Message
    body: Message = field(default_factory=lambda: NO_BODY)

    async def send(self, exchange: Exchange) -> None:
        """Send it; a HEAD request gets the headers, which still tell the body's length."""
        await exchange.send(self.start)
        await exchange.send(NO_BODY if exchange.request.is_head else self.body)


def start(status: int, headers: Iterable[Header]) -> Message:
    """The message that opens an answer."""
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def whole(status: int, body: bytes, headers: Iterable[Header]) -> Answer:
    """An answer with `body` and its length."""
    length = (b"content-length", b"%d" % len(body))
    return Answer(start(status, (*headers, length)), {"type": "http.response.body", "body": body})


def text(status: int, lines: str, headers: Iterable[Header] = ()) -> Answer:
    """A short answer for people; `lines` without the last line end."""
    return whole(status, f"{lines}\n".encode(), (_TEXT, _NO_SNIFF, *headers))


def document(content_type: str, body: str) -> Answer:
    """A generated document that nobody should keep."""
    kind = (b"content-type", content_type.encode("ascii"))
    return whole(200, body.encode(), (kind, (b"cache-control", b"no-store")))


def request_of(scope: Scope) -> Request:
    """The request in an ASGI scope."""
    pairs = scope["headers"]
    headers = dict(pairs)
    if len(headers) != len(pairs):
        # "A recipient MAY combine multiple field lines within a field section that have the same
        # field name" (RFC 9110 section 5.3).
        headers.clear()
        for name, value in pairs:
            headers[name] = headers[name] + b", " + value if name in headers else value
    return Request(scope, headers)
