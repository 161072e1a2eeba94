"""Locks that are kept: the same question over the same pages has the same answer.

uv's answer follows from its version, the question, and the pages and metadata that it saw; and
metadata never changes under a file's digest. So while no page that it asked for has changed, the
answer is taken from the last run. What is kept may be lost at any time.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from wheelyard.closure.question import Question, lock_options
from wheelyard.index import ProjectNotFound
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.tasks import gather_in_order
from wheelyard.model.errors import WheelyardError
from wheelyard.model.files import DistributionFile
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ProjectPage
from wheelyard.upstream.cache import CacheFolder

_NOT_FOUND = ""
_VERSION = 1  # of what is kept; another one when the same pages may be shown to uv differently


class _Kept(msgspec.Struct, frozen=True):
    pages: dict[str, str]  # project -> digest of its page, for all that the resolver asked for
    lock: str


_decode = msgspec.json.Decoder(_Kept).decode


@dataclass(frozen=True, slots=True)
class KeptLocks:
    """The last lock of each question, with the digests of the pages it was made from."""

    folder: CacheFolder
    resolver: str  # its name and version

    async def find(self, question: Question, project: str, facts: Facts) -> str | None:
        """The lock for this question and project file, or None if it has to be made."""
        content = self.folder.read(self._name(question, project))
        if content is None:
            return None
        try:
            kept = _decode(content)
            pages = await _digests(map(ProjectName, kept.pages), facts)
        except (msgspec.DecodeError, WheelyardError):
            # Whether a page that cannot be had is needed at all is for the resolver to find out.
            return None
        return kept.lock if pages == kept.pages else None

    async def keep(
        self,
        question: Question,
        project: str,
        lock: str,
        asked: Iterable[ProjectName],
        facts: Facts,
    ) -> None:
        """Keep a lock for which the resolver asked for the pages of these projects."""
        pages = await _digests(asked, facts)
        if pages is not None:
            kept = msgspec.json.encode(_Kept(dict(pages), lock))
            self.folder.write(self._name(question, project), kept)

    def _name(self, question: Question, project: str) -> str:
        parts = [
            f"{self.resolver} {_VERSION} {question.exact}",
            *map(str, question.targets),
            *lock_options(question),
            *question.group.formats.options(),
            *(f"{name} {sorted(some)}" for name, some in sorted(question.group.digests.items())),
            project,
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


async def _digests(projects: Iterable[ProjectName], facts: Facts) -> Mapping[str, str] | None:
    """The digest of each project's page; None if one lists files that it tells no digest of."""

    async def digest(project: ProjectName) -> tuple[str, str | None]:
        try:
            return project, page_digest(await facts.page(project))
        except ProjectNotFound:
            return project, _NOT_FOUND

    found = await gather_in_order(digest(project) for project in projects)
    pages = {project: digest for project, digest in found if digest is not None}
    return pages if len(pages) == len(found) else None


def page_digest(page: ProjectPage) -> str | None:
    """A digest of all that decides what a resolver sees of a page."""
    if not all(file.hashes for file in page.files):
        return None
    lines = [page.status.status.value, *map(_line, page.files)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _line(file: DistributionFile) -> str:
    offered = None if file.core_metadata is None else file.core_metadata.sha256
    return repr((file.filename, file.hashes, file.requires_python, offered, file.yank is None))
