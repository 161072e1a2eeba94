"""Facts as a view shows them: an index with the files of the view alone."""

from dataclasses import dataclass

from wheelyard.mirror.facts import Facts
from wheelyard.model.files import DistributionFile
from wheelyard.model.metadata import SdistFacts
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ProjectPage
from wheelyard.prove.views import View


@dataclass(frozen=True, slots=True)
class Narrowed:
    """An index that lists of the facts' pages what is in the view."""

    facts: Facts
    view: View

    async def page(self, name: ProjectName) -> ProjectPage:
        """The page as the view has it. Raises as the facts do."""
        return self.view.narrow(await self.facts.page(name))

    async def core_metadata(self, file: DistributionFile) -> bytes:
        """The METADATA of a wheel."""
        return await self.facts.wheel_document(file)

    async def sdist_facts(self, file: DistributionFile, project: ProjectName) -> SdistFacts:
        """What an sdist tells."""
        return await self.facts.sdist(project, file)
