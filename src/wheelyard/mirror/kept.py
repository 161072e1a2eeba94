"""Answers that are kept: the same question over the same pages has the same answer.

An installer's answer follows from its version, the question, and the pages and metadata that it
saw; and metadata never changes under a file's digest. So while no page that it asked for has
changed, the answer is taken from the last run. What is kept may be lost at any time.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from wheelyard.index import ProjectNotFound
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.tasks import gather_in_order
from wheelyard.model.errors import WheelyardError
from wheelyard.model.names import ProjectName
from wheelyard.upstream.cache import CacheFolder

_NOT_FOUND = ""


class _Kept(msgspec.Struct, frozen=True):
    pages: dict[str, str]  # project -> digest of its page, for all that the installer asked for
    answer: str


_decode = msgspec.json.Decoder(_Kept).decode


@dataclass(frozen=True, slots=True)
class KeptAnswers:
    """The last answer to each question, with the digests of the pages it was made from."""

    folder: CacheFolder

    async def find(self, question: Sequence[str], facts: Facts) -> str | None:
        """The answer to a question, or None if it has to be asked.

        A question is all that decides the answer besides the pages: who is asked, too.
        """
        content = self.folder.read(_name(question))
        if content is None:
            return None
        try:
            kept = _decode(content)
            pages = await _digests(map(ProjectName, kept.pages), facts)
        except (msgspec.DecodeError, WheelyardError):
            # Whether a page that cannot be had is needed at all is for the installer to find out.
            return None
        return kept.answer if pages == kept.pages else None

    async def keep(
        self, question: Sequence[str], answer: str, asked: Iterable[ProjectName], facts: Facts
    ) -> None:
        """Keep an answer for which the installer asked for the pages of these projects."""
        pages = await _digests(asked, facts)
        if pages is not None:
            kept = msgspec.json.encode(_Kept(dict(pages), answer))
            self.folder.write(_name(question), kept)


def _name(question: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(question).encode()).hexdigest()


async def _digests(projects: Iterable[ProjectName], facts: Facts) -> Mapping[str, str] | None:
    """The digest of each project's page; None if one has none."""

    async def digest(project: ProjectName) -> tuple[str, str | None]:
        try:
            return project, await facts.page_digest(project)
        except ProjectNotFound:
            return project, _NOT_FOUND

    found = await gather_in_order(digest(project) for project in projects)
    pages = {project: digest for project, digest in found if digest is not None}
    return pages if len(pages) == len(found) else None
