"""Pages and metadata, prepared for sending once and kept while they do not change.

Every request asks the file system once for the page's stamp, so a page that was replaced shows
at once and nothing has to be told to the server. What is kept has a budget in bytes; what was not
asked for the longest goes first.
"""

import asyncio
import hashlib
import io
import os
import re
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, TypeAlias

from wheelyard.serve.answers import Answer, Header, Request, start, whole
from wheelyard.serve.conditions import names_etag
from wheelyard.serve.stored import Stamp, look, opened, stamp_of
from wheelyard.wire.negotiation import Encoding

LARGEST_KEPT = 2 * 1024 * 1024  # bytes; a larger page is read from the disk each time

PIECE = 256 * 1024  # bytes read at once

# Bytes beside each body, measured as a process's memory with 5,000 pages: headers, objects, keys,
# and what the allocator cannot use.
_OVERHEAD = 4096
# "The server generating a 304 response MUST generate any of the following header fields that would
# have been sent in a 200" (RFC 9110 section 15.4.5), and there is no use for others.
_OF_NOT_MODIFIED = (b"etag", b"vary", b"cache-control", b"x-pypi-last-serial")
_GZIP_LEVEL = 6
_GZIP_FORMAT = 31  # zlib's number for gzip with the largest window; its time stamp is zero
# JSON pages have it in `meta`, HTML pages in a comment, as PyPI writes them.
_SERIAL = re.compile(rb'(?:"_last-serial"\s*:\s*"?|<!--\s*SERIAL )(\d{1,18})')


@dataclass(frozen=True, slots=True)
class Presentation:
    """How the content of a file is presented."""

    headers: tuple[Header, ...]  # of every answer: type, Vary, Cache-Control
    tells_serial: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """One state of a file in one content coding."""

    stamp: Stamp
    etag: bytes
    full: Answer
    size: int  # bytes in memory
    from_disk: bool = False  # `full` has no body: it is the file itself, too large to keep

    def answer(self, request: Request) -> Answer:
        """What a client gets: the whole, or the news that it has it."""
        tags = request.headers.get(b"if-none-match")
        if tags is None or not names_etag(tags, self.etag):
            return self.full
        headers = self.full.start["headers"]
        return Answer(start(304, (each for each in headers if each[0] in _OF_NOT_MODIFIED)))


Key: TypeAlias = tuple[str, bool]  # the path or name, and whether compressed: both hash fast


class Shelf:
    """Prepared answers, the most recently asked for, up to a number of bytes."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._held = 0
        self._kept: OrderedDict[Key, Prepared] = OrderedDict()
        self._under_way: dict[tuple[Key, Stamp], asyncio.Task[Prepared]] = {}

    @property
    def held(self) -> int:
        """Bytes in memory, never above the budget."""
        return self._held

    async def take(
        self, path: str, presentation: Presentation, encoding: Encoding
    ) -> Prepared | None:
        """The answer with the file as it is now; None if it does not exist.

        Raises OSError if the file system fails.
        """
        status = look(path)
        if status is None:
            return None
        make = partial(prepare, path, presentation, encoding)
        return await self.take_made((path, encoding is Encoding.GZIP), stamp_of(status), make)

    async def take_made(
        self, key: Key, stamp: Stamp, make: Callable[[], Prepared]
    ) -> Prepared | None:
        """The answer that `make` makes, in a thread, of the files that have this stamp now.

        None if `make` finds that one of them does not exist any more.
        """
        if kept := self.find(key, stamp):
            return kept
        try:
            return await self._make_once(key, stamp, make)
        except FileNotFoundError:
            return None

    def ready(self, path: str, encoding: Encoding) -> Prepared | None:
        """The answer with the file as it is now, if it is kept; any thread may ask.

        Raises OSError if the file system fails.
        """
        status = look(path)
        if status is None:
            return None
        return self.find((path, encoding is Encoding.GZIP), stamp_of(status))

    def find(self, key: Key, stamp: Stamp) -> Prepared | None:
        """What is kept of these files in this state; any thread may ask."""
        kept = self._kept.get(key)
        if kept is None or kept.stamp != stamp:
            return None
        with suppress(KeyError):  # another thread may have dropped it meanwhile
            self._kept.move_to_end(key)
        return kept

    async def _make_once(self, key: Key, stamp: Stamp, make: Callable[[], Prepared]) -> Prepared:
        """Make it in a thread; requests that come meanwhile wait for the same work."""
        task = self._under_way.get((key, stamp))
        if task is None:
            task = asyncio.ensure_future(asyncio.to_thread(make))
            self._under_way[key, stamp] = task
            task.add_done_callback(partial(self._finish, key, stamp))
        return await asyncio.shield(task)

    def _finish(self, key: Key, stamp: Stamp, task: "asyncio.Task[Prepared]") -> None:
        del self._under_way[key, stamp]
        if not task.cancelled() and task.exception() is None:
            self._keep(key, task.result())

    def _keep(self, key: Key, prepared: Prepared) -> None:
        old = self._kept.pop(key, None)
        self._held += prepared.size - (old.size if old else 0)
        self._kept[key] = prepared
        while self._held > self._budget:
            _, dropped = self._kept.popitem(last=False)
            self._held -= dropped.size


def prepare(path: str, presentation: Presentation, encoding: Encoding) -> Prepared:
    """Read the file as it is now and make its answer. Raises FileNotFoundError and OSError.

    A file too large to keep is answered from the disk, unless compressing makes it small enough;
    so the coding of the answer may be identity where gzip was asked for.
    """
    with opened(path) as file:
        stamp = stamp_of(os.fstat(file.fileno()))
        is_large = stamp[2] > LARGEST_KEPT
        serial = _serial(file, stamp[2]) if presentation.tells_serial else None
        if encoding is Encoding.GZIP:
            body = _compressed(file)
        else:
            body = None if is_large else b"".join(_pieces(file))
        if body is None:
            encoding = Encoding.IDENTITY
        pieces = _pieces(file) if body is None else (body,)
        etag = _etag(presentation, encoding, pieces)
    return _prepared(presentation, encoding, stamp, etag, body, serial)


def prepare_made(
    content: bytes,
    stamp: Stamp,
    presentation: Presentation,
    encoding: Encoding,
    serial: int | None = None,
) -> Prepared:
    """Make the answer of what was made of the files with this stamp; it is kept in memory."""
    body = _compressed(io.BytesIO(content)) if encoding is Encoding.GZIP else content
    if body is None:
        encoding, body = Encoding.IDENTITY, content
    etag = _etag(presentation, encoding, (body,))
    told = b"%d" % serial if serial is not None and presentation.tells_serial else None
    return _prepared(presentation, encoding, stamp, etag, body, told)


def _etag(presentation: Presentation, encoding: Encoding, body: Iterable[bytes]) -> bytes:
    digest = hashlib.blake2b(repr((presentation.headers, encoding)).encode(), digest_size=16)
    for piece in body:
        digest.update(piece)
    return f'"{digest.hexdigest()}"'.encode("ascii")


def _prepared(
    presentation: Presentation,
    encoding: Encoding,
    stamp: Stamp,
    etag: bytes,
    body: bytes | None,
    serial: bytes | None,
) -> Prepared:
    described = (
        (b"etag", etag),
        *presentation.headers,
        *([(b"x-pypi-last-serial", serial)] if serial else ()),
        *([(b"content-encoding", b"gzip")] if encoding is Encoding.GZIP else ()),
    )
    length = (b"content-length", b"%d" % stamp[2])
    return Prepared(
        stamp=stamp,
        etag=etag,
        full=Answer(start(200, (*described, length)))
        if body is None
        else whole(200, body, described),
        size=_OVERHEAD + len(body or b""),
        from_disk=body is None,
    )


def _compressed(file: BinaryIO) -> bytes | None:
    """The file in gzip, the same bytes every time; None if that is still too large to keep."""
    packer = zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP_FORMAT)
    parts = []
    size = 0
    for piece in _pieces(file):
        parts.append(packer.compress(piece))
        size += len(parts[-1])
        if size > LARGEST_KEPT:
            return None
    return b"".join((*parts, packer.flush()))


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """The file from its start."""
    file.seek(0)
    while piece := file.read(PIECE):
        yield piece


def _serial(file: BinaryIO, size: int) -> bytes | None:
    """The serial that a page tells, looked for at both its ends."""
    for position in {0, max(0, size - PIECE)}:
        file.seek(position)
        if found := _SERIAL.search(file.read(PIECE)):
            return found[1]
    return None
