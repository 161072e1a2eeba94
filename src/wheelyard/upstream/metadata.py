"""The metadata ladder: a wheel's METADATA at the least cost that its index allows.

The `.metadata` file beside the wheel (PEP 658), else a range read of the wheel's end, else the
whole wheel. What was read is kept, so each wheel is asked for once ever. Where the page tells the
document's digest it is kept by that: the wheels of a release mostly have the same METADATA on all
platforms, and then one request serves them all.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from wheelyard.index import FileNotFound, Refused
from wheelyard.model.digests import Sha256
from wheelyard.model.files import DistributionFile
from wheelyard.upstream.cache import CacheFolder
from wheelyard.upstream.credentials import Origin, origin_of
from wheelyard.upstream.files import HttpFiles
from wheelyard.upstream.ranges import ContentRange, NeedRange, SparseFile, parse_content_range
from wheelyard.upstream.sharing import Shared
from wheelyard.upstream.transport import Transient, Transport, fetchable
from wheelyard.wire.archives import InvalidArchive
from wheelyard.wire.wheels import wheel_metadata

_IDENTITY = {"Accept-Encoding": "identity"}
# The end of a wheel holds its dist-info, where tools put it last, and the archive's directory.
# Both grow with the number of files, which nobody knows, and so with the size of the wheel.
_SMALLEST_TAIL, _LARGEST_TAIL = 32 * 1024, 64 * 1024
_TAIL_SHARE = 32
# What is read besides the bytes that are needed. Between METADATA and the directory mostly lie
# RECORD and the licences: 84 of 86 kB for numpy, 62 of 117 for jupyterlab, 523 of 1142 for torch.
_SMALLEST_MARGIN, _LARGEST_MARGIN = 32 * 1024, 1024 * 1024
_MOST_RANGES = 4  # per wheel: end, directory, METADATA, and one for an archive out of the ordinary


class _NoRanges(Exception):
    """The host does not give the parts that it is asked for."""


@dataclass(frozen=True, slots=True)
class MetadataReader:
    """Reads the METADATA of wheels. `partials` says where a whole file is downloaded to."""

    transport: Transport
    files: HttpFiles
    cache: CacheFolder
    partials: Callable[[DistributionFile], Path]
    _without_ranges: set[Origin] = field(default_factory=set)
    _running: Shared[str, bytes] = field(default_factory=Shared)
    _offers: Shared[str, bytes | None] = field(default_factory=Shared)

    async def read(self, file: DistributionFile) -> bytes:
        """The wheel's METADATA document; callers that want the same one share the work.

        Raises FileNotFound, Unavailable or Refused; DigestMismatch or InvalidArchive if the wheel
        had to be read whole and is not what was listed, or no wheel.
        """
        kept = kept_metadata(self.cache, file)
        if kept is not None:
            return kept
        return await self._running.get(file.url, lambda: self._read(file))

    async def _read(self, file: DistributionFile) -> bytes:
        document = await self._offered(file)
        if document is None:
            document = await self._from_ranges(file)
        if document is None:
            document = await self._from_whole_file(file)
        listed = _is_listed(file, document)
        key = _listed_key(file) if listed else cache_key(file, "metadata")
        if key is not None:
            self.cache.write(key, document)
        return document

    async def _offered(self, file: DistributionFile) -> bytes | None:
        """The `.metadata` file, or None if it is not there or not the one that was listed."""
        if file.core_metadata is None:
            return None
        url = f"{file.url}.metadata"
        return await self._offers.get(
            file.core_metadata.sha256 or url, lambda: self._fetch_offer(file, url)
        )

    async def _fetch_offer(self, file: DistributionFile, url: str) -> bytes | None:
        try:
            document = await self.transport.persist(url, lambda: self._whole(url))
        except (FileNotFound, Refused):
            # Proxies pass the offer on without the file; whether we may have the wheel itself is
            # for the wheel to say.
            return None
        is_as_offered = _listed(file) is None or _is_listed(file, document)
        return document if is_as_offered else None

    async def _whole(self, url: str) -> bytes:
        async with self.transport.send(url, {}, decompress=True) as response:
            return await self.transport.read_body(response)

    async def _from_ranges(self, file: DistributionFile) -> bytes | None:
        """METADATA out of parts of the wheel, or None if the host or the wheel is not up to it."""
        origin = origin_of(fetchable(file.url))
        if origin in self._without_ranges:
            return None
        try:
            archive = await self._end_of(file)
            for _ in range(_MOST_RANGES):
                try:
                    return wheel_metadata(cast("BinaryIO", archive), file.filename)
                except NeedRange as need:
                    await self._extend(archive, file, need)
        except _NoRanges:
            self._without_ranges.add(origin)
        except InvalidArchive:
            return None  # the digest of the whole file will tell who is to blame
        return None

    async def _end_of(self, file: DistributionFile) -> SparseFile:
        if file.size is None:
            wanted = f"-{_LARGEST_TAIL}"
        else:
            # Some hosts know no suffix ranges, so none is asked for where it can be avoided.
            tail = min(max(_SMALLEST_TAIL, file.size // _TAIL_SHARE), _LARGEST_TAIL)
            wanted = f"{max(0, file.size - tail)}-{max(0, file.size - 1)}"
        part, content = await self._range(file, wanted)
        if part.stop != part.total:
            raise _NoRanges
        archive = SparseFile(part.total)
        archive.add(part.start, content)
        return archive

    async def _extend(self, archive: SparseFile, file: DistributionFile, need: NeedRange) -> None:
        before = min(max(_SMALLEST_MARGIN, archive.size - need.start), _LARGEST_MARGIN)
        start, stop = archive.missing(need.start, need.stop, before=before, after=_SMALLEST_MARGIN)
        part, content = await self._range(file, f"{start}-{stop - 1}")
        if (part.start, part.stop, part.total) != (start, stop, archive.size):
            raise _NoRanges
        archive.add(start, content)

    async def _range(self, file: DistributionFile, wanted: str) -> tuple[ContentRange, bytes]:
        return await self.transport.persist(file.url, lambda: self._attempt(file, wanted))

    async def _attempt(self, file: DistributionFile, wanted: str) -> tuple[ContentRange, bytes]:
        headers = {**_IDENTITY, "Range": f"bytes={wanted}"}
        async with self.transport.send(file.url, headers) as response:
            part = parse_content_range(response.headers.get("Content-Range", ""))
            if response.status != 206 or part is None or file.size not in (None, part.total):
                raise _NoRanges
            content = await self.transport.read_body(response)
        if len(content) != part.stop - part.start:
            raise Transient("it sent another number of bytes than it said")
        return part, content

    async def _from_whole_file(self, file: DistributionFile) -> bytes:
        path = self.partials(file)
        await self.files.download(file, path, lambda _: None)
        return await asyncio.to_thread(_read_wheel, path, file.filename)


def kept_metadata(cache: CacheFolder, file: DistributionFile) -> bytes | None:
    """The wheel's METADATA as a MetadataReader once read it into `cache`, or None."""
    for key in (_listed_key(file), cache_key(file, "metadata")):
        if key is not None and (kept := cache.read(key)) is not None:
            return kept
    return None


def cache_key(file: DistributionFile, kind: str) -> str | None:
    """Where facts about a file are kept: by its digest; None if the index lists none."""
    for algorithm in ("sha256", "sha512", "sha384", "blake2b_256"):
        if (digest := file.hashes.get(algorithm)) is not None:
            return f"{algorithm}/{digest[:2]}/{digest}.{kind}"
    return None


def _listed(file: DistributionFile) -> Sha256 | None:
    """The digest of the METADATA document, if the page tells it."""
    return None if file.core_metadata is None else file.core_metadata.sha256


def _is_listed(file: DistributionFile, document: bytes) -> bool:
    return hashlib.sha256(document).hexdigest() == _listed(file)


def _listed_key(file: DistributionFile) -> str | None:
    digest = _listed(file)
    return None if digest is None else f"metadata/{digest[:2]}/{digest}"


def _read_wheel(path: Path, filename: str) -> bytes:
    with path.open("rb") as archive:
        return wheel_metadata(archive, filename)
