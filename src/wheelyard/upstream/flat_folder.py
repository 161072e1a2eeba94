"""A folder of wheels and sdists without pages, flat or nested: what pip download, pypiserver and
minirepo leave.

The folder is gone through once in a run. A file is read only when the page of its project is
asked for, and what it said is kept for as long as its size and time stay the same.
"""

import asyncio
import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec
from packaging.version import InvalidVersion, Version

from wheelyard.index import Downloaded, ProjectNotFound, Unavailable
from wheelyard.model.errors import Unreachable, WheelyardError
from wheelyard.model.filenames import (
    SDIST_SUFFIXES,
    InvalidFilename,
    is_wheel,
    parse_filename,
)
from wheelyard.model.files import DistributionFile
from wheelyard.model.metadata import SdistFacts
from wheelyard.model.names import InvalidProjectName, ProjectName, parse_project_name
from wheelyard.model.pages import ProjectPage, UnreadableFile
from wheelyard.upstream.cache import CacheFolder
from wheelyard.upstream.local_files import LocalFiles, told_by
from wheelyard.upstream.sharing import Shared
from wheelyard.wire.core_metadata import parse_core_metadata
from wheelyard.wire.entries import distinct_files
from wheelyard.wire.releases import releases_of

_HINT = "the folder changed while it was read; run it again"


class _Known(msgspec.Struct, frozen=True):
    """What a file said when it was read."""

    sha256: str
    requires_python: str | None


_decode = msgspec.json.Decoder(_Known).decode


class FlatFolder:
    """An Index and a FileSource over the distribution files below `root`."""

    def __init__(self, root: Path, kept: CacheFolder) -> None:
        """`kept` is for what files said, between runs; `root` is absolute."""
        self._root = root
        self._kept = kept
        self._files = LocalFiles(root, _HINT)
        self._found: Mapping[ProjectName, list[Path]] | None = None
        self._asking: Shared[str, None] = Shared()

    async def page(self, name: ProjectName) -> ProjectPage:
        """The files of a project, by name. Raises ProjectNotFound and Unavailable."""
        if self._found is None:
            await self._asking.get("", self._look)
        paths = (self._found or {}).get(name)
        if paths is None:
            raise ProjectNotFound(name, f"`{self._root}`")
        return await asyncio.to_thread(self._page, name, paths)

    async def core_metadata(self, file: DistributionFile) -> bytes:
        """METADATA out of the wheel. Raises FileNotFound, Unavailable and InvalidArchive."""
        return await asyncio.to_thread(self._files.wheel_metadata, file)

    async def sdist_facts(self, file: DistributionFile, project: ProjectName) -> SdistFacts:
        """What an sdist tells. Raises as LocalFiles does."""
        return await asyncio.to_thread(self._files.sdist_facts, file, project)

    async def download(
        self, file: DistributionFile, partial: Path, report: Callable[[int], None]
    ) -> Downloaded:
        """A copy, as LocalFiles makes it."""
        return await self._files.download(file, partial, report)

    async def _look(self) -> None:
        self._found = await asyncio.to_thread(_find_files, self._root)

    def _page(self, name: ProjectName, paths: list[Path]) -> ProjectPage:
        unreadable: list[UnreadableFile] = []
        files = distinct_files((self._listed(name, path) for path in paths), unreadable)
        return ProjectPage(
            name=name,
            files=files,
            versions=releases_of(files, name),
            unreadable=tuple(unreadable),
        )

    def _listed(self, name: ProjectName, path: Path) -> DistributionFile:
        with told_by(path):
            status = path.stat()
        place = f"{path.relative_to(self._root)}\n{status.st_size} {status.st_mtime_ns}"
        key = hashlib.sha256(f"{name}\n{place}".encode()).hexdigest()
        file = DistributionFile(
            filename=path.name, url=path.as_uri(), hashes={}, size=status.st_size
        )
        known = self._recall(key)
        if known is None:
            known = _Known(_sha256(path), self._requires_python(name, file))
            self._kept.write(key, msgspec.json.encode(known))
        return DistributionFile(
            filename=path.name,
            url=file.url,
            hashes={"sha256": known.sha256},
            size=status.st_size,
            requires_python=known.requires_python,
        )

    def _recall(self, key: str) -> _Known | None:
        content = self._kept.read(key)
        try:
            return None if content is None else _decode(content)
        except msgspec.DecodeError:
            return None

    def _requires_python(self, name: ProjectName, file: DistributionFile) -> str | None:
        """As indexes list it: what the file says itself. A broken file is listed without."""
        try:
            if is_wheel(file.filename):
                return parse_core_metadata(self._files.wheel_metadata(file)).requires_python
            return self._files.sdist_facts(file, name).metadata.requires_python
        except Unreachable:
            raise
        except WheelyardError:
            return None


def _find_files(root: Path) -> Mapping[ProjectName, list[Path]]:
    """The distribution files below a folder by project, in the order of their paths."""
    if not root.is_dir():
        raise Unavailable(f"`{root}`", "there is no such folder", "check that its disk is mounted")
    found: defaultdict[ProjectName, list[Path]] = defaultdict(list)
    with told_by(root):
        for path in sorted(_files_below(root)):
            project = _project_of(path)
            if project is not None:
                found[project].append(path)
    return found


def _files_below(root: Path) -> Iterator[Path]:
    for folder, inner, names in os.walk(root, onerror=_raise):
        inner[:] = [name for name in inner if not name.startswith(".")]
        yield from (Path(folder, name) for name in names if not name.startswith("."))


def _raise(error: OSError) -> None:
    raise error


def _project_of(path: Path) -> ProjectName | None:
    """The project that a file belongs to; None for what is neither wheel nor sdist."""
    if is_wheel(path.name):
        names = _spelled(path.name.partition("-")[0])
        return names[0] if names and _is_valid(path.name, names[0]) else None
    for suffix in SDIST_SUFFIXES:
        if path.name.endswith(suffix):
            return _project_of_sdist(path, path.name.removesuffix(suffix))
    return None


def _project_of_sdist(path: Path, stem: str) -> ProjectName | None:
    """Old sdists have hyphens in the name and in the version: `foo-2-1` is 1 of `foo-2` or 2-1 of
    `foo`. The folder it lies in may tell, as in folders by project, else what is inside.
    """
    candidates = [
        name
        for cut, letter in enumerate(stem)
        if letter == "-" and _is_version(stem[cut + 1 :])
        for name in _spelled(stem[:cut])
    ]
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    told = _spelled(path.parent.name)
    if not told or told[0] not in candidates:
        told = _spelled(_name_inside(path, candidates[0]))
    return told[0] if told and told[0] in candidates else candidates[0]


def _name_inside(path: Path, fallback: ProjectName) -> str:
    files = LocalFiles(path.parent, _HINT)
    file = DistributionFile(filename=path.name, url=path.as_uri(), hashes={})
    try:
        return files.sdist_facts(file, fallback).metadata.name
    except WheelyardError:
        return fallback


def _spelled(text: str) -> list[ProjectName]:
    try:
        return [parse_project_name(text)]
    except InvalidProjectName:
        return []


def _is_valid(filename: str, project: ProjectName) -> bool:
    try:
        parse_filename(filename, project)
    except InvalidFilename:
        return False
    return True


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def _sha256(path: Path) -> str:
    with told_by(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
