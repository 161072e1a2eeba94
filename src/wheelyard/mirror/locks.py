"""Locks that are kept from run to run, while no page that uv asked for has changed."""

from collections.abc import Iterable
from dataclasses import dataclass

from wheelyard.closure.question import Question, lock_options
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.kept import KeptAnswers
from wheelyard.model.names import ProjectName
from wheelyard.upstream.cache import CacheFolder

_VERSION = 1  # of what is kept; another one when the same pages may be shown to uv differently


@dataclass(frozen=True, slots=True)
class KeptLocks:
    """The last lock of each question, with the digests of the pages it was made from."""

    folder: CacheFolder
    resolver: str  # its name and version

    async def find(self, question: Question, project: str, facts: Facts) -> str | None:
        """The lock for this question and project file, or None if it has to be made."""
        return await KeptAnswers(self.folder).find(self._asked(question, project), facts)

    async def keep(
        self,
        question: Question,
        project: str,
        lock: str,
        asked: Iterable[ProjectName],
        facts: Facts,
    ) -> None:
        """Keep a lock for which the resolver asked for the pages of these projects."""
        await KeptAnswers(self.folder).keep(self._asked(question, project), lock, asked, facts)

    def _asked(self, question: Question, project: str) -> list[str]:
        return [
            f"{self.resolver} {_VERSION} {question.exact}",
            *map(str, question.targets),
            *lock_options(question),
            *question.group.formats.options(),
            *(f"{name} {sorted(some)}" for name, some in sorted(question.group.digests.items())),
            project,
        ]
