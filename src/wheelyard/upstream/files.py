"""Distribution files over HTTP: streamed to disk, checked as they arrive, resumed when broken."""

import asyncio
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from aiohttp import ClientResponse

from wheelyard.index import DigestMismatch, Downloaded
from wheelyard.model.digests import Blake2b, Sha256
from wheelyard.model.files import DistributionFile
from wheelyard.upstream.ranges import ContentRange, parse_content_range
from wheelyard.upstream.sharing import Shared
from wheelyard.upstream.transport import BROKEN, Transient, Transport

_CHUNK = 1024 * 1024
# So much new data means that the connection works: a bad one may break once per megabyte.
_PROGRESS = 1024 * 1024
# hashlib's names for digests that indexes list, the best first.
_CHECKABLE = ("sha256", "sha512", "sha384", "blake2b_256", "sha224", "sha1", "md5")


@dataclass(frozen=True, slots=True)
class HttpFiles:
    """Gives the bytes of distribution files from their URLs."""

    transport: Transport
    _running: Shared[Path, Downloaded] = field(default_factory=Shared)

    async def download(
        self, file: DistributionFile, partial: Path, report: Callable[[int], None]
    ) -> Downloaded:
        """As FileSource says. Callers that want the same `partial` share one download.

        Nothing is flushed to the disk; a file that tells no digest at all is taken as it comes.
        """
        return await self._running.get(partial, lambda: self._download(file, partial, report))

    async def _download(
        self, file: DistributionFile, partial: Path, report: Callable[[int], None]
    ) -> Downloaded:
        with _open(partial) as stream:
            arrival = _Arrival(file, stream)
            if os.fstat(stream.fileno()).st_size:
                await asyncio.to_thread(arrival.read_existing)
            resumed = arrival.size > 0
            arrived = await self._arrive(arrival, report)
            if not arrival.is_intact() and resumed:
                # What an earlier run left may be torn by a power cut, or of another file.
                arrival.restart()
                arrived = await self._arrive(arrival, report)
        if not arrival.is_intact():
            partial.unlink(missing_ok=True)
            raise DigestMismatch(file, arrived.sha256)
        return arrived

    async def _arrive(self, arrival: "_Arrival", report: Callable[[int], None]) -> Downloaded:
        if not arrival.is_complete():
            url = arrival.file.url
            await self.transport.persist(url, lambda: self._attempt(arrival, report))
        arrival.stream.flush()
        return arrival.measured()

    async def _attempt(self, arrival: "_Arrival", report: Callable[[int], None]) -> None:
        async with self.transport.send(arrival.file.url, arrival.headers()) as response:
            if arrival.accepts(response):
                await self._receive(response, arrival, report)

    async def _receive(
        self, response: ClientResponse, arrival: "_Arrival", report: Callable[[int], None]
    ) -> None:
        begun = arrival.size
        traffic = self.transport.traffic
        try:
            async for chunk in response.content.iter_any():
                traffic.received += len(chunk)
                added = arrival.write(chunk)
                report(added)
                if added < len(chunk):
                    return
        except BROKEN as error:
            raise Transient(
                f"the connection broke after {arrival.size} bytes",
                progressed=arrival.size - begun >= _PROGRESS,
            ) from error
        if arrival.file.size is not None and not arrival.is_complete():
            raise Transient(f"it ended after {arrival.size} of {arrival.file.size} bytes")


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


class _Arrival:
    """A file on its way to disk, and the digests of what is there so far."""

    def __init__(self, file: DistributionFile, stream: BinaryIO) -> None:
        self.file, self.stream = file, stream
        self._validator: str | None = None  # for If-Range, from this run's first answer
        self._checked = next((name for name in _CHECKABLE if name in file.hashes), None)
        self._begin()

    def _begin(self) -> None:
        self.size = 0
        self._digests: dict[str, _Digest] = {
            "sha256": hashlib.sha256(),
            "blake2b_256": hashlib.blake2b(digest_size=32),
        }
        if self._checked is not None and self._checked not in self._digests:
            self._digests[self._checked] = hashlib.new(self._checked, usedforsecurity=False)

    def restart(self) -> None:
        """Drop what is there."""
        if self.size == 0:
            return
        self.stream.seek(0)
        self.stream.truncate()
        self._begin()

    def read_existing(self) -> None:
        """Take over what an earlier attempt left, unless it is too long to be of this file."""
        while chunk := self.stream.read(_CHUNK):
            self._count(chunk)
        if self.file.size is not None and self.size > self.file.size:
            self.restart()

    def write(self, chunk: bytes) -> int:
        """Add bytes, without those beyond the listed size; the number that was added."""
        if self.file.size is not None and self.size + len(chunk) > self.file.size:
            chunk = chunk[: self.file.size - self.size]
        self.stream.write(chunk)
        self._count(chunk)
        return len(chunk)

    def _count(self, chunk: bytes) -> None:
        self.size += len(chunk)
        for digest in self._digests.values():
            digest.update(chunk)

    def headers(self) -> dict[str, str]:
        """The request for what is missing.

        Drops what is there if nothing could tell that the rest is of the same file.
        """
        if self._checked is None and self._validator is None:
            self.restart()
        headers = {"Accept-Encoding": "identity"}
        if self.size:
            headers["Range"] = f"bytes={self.size}-"
            if self._validator is not None:
                headers["If-Range"] = self._validator
        return headers

    def accepts(self, response: ClientResponse) -> bool:
        """Whether the body of this answer is to be added; if not, the file is complete.

        Drops what is there when the answer does not continue it.
        """
        content_range = parse_content_range(response.headers.get("Content-Range", ""))
        etag = response.headers.get("ETag", "")
        # "A client MUST NOT generate an If-Range header field containing an entity tag that is
        # marked as weak" (RFC 9110, section 13.1.5).
        self._validator = etag if etag.startswith('"') else None
        if response.status == 416 and content_range is not None:
            if content_range.total == self.size and self.file.size is None:
                return False
        elif response.status == 206 and self._continues(content_range):
            return True
        self.restart()
        if response.status != 200:
            raise Transient(f"it answered {response.status} with another range than was asked for")
        return True

    def _continues(self, content_range: ContentRange | None) -> bool:
        return (
            content_range is not None
            and content_range.start == self.size
            and self.file.size in (None, content_range.total)
        )

    def is_complete(self) -> bool:
        """Whether as many bytes are there as the index lists; unknown is not complete."""
        return self.size == self.file.size

    def is_intact(self) -> bool:
        """Whether the bytes are those the index listed, as far as it said anything about them."""
        if self.file.size not in (None, self.size):
            return False
        if self._checked is None:
            return True
        return self._digests[self._checked].hexdigest() == self.file.hashes[self._checked]

    def measured(self) -> Downloaded:
        """The digests and the size of what is there."""
        return Downloaded(
            Sha256(self._digests["sha256"].hexdigest()),
            Blake2b(self._digests["blake2b_256"].hexdigest()),
            self.size,
        )


def _open(partial: Path) -> BinaryIO:
    """The file to resume or begin, for reading and writing. Raises OSError."""
    try:
        descriptor = os.open(partial, os.O_RDWR | os.O_CREAT, 0o644)
    except FileNotFoundError:
        partial.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(partial, os.O_RDWR | os.O_CREAT, 0o644)
    return os.fdopen(descriptor, "r+b")
