"""What upstreams said when they were last asked, without asking them again."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wheelyard.model.errors import Unreachable
from wheelyard.model.files import DistributionFile
from wheelyard.model.metadata import SdistFacts
from wheelyard.model.names import ProjectName, parse_project_name
from wheelyard.model.pages import ProjectPage
from wheelyard.upstream.cache import CacheFolder
from wheelyard.upstream.http_index import FACTS, PAGES, folder_name
from wheelyard.upstream.metadata import kept_metadata
from wheelyard.upstream.pages import kept_page
from wheelyard.upstream.sdists import kept_facts


class NeverRead(Unreachable):
    """Nothing is kept of it, so without asking an upstream nothing is known."""

    def __init__(self, what: str, project: ProjectName) -> None:
        self.what, self.project = what, project
        self.hint = f"`wheelyard plan {project}` asks the upstream, and keeps what it says"
        super().__init__(f"{what} was never read")


@dataclass(frozen=True, slots=True)
class KeptIndex:
    """An Index of what HttpIndexes have kept in `directory`; it raises NeverRead for the rest."""

    directory: Path
    upstreams: Sequence[str] = ()  # URLs, those that are asked first in front; others come last

    async def page(self, name: ProjectName) -> ProjectPage:
        """The page of the first upstream that has one."""
        pages = self.pages(name)
        if not pages:
            raise NeverRead(f"the page of `{name}`", name)
        return pages[0]

    async def core_metadata(self, file: DistributionFile) -> bytes:
        """The METADATA of a wheel."""
        kept = kept_metadata(CacheFolder(self.directory / FACTS), file)
        if kept is None:
            project = parse_project_name(file.filename.partition("-")[0])
            raise NeverRead(f"the metadata of `{file.filename}`", project)
        return kept

    async def sdist_facts(self, file: DistributionFile, project: ProjectName) -> SdistFacts:
        """What an sdist tells."""
        kept = kept_facts(CacheFolder(self.directory / FACTS), file, project)
        if kept is None:
            raise NeverRead(f"the metadata of `{file.filename}`", project)
        return kept

    def pages(self, name: ProjectName) -> list[ProjectPage]:
        """The kept pages of a project, one for each upstream that has it."""
        found = (kept_page(CacheFolder(folder), name) for folder in self._folders())
        return [page for page in found if page is not None]

    def names(self) -> set[str]:
        """Every project of which a page is kept."""
        return {path.name for folder in self._folders() for path in folder.glob("[!.]*")}

    def _folders(self) -> list[Path]:
        first = [folder_name(url) for url in self.upstreams]
        order = {name: place for place, name in enumerate(first)}
        kept = [path for path in (self.directory / PAGES).glob("*") if path.is_dir()]
        return sorted(kept, key=lambda path: (order.get(path.name, len(order)), path.name))
