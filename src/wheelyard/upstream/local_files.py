"""Distribution files below a folder of this machine: found by `file:` URL, read, copied.

What is gone from the disk is missing; what is there but cannot be read is unavailable.
"""

import asyncio
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from wheelyard.index import DigestMismatch, Downloaded, FileNotFound, Unavailable
from wheelyard.model.digests import Blake2b, Sha256
from wheelyard.model.files import DistributionFile
from wheelyard.model.metadata import SdistFacts
from wheelyard.model.names import ProjectName
from wheelyard.upstream.sharing import Shared
from wheelyard.wire.sdists import sdist_facts
from wheelyard.wire.wheels import wheel_metadata

_CHUNK = 4 * 1024 * 1024
# hashlib's names for digests that indexes list, the best first.
_CHECKABLE = ("sha256", "sha512", "sha384", "sha224", "sha1", "md5")


@dataclass(frozen=True, slots=True)
class LocalFiles:
    """The files below `root`; `hint` is what to do about one that is not there."""

    root: Path  # absolute
    hint: str
    _running: Shared[Path, Downloaded] = field(default_factory=Shared)

    def path_of(self, file: DistributionFile) -> Path:
        """Where a file lies. Raises FileNotFound if it is not there, has another size than is
        listed, or lies outside of `root`; Unavailable if the disk does not say.
        """
        path = path_of_url(file.url)
        if path is None or not path.is_relative_to(self.root):
            raise FileNotFound(file.url, f"is not in `{self.root}`", self.hint)
        with told_by(path):
            try:
                size = path.stat().st_size
            except (FileNotFoundError, NotADirectoryError):
                raise FileNotFound(f"`{path}`", hint=self.hint) from None
        if file.size not in (None, size):
            reason = f"has {size} bytes, and {file.size} are listed"
            raise FileNotFound(f"`{path}`", reason, self.hint)
        return path

    def wheel_metadata(self, file: DistributionFile) -> bytes:
        """METADATA out of a wheel. Raises as `path_of` does, and InvalidArchive."""
        path = self.path_of(file)
        with told_by(path), path.open("rb") as archive:
            return wheel_metadata(archive, file.filename)

    def sdist_facts(self, file: DistributionFile, project: ProjectName) -> SdistFacts:
        """What an sdist tells. Raises as `path_of` does; InvalidArchive or InvalidFilename."""
        path = self.path_of(file)
        with told_by(path), path.open("rb") as archive:
            return sdist_facts(archive, file.filename, project)

    async def download(
        self, file: DistributionFile, partial: Path, report: Callable[[int], None]
    ) -> Downloaded:
        """As FileSource says, but what an earlier attempt left is written anew."""
        return await self._running.get(partial, lambda: self._copy(file, partial, report))

    async def _copy(
        self, file: DistributionFile, partial: Path, report: Callable[[int], None]
    ) -> Downloaded:
        path = await asyncio.to_thread(self.path_of, file)
        partial.parent.mkdir(parents=True, exist_ok=True)
        with _opened(path) as source, partial.open("wb") as target:
            copy = _Copy(path, source, target, _checked(file))
            while added := await asyncio.to_thread(copy.step):
                report(added)
        if not copy.is_of(file):
            partial.unlink(missing_ok=True)
            raise DigestMismatch(file, copy.sha256.hexdigest())
        return Downloaded(
            Sha256(copy.sha256.hexdigest()), Blake2b(copy.blake2b.hexdigest()), copy.size
        )


class _Copy:
    """A copy under way, and the digests of what is copied."""

    def __init__(
        self, path: Path, source: BinaryIO, target: BinaryIO, algorithm: str | None
    ) -> None:
        self._path, self._source, self._target = path, source, target
        self.size = 0
        self.sha256 = hashlib.sha256()
        self.blake2b = hashlib.blake2b(digest_size=32)
        self._algorithm = algorithm
        self._listed = hashlib.new(algorithm or "sha256", usedforsecurity=False)

    def step(self) -> int:
        """Copy some more; how many bytes it was, 0 at the end."""
        with told_by(self._path):
            chunk = self._source.read(_CHUNK)
        self._target.write(chunk)
        self.size += len(chunk)
        for digest in (self.sha256, self.blake2b, self._listed):
            digest.update(chunk)
        return len(chunk)

    def is_of(self, file: DistributionFile) -> bool:
        """Whether what was copied is what was listed, as far as anything was."""
        if file.size not in (None, self.size):
            return False
        if self._algorithm is None:
            return True
        return self._listed.hexdigest() == file.hashes[self._algorithm]


def path_of_url(url: str) -> Path | None:
    """The path that a `file:` URL names, without `..`; None for any other URL."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        return None
    return Path(os.path.normpath(unquote(parts.path)))


@contextmanager
def told_by(path: Path) -> Iterator[None]:
    """Turn an OSError inside into Unavailable: it says nothing about what is on the disk."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        hint = "check the disk, and that this user may read it"
        raise Unavailable(f"`{path}`", reason, hint) from error


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with told_by(path):
        file = path.open("rb")
    with file:
        yield file


def _checked(file: DistributionFile) -> str | None:
    return next((name for name in _CHECKABLE if name in file.hashes), None)
