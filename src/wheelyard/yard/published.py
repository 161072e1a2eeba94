"""A yard as an index: its own published pages and files, as they are on the disk.

What is proven over it needs no upstream, and is true of this yard.
"""

import asyncio
from dataclasses import dataclass

from wheelyard.model.files import DistributionFile
from wheelyard.model.metadata import SdistFacts
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ProjectPage
from wheelyard.upstream.local_files import LocalFiles
from wheelyard.upstream.static_site import StaticSite
from wheelyard.yard.layout import Layout

_HINT = "run `wheelyard mirror` again: it fetches and publishes what the yard lacks"


@dataclass(frozen=True, slots=True)
class PublishedIndex:
    """Answers for the projects of a yard from what lies below its `web/`.

    The catalogue is not asked, so an answer is what any web server would give. URLs of files are
    `file:` URLs.
    """

    layout: Layout

    async def page(self, name: ProjectName) -> ProjectPage:
        """The published page. Raises ProjectNotFound, and Unavailable if it cannot be read."""
        return await asyncio.to_thread(self._site().page, name)

    async def core_metadata(self, file: DistributionFile) -> bytes:
        """The `.metadata` that the page offers, else METADATA out of the wheel.

        The wheel must be there either way. Raises FileNotFound if it or an offered `.metadata` is
        gone or is not what the page lists (the size of a file, the digest of a `.metadata`): for
        installers that is the end, too. Raises Unavailable, and InvalidArchive.
        """
        return await asyncio.to_thread(self._core_metadata, file)

    async def sdist_facts(self, file: DistributionFile, project: ProjectName) -> SdistFacts:
        """What an sdist tells. Raises FileNotFound if it is gone or has another size than its page
        lists; Unavailable, InvalidArchive and InvalidFilename.
        """
        return await asyncio.to_thread(self._site().files.sdist_facts, file, project)

    def _core_metadata(self, file: DistributionFile) -> bytes:
        site = self._site()
        offered = site.offered_metadata(file)
        return site.files.wheel_metadata(file) if offered is None else offered

    def _site(self) -> StaticSite:
        web = self.layout.web.absolute()
        return StaticSite(web / self.layout.simple.name, LocalFiles(web, _HINT))
