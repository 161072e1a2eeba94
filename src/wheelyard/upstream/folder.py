"""A folder as an upstream: a static simple index as mirrors write it, or files alone."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wheelyard.index import Downloaded, FileNotFound
from wheelyard.model.files import DistributionFile
from wheelyard.model.metadata import SdistFacts
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ProjectPage
from wheelyard.upstream.cache import CacheFolder
from wheelyard.upstream.flat_folder import FlatFolder
from wheelyard.upstream.local_files import LocalFiles, told_by
from wheelyard.upstream.static_site import PAGE_PARSERS, StaticSite

_HINT = "the folder's pages list more than it holds; copy it again, whole"
# Below a yard, below any web root, and the folder of pages itself.
_PLACES = (Path("web", "simple"), Path("simple"), Path())


@dataclass(frozen=True, slots=True)
class StaticFolder:
    """An Index and a FileSource over a static simple index on the disk."""

    site: StaticSite

    async def page(self, name: ProjectName) -> ProjectPage:
        """The page as it stands. Raises ProjectNotFound and Unavailable."""
        return await asyncio.to_thread(self.site.page, name)

    async def core_metadata(self, file: DistributionFile) -> bytes:
        """The `.metadata` that the page offers, or METADATA out of the wheel where that is missing
        or another. Raises FileNotFound, Unavailable and InvalidArchive.
        """
        return await asyncio.to_thread(self._core_metadata, file)

    async def sdist_facts(self, file: DistributionFile, project: ProjectName) -> SdistFacts:
        """What an sdist tells. Raises as LocalFiles does."""
        return await asyncio.to_thread(self.site.files.sdist_facts, file, project)

    async def download(
        self, file: DistributionFile, partial: Path, report: Callable[[int], None]
    ) -> Downloaded:
        """A copy, as LocalFiles makes it."""
        return await self.site.files.download(file, partial, report)

    def _core_metadata(self, file: DistributionFile) -> bytes:
        try:
            offered = self.site.offered_metadata(file)
        except FileNotFound:
            offered = None
        return self.site.files.wheel_metadata(file) if offered is None else offered


def open_folder(root: Path, directory: Path) -> StaticFolder | FlatFolder:
    """The index that a folder holds; what is learnt of it is kept in `directory`.

    Raises Unavailable if the folder cannot be read.
    """
    root = root.absolute()
    simple = _find_pages(root)
    if simple is not None:
        return StaticFolder(StaticSite(simple, LocalFiles(simple.parent, _HINT)))
    name = hashlib.sha256(str(root).encode()).hexdigest()[:12]
    return FlatFolder(root, CacheFolder(directory / "folders" / f"{root.name}-{name}"))


def _find_pages(root: Path) -> Path | None:
    """The folder with the project pages; None if there is none."""
    with told_by(root):
        return next((root / place for place in _PLACES if _has_pages(root / place)), None)


def _has_pages(simple: Path) -> bool:
    if not simple.is_dir():
        return False
    return any((folder / form).is_file() for folder in simple.iterdir() for form in PAGE_PARSERS)
