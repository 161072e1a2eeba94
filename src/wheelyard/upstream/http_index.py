"""One upstream as an Index and a FileSource, for the length of one run."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from yarl import URL

from wheelyard.index import Downloaded, ProjectNotFound
from wheelyard.model.errors import Unreachable
from wheelyard.model.files import DistributionFile
from wheelyard.model.metadata import SdistFacts
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ProjectPage
from wheelyard.upstream.cache import CacheFolder
from wheelyard.upstream.files import HttpFiles
from wheelyard.upstream.metadata import MetadataReader
from wheelyard.upstream.pages import PageReader, ReadList, ReadPage
from wheelyard.upstream.sdists import SdistReader
from wheelyard.upstream.sharing import Shared
from wheelyard.upstream.transport import Transport

# A file on a parsed page takes about a kilobyte, and a Raspberry Pi must hold them all.
_MOST_FILES_IN_MEMORY = 50_000


class HttpIndex:
    """Answers for the projects of one simple index.

    Each page is asked for once: every later answer in the run is the same, and so is the error if
    there was none. `url` is shown in messages and holds no credentials.
    """

    def __init__(
        self,
        transport: Transport,
        simple_url: str,
        directory: Path,
        partials: Callable[[DistributionFile], Path],
    ) -> None:
        """Keep what is read in `directory`, which several indexes may share.

        Credentials in `simple_url` are those of its host for the whole transport. Raises
        InvalidUrl.
        """
        self.url = transport.credentials.learn(simple_url).rstrip("/") + "/"
        facts = CacheFolder(directory / "facts")
        self._files = HttpFiles(transport)
        self._pages = PageReader(
            transport, self.url, CacheFolder(directory / "pages" / _folder_name(self.url))
        )
        self._metadata = MetadataReader(transport, self._files, facts, partials)
        self._sdists = SdistReader(self._files, facts, partials)
        self._asking: Shared[ProjectName, ReadPage] = Shared()
        self._changed: dict[ProjectName, bool] = {}  # of every page that was read
        self._failed: dict[ProjectName, ProjectNotFound | Unreachable] = {}
        self._recent: OrderedDict[ProjectName, ReadPage] = OrderedDict()
        self._recent_files = 0

    async def page(self, name: ProjectName) -> ProjectPage:
        """The project's page. Raises ProjectNotFound, Unavailable or Refused."""
        return (await self.read(name)).page

    async def read(self, name: ProjectName) -> ReadPage:
        """The project's page, its digest, and whether it changed since the last run that read it.

        Raises ProjectNotFound, Unavailable or Refused.
        """
        if (recent := self._recent.get(name)) is not None:
            self._recent.move_to_end(name)
            return recent
        return await self._asking.get(name, lambda: self._read(name))

    async def read_list(self) -> ReadList:
        """All projects of the index; every call asks. Raises FileNotFound, Unavailable, Refused."""
        return await self._pages.read_list()

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

    async def _read(self, name: ProjectName) -> ReadPage:
        if (failure := self._failed.get(name)) is not None:
            raise failure
        read = self._recall(name)
        if read is None:
            try:
                read = await self._pages.read(name)
            except (ProjectNotFound, Unreachable) as error:
                self._failed[name] = error
                raise
        self._changed[name] = read.changed
        self._remember(name, read)
        return read

    def _recall(self, name: ProjectName) -> ReadPage | None:
        changed = self._changed.get(name)
        return None if changed is None else self._pages.recall(name, changed)

    def _remember(self, name: ProjectName, read: ReadPage) -> None:
        self._recent[name] = read
        self._recent_files += len(read.page.files)
        while self._recent_files > _MOST_FILES_IN_MEMORY and len(self._recent) > 1:
            _, oldest = self._recent.popitem(last=False)
            self._recent_files -= len(oldest.page.files)


def _folder_name(url: str) -> str:
    """A folder for what one index said: its host for people, and a digest for the rest."""
    digest = hashlib.sha256(url.encode()).hexdigest()[:12]
    return f"{URL(url).host}-{digest}"
