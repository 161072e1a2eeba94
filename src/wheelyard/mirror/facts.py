"""Facts on demand: what a run has asked its index, each thing once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from wheelyard.closure.releases import Candidate, Releases, sort_into_releases
from wheelyard.index import Index
from wheelyard.mirror.page_digest import page_digest
from wheelyard.mirror.progress import Progress
from wheelyard.model.files import DistributionFile
from wheelyard.model.metadata import CoreMetadata, SdistFacts
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ProjectPage
from wheelyard.wire.core_metadata import parse_core_metadata, render_core_metadata

T = TypeVar("T")


class Facts:
    """The pages and metadata that one run has read.

    Everything is asked for once, however many ask; who comes second waits for the first answer.
    Errors are those of the index and are remembered like answers.
    """

    def __init__(self, index: Index, progress: Progress) -> None:
        self._index = index
        self._progress = progress
        self._asked: dict[tuple[str, str], asyncio.Future[Any]] = {}
        self._parsed: dict[bytes, CoreMetadata] = {}

    async def page(self, project: ProjectName) -> ProjectPage:
        """The project's page."""
        return await self._once("page", project, lambda: self._index.page(project))

    async def releases(self, project: ProjectName) -> Releases:
        """The project's page, sorted into releases."""

        async def read() -> Releases:
            return sort_into_releases(await self.page(project))

        return await self._once("releases", project, read)

    async def page_digest(self, project: ProjectName) -> str | None:
        """The digest of the project's page, or None if it has none."""

        async def read() -> str | None:
            return page_digest(await self.page(project))

        return await self._once("digest", project, read)

    async def metadata_document(self, project: ProjectName, file: DistributionFile) -> bytes:
        """The core metadata of a wheel, or of an sdist as far as it tells without being built."""
        if file.filename.endswith(".whl"):
            return await self.wheel_document(file)
        return render_core_metadata((await self.sdist(project, file)).metadata)

    async def wheel_document(self, file: DistributionFile) -> bytes:
        """The core metadata of a wheel."""
        return await self._once("document", file.filename, lambda: self._index.core_metadata(file))

    async def metadata(self, project: ProjectName, candidate: Candidate) -> CoreMetadata:
        """What a file requires and provides."""
        if not candidate.is_wheel:
            return (await self.sdist(project, candidate.file)).metadata
        document = await self.metadata_document(project, candidate.file)
        # The wheels of a release mostly share one document.
        if document not in self._parsed:
            self._parsed[document] = parse_core_metadata(document)
        return self._parsed[document]

    async def sdist(self, project: ProjectName, file: DistributionFile) -> SdistFacts:
        """What an sdist tells without being built."""
        return await self._once(
            "sdist", file.filename, lambda: self._index.sdist_facts(file, project)
        )

    def projects_read(self) -> list[ProjectName]:
        """The projects whose pages were read, sorted."""
        return sorted(
            ProjectName(name)
            for (kind, name), answer in self._asked.items()
            if kind == "page" and answer.done() and answer.exception() is None
        )

    def wheel_metadata_read(self) -> dict[str, bytes]:
        """The METADATA documents of wheels that were read, by file name."""
        return {
            filename: answer.result()
            for (kind, filename), answer in self._asked.items()
            if kind == "document" and answer.done() and answer.exception() is None
        }

    async def _once(self, kind: str, key: str, ask: Callable[[], Awaitable[T]]) -> T:
        future = self._asked.get((kind, key))
        if future is None:
            future = self._asked[kind, key] = asyncio.ensure_future(ask())
            if kind in ("page", "document", "sdist"):
                self._progress.advance(files=1)
        if not future.done():
            await asyncio.shield(future)
        answer: T = future.result()
        return answer
