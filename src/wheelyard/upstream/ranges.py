"""Reading parts of a file over HTTP (RFC 9110, section 14)."""

import io
import re
from bisect import insort
from dataclasses import dataclass

_CONTENT_RANGE = re.compile(r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ContentRange:
    """Which part of how much an answer carries; `start == stop` if none (in a 416)."""

    start: int
    stop: int  # first byte after it
    total: int  # bytes of the whole file


class NeedRange(Exception):
    """A reader came to bytes that are not there yet."""

    def __init__(self, start: int, stop: int) -> None:
        self.start, self.stop = start, stop
        super().__init__(f"bytes {start} to {stop} are needed")


def parse_content_range(text: str) -> ContentRange | None:
    """Read a `Content-Range` header; None if it cannot be read or contradicts itself."""
    match = _CONTENT_RANGE.fullmatch(text.strip())
    if match is None:
        return None
    total = int(match[3])
    if match[1] is None:
        return ContentRange(0, 0, total)
    start, stop = int(match[1]), int(match[2]) + 1
    return ContentRange(start, stop, total) if start < stop <= total else None


class SparseFile:
    """A file of which only parts are there, with the methods that `zipfile` reads by."""

    def __init__(self, size: int) -> None:
        self.size = size  # bytes of the whole file
        self._parts: list[tuple[int, bytes]] = []  # by position; they do not overlap
        self._position = 0

    def add(self, start: int, content: bytes) -> None:
        """Hold these bytes too."""
        insort(self._parts, (start, content))

    def missing(self, start: int, stop: int, *, before: int = 0, after: int = 0) -> tuple[int, int]:
        """The smallest range that covers what is not held between `start` and `stop`.

        Where what follows is held it is widened by `before` bytes, elsewhere by `after` bytes.
        """
        if self._is_held(stop):
            start = max(0, start - before)
        else:
            stop = min(stop + after, self.size)
        for at, content in self._parts:
            if at <= start < at + len(content):
                start = min(at + len(content), stop)
        for at, content in reversed(self._parts):
            if at < stop <= at + len(content):
                stop = max(at, start)
        return start, stop

    def _is_held(self, position: int) -> bool:
        return any(at <= position < at + len(content) for at, content in self._parts)

    def seekable(self) -> bool:
        """Always; `zipfile` asks."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move as files do; raises OSError for a position before the start."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise OSError(22, "the position is before the start of the file")
        self._position = base + offset
        return self._position

    def read(self, size: int = -1) -> bytes:
        """As files do: less than `size` bytes only at the end. Raises NeedRange."""
        start = self._position
        stop = self.size if size < 0 else min(start + size, self.size)
        if start >= stop:
            return b""
        content = self._held(start, stop)
        self._position = stop
        return content

    def _held(self, start: int, stop: int) -> bytes:
        found = bytearray()
        for at, content in self._parts:
            position = start + len(found)
            if at <= position < at + len(content):
                found += content[position - at : stop - at]
        if len(found) < stop - start:
            raise NeedRange(*self.missing(start, stop))
        return bytes(found)
