"""What sdists tell: there is no way but to fetch one whole, so what it told is kept."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from wheelyard.model.files import DistributionFile
from wheelyard.model.metadata import SdistFacts
from wheelyard.model.names import ProjectName
from wheelyard.upstream.cache import CacheFolder
from wheelyard.upstream.files import HttpFiles
from wheelyard.upstream.metadata import cache_key
from wheelyard.upstream.sharing import Shared
from wheelyard.wire.sdist_facts import InvalidFacts, parse_sdist_facts, render_sdist_facts
from wheelyard.wire.sdists import sdist_facts


@dataclass(frozen=True, slots=True)
class SdistReader:
    """Reads the facts of sdists. `partials` says where one is downloaded to, and stays."""

    files: HttpFiles
    cache: CacheFolder
    partials: Callable[[DistributionFile], Path]
    _running: Shared[str, SdistFacts] = field(default_factory=Shared)

    async def read(self, file: DistributionFile, project: ProjectName) -> SdistFacts:
        """What the sdist tells without being built; callers that want the same share the work.

        Raises FileNotFound, Unavailable, Refused or DigestMismatch; InvalidArchive or
        InvalidFilename if it is no sdist of the project.
        """
        kept = kept_facts(self.cache, file, project)
        if kept is not None:
            return kept
        return await self._running.get(file.url, lambda: self._read(file, project))

    async def _read(self, file: DistributionFile, project: ProjectName) -> SdistFacts:
        path = self.partials(file)
        await self.files.download(file, path, lambda _: None)
        facts = await asyncio.to_thread(_read_sdist, path, file.filename, project)
        key = _key(file, project)
        if key is not None:
            self.cache.write(key, render_sdist_facts(facts))
        return facts


def kept_facts(
    cache: CacheFolder, file: DistributionFile, project: ProjectName
) -> SdistFacts | None:
    """What the sdist told an SdistReader that keeps it in `cache`, or None."""
    key = _key(file, project)
    document = None if key is None else cache.read(key)
    try:
        return None if document is None else parse_sdist_facts(document)
    except InvalidFacts:
        return None


def _key(file: DistributionFile, project: ProjectName) -> str | None:
    return cache_key(file, f"{project}.json")


def _read_sdist(path: Path, filename: str, project: ProjectName) -> SdistFacts:
    with path.open("rb") as archive:
        return sdist_facts(archive, filename, project)
