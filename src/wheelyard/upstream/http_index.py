"""One upstream as an Index and a FileSource, for the length of one run."""

import hashlib
from collections.abc import Callable, Collection
from pathlib import Path

from yarl import URL

from wheelyard.index import Downloaded
from wheelyard.model.files import DistributionFile
from wheelyard.model.metadata import SdistFacts
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ProjectPage
from wheelyard.upstream.cache import CacheFolder
from wheelyard.upstream.files import HttpFiles
from wheelyard.upstream.metadata import MetadataReader
from wheelyard.upstream.pages import PageReader
from wheelyard.upstream.sdists import SdistReader
from wheelyard.upstream.sharing import Shared
from wheelyard.upstream.transport import Transport

PAGES, FACTS = "pages", "facts"  # folders of what is kept


class HttpIndex:
    """Answers for the projects of one simple index.

    Who asks for the same page at the same time shares one request; to ask for each page once in a
    run is the caller's part. `url` is shown in messages and holds no credentials.
    """

    def __init__(
        self,
        transport: Transport,
        simple_url: str,
        directory: Path,
        partials: Callable[[DistributionFile], Path],
        refusals: Collection[int] = (),
    ) -> None:
        """Keep what is read in `directory`, which several indexes may share.

        Credentials in `simple_url` are those of its host for the whole transport. `refusals` are
        statuses such as 403 with which this index says that it has no such project. Raises
        InvalidUrl.
        """
        self.url = transport.credentials.learn(simple_url).rstrip("/") + "/"
        facts = CacheFolder(directory / FACTS)
        self._files = HttpFiles(transport)
        self._pages = PageReader(
            transport,
            self.url,
            CacheFolder(directory / PAGES / folder_name(self.url)),
            refusals,
        )
        self._metadata = MetadataReader(transport, self._files, facts, partials)
        self._sdists = SdistReader(self._files, facts, partials)
        self._asking: Shared[ProjectName, ProjectPage] = Shared()

    async def page(self, name: ProjectName) -> ProjectPage:
        """The project's page. Raises ProjectNotFound, Unavailable or Refused."""
        return await self._asking.get(name, lambda: self._pages.read(name))

    async def core_metadata(self, file: DistributionFile) -> bytes:
        """The METADATA of a wheel, as MetadataReader reads it."""
        return await self._metadata.read(file)

    async def sdist_facts(self, file: DistributionFile, project: ProjectName) -> SdistFacts:
        """What an sdist tells, as SdistReader reads it."""
        return await self._sdists.read(file, project)

    async def download(
        self, file: DistributionFile, partial: Path, report: Callable[[int], None]
    ) -> Downloaded:
        """The bytes of a file, as HttpFiles downloads them."""
        return await self._files.download(file, partial, report)


def folder_name(url: str) -> str:
    """A folder for what one index said: its host for people, and a digest for the rest."""
    digest = hashlib.sha256(url.encode()).hexdigest()[:12]
    return f"{URL(url).host}-{digest}"
