"""Conditional and range requests: what their headers ask for, against one stored file.

Spec: RFC 9110 sections 13 (conditional requests) and 14 (range requests)
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache

_BYTES = re.compile(rb"bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE)
_LONGEST_NUMBER = 18  # digits; a file's size in bytes has fewer


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a file: `first` to `last`, both included, both inside the file."""

    first: int
    last: int

    @property
    def size(self) -> int:
        """In bytes, at least 1."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """The range is well formed, and no byte of it is inside the file."""


def parse_range(header: bytes, size: int) -> Span | Unsatisfiable | None:
    """What a Range header asks of a file of `size` bytes; None to send the whole file.

    None is the answer to other units, to several ranges at once and to what cannot be read: "A
    server MAY ignore the Range header field" (RFC 9110 section 14.2).
    """
    found = _BYTES.fullmatch(header)
    if not found or max(map(len, found.groups())) > _LONGEST_NUMBER:
        return None
    first, last = found.groups()
    if not first:
        return _suffix(int(last), size) if last else None
    start = int(first)
    end = int(last) if last else size - 1
    if last and end < start:
        return None
    return Span(start, min(end, size - 1)) if start < size else Unsatisfiable()


def names_etag(if_none_match: bytes, etag: bytes) -> bool:
    """Whether an If-None-Match header names `etag`, which is strong and quoted.

    "A recipient MUST use the weak comparison function" (RFC 9110 section 13.1.2).
    """
    if if_none_match.strip() == b"*":
        return True
    return any(tag.strip().removeprefix(b"W/") == etag for tag in if_none_match.split(b","))


def is_unmodified(if_modified_since: bytes, modified: float) -> bool:
    """Whether a file last modified at `modified` (seconds) is no newer than the header's date.

    A date that cannot be read asks for nothing.
    """
    try:
        since = parsedate_to_datetime(if_modified_since.decode("latin-1"))
    except (ValueError, OverflowError):
        return False
    return datetime.fromtimestamp(int(modified), UTC) <= since.replace(tzinfo=since.tzinfo or UTC)


def range_applies(if_range: bytes | None, etag: bytes, last_modified: bytes) -> bool:
    """Whether a range may be answered as one: the client has a part of this very file.

    Dates are compared letter for letter, tags strongly (RFC 9110 section 13.1.5).
    """
    return if_range is None or if_range.strip() in (etag, last_modified)


@lru_cache(maxsize=1024)
def http_date(seconds: int) -> bytes:
    """A time as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`."""
    return formatdate(seconds, usegmt=True).encode("ascii")


def _suffix(length: int, size: int) -> Span | Unsatisfiable:
    if length == 0 or size == 0:
        return Unsatisfiable()
    return Span(max(0, size - length), size - 1)
