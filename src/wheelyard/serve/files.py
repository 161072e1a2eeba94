"""Distribution files: whole by the server's own means, parts in pieces.

A distribution file never changes under its path, which is made of its digest, so the digest is its
entity tag and clients may keep the file for good.

Spec: RFC 9110 sections 8.8 (validators) and 14 (ranges); RFC 8246 (immutable)
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from wheelyard.model.digests import Blake2b
from wheelyard.model.errors import WheelyardError
from wheelyard.serve.answers import Answer, Exchange, Header, Message, Request, start, text
from wheelyard.serve.conditions import (
    Span,
    Unsatisfiable,
    http_date,
    is_unmodified,
    names_etag,
    parse_range,
    range_applies,
)
from wheelyard.serve.soundness import Soundness, new_digest
from wheelyard.serve.stored import look, opened, read_from_memory, stamp_of
from wheelyard.serve.streams import read_pieces, send_pieces

CHECKED_FIRST = 32 * 1024 * 1024  # bytes; a larger file is checked while it is first sent

# bytes; up to here reading costs less than handing the file to another thread
_SENT_AT_ONCE = 256 * 1024

# PyPI's own value, about eleven years.
FOREVER: Header = (b"cache-control", b"max-age=365000000, immutable, public")
_KIND: Header = (b"content-type", b"application/octet-stream")
_RANGES: Header = (b"accept-ranges", b"bytes")


class DamagedFile(WheelyardError):
    """A stored file no longer has the bytes that its path promises."""

    hint = "delete it and run `wheelyard mirror` again: what is missing is fetched anew"

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"`{path}` is damaged")


@dataclass(frozen=True, slots=True)
class FileOnDisk:
    """A distribution file that was found, in one state."""

    path: str
    digest: Blake2b
    status: os.stat_result
    etag: bytes

    @property
    def size(self) -> int:
        """In bytes."""
        return self.status.st_size

    @property
    def last_modified(self) -> bytes:
        """As HTTP writes it."""
        return http_date(int(self.status.st_mtime))


def find_file(path: str, digest: Blake2b) -> FileOnDisk | None:
    """The file at `path`; None if there is none. Raises OSError if the file system fails."""
    status = look(path)
    return None if status is None else FileOnDisk(path, digest, status, b'"%b"' % digest.encode())


def file_at_once(file: FileOnDisk, request: Request, soundness: Soundness) -> Answer | None:
    """The answer to a GET or HEAD, if nothing has to be waited for: no disk, no checking."""
    if not soundness.known(file.digest, stamp_of(file.status)):
        return None
    if (answer := _without_content(file, request)) is not None:
        return answer
    if file.size > _SENT_AT_ONCE or b"range" in request.headers:
        return None
    content = read_from_memory(file.path, file.size)
    if content is None:
        return None
    return Answer(_opening_whole(file), {"type": "http.response.body", "body": content})


async def send_file(file: FileOnDisk, exchange: Exchange, soundness: Soundness) -> None:
    """Answer a GET or HEAD for a distribution file.

    Raises DamagedFile before anything is sent. For a large file that was never read before it is
    known only at its end: BrokenAnswer comes in place of the last piece. Raises OSError.
    """
    stamp = stamp_of(file.status)
    is_sound = soundness.known(file.digest, stamp)
    if is_sound is None and file.size <= CHECKED_FIRST:
        is_sound = await soundness.check(file.path, file.digest, stamp)
    if is_sound is False:
        raise DamagedFile(file.path)
    answer = _without_content(file, exchange.request)
    part = _wanted_part(file, exchange.request)
    if answer is not None:
        await answer.send(exchange)
    elif isinstance(part, Span):
        await _send_part(file, part, exchange)
    elif is_sound:
        await exchange.send(_opening_whole(file))
        await exchange.send({"type": "http.response.pathsend", "path": file.path})
    else:
        await _send_checking(file, exchange, soundness)


def _without_content(file: FileOnDisk, request: Request) -> Answer | None:
    """The answer if it has nothing of the file in it; None if it has."""
    if _client_has_it(file, request.headers):
        return Answer(start(304, _validators(file)))
    if request.is_head:
        return Answer(_opening_whole(file))
    if _wanted_part(file, request) == Unsatisfiable():
        extent = (b"content-range", b"bytes */%d" % file.size)
        return text(416, f"The file has {file.size} bytes", (extent, _RANGES))
    return None


def _client_has_it(file: FileOnDisk, asked: Mapping[bytes, bytes]) -> bool:
    # "A recipient MUST ignore If-Modified-Since if the request contains an If-None-Match header
    # field" (RFC 9110 section 13.1.3).
    if (tags := asked.get(b"if-none-match")) is not None:
        return names_etag(tags, file.etag)
    since = asked.get(b"if-modified-since")
    return since is not None and is_unmodified(since, file.status.st_mtime)


def _wanted_part(file: FileOnDisk, request: Request) -> Span | Unsatisfiable | None:
    wanted = request.headers.get(b"range")
    if wanted is None:
        return None
    if not range_applies(request.headers.get(b"if-range"), file.etag, file.last_modified):
        return None
    return parse_range(wanted, file.size)


def _validators(file: FileOnDisk) -> tuple[Header, ...]:
    return ((b"etag", file.etag), (b"last-modified", file.last_modified), FOREVER, _RANGES)


async def _send_part(file: FileOnDisk, part: Span, exchange: Exchange) -> None:
    headers = (
        _KIND,
        (b"content-length", b"%d" % part.size),
        (b"content-range", b"bytes %d-%d/%d" % (part.first, part.last, file.size)),
        *_validators(file),
    )
    with opened(file.path) as stored:
        await send_pieces(start(206, headers), read_pieces(stored, part), exchange)


async def _send_checking(file: FileOnDisk, exchange: Exchange, soundness: Soundness) -> None:
    with opened(file.path) as stored:
        pieces = _checked(read_pieces(stored, Span(0, file.size - 1)), file, soundness)
        await send_pieces(_opening_whole(file), pieces, exchange)


async def _checked(
    pieces: AsyncGenerator[bytes, None], file: FileOnDisk, soundness: Soundness
) -> AsyncGenerator[bytes, None]:
    """The pieces; the last one only once the whole is known to be sound."""
    found = new_digest()
    held_back = b""
    async with aclosing(pieces):
        async for piece in pieces:
            if held_back:
                yield held_back
            await asyncio.to_thread(found.update, piece)
            held_back = piece
    is_sound = found.hexdigest() == file.digest
    soundness.learn(file.digest, stamp_of(file.status), is_sound=is_sound)
    if not is_sound:
        raise DamagedFile(file.path)
    yield held_back


def _opening_whole(file: FileOnDisk) -> Message:
    return start(200, (_KIND, (b"content-length", b"%d" % file.size), *_validators(file)))
