"""Several indexes as one: a project comes from the first that has it.

Only an index that answered "there is no such project" sends the question on. One that cannot be
reached or refuses may have the project, and an index further down, where anyone can register the
same name, must not answer in its place.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from wheelyard.index import (
    Downloaded,
    FileSource,
    Index,
    ProjectNotFound,
    Refused,
    Unavailable,
)
from wheelyard.index.assignment import ProjectPattern
from wheelyard.model.files import DistributionFile
from wheelyard.model.metadata import SdistFacts
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ProjectPage


class Source(Index, FileSource, Protocol):
    """An index that also gives the bytes of what it lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One of several indexes."""

    name: str
    source: Source
    projects: tuple[ProjectPattern, ...] = ()  # assigned to it: asked for nowhere else
    explicit: bool = False  # asked for nothing but what is assigned to it


class NoIndexFor(ProjectNotFound):
    """Every index is only for projects that are assigned to it, and this one is not."""

    def __init__(self, project: ProjectName) -> None:
        hint = f"assign `{project}` to one of them, or let one not be `explicit`"
        super().__init__(project, "any upstream: each takes only what is assigned to it", hint)


@dataclass(frozen=True, slots=True)
class OrderedIndex:
    """An Index and a FileSource over `members`, those that are asked first in front.

    Who listed a file is asked for the file: two members may list the same name with other
    contents, and share a host but not their credentials.
    """

    members: Sequence[Member]
    _listed_by: dict[str, Member] = field(default_factory=dict)  # by the URL of a file

    async def page(self, name: ProjectName) -> ProjectPage:
        """The page of the first member that has the project.

        Raises ProjectNotFound with all that were asked; Unavailable or Refused as soon as one that
        comes earlier says nothing.
        """
        asked = responsible(self.members, name)
        missing: list[ProjectNotFound] = []
        for place, member in enumerate(asked):
            try:
                page = await member.source.page(name)
            except ProjectNotFound as error:
                missing.append(error)
                continue
            except (Unavailable, Refused) as error:
                raise _held_up(error, name, asked[place + 1 :]) from error
            for file in page.files:
                self._listed_by.setdefault(file.url, member)
            return page
        raise _nowhere(name, missing, is_assigned=_is_assigned(asked, name))

    async def core_metadata(self, file: DistributionFile) -> bytes:
        """The METADATA document of a wheel, from who listed it."""
        return await self._lister(file).core_metadata(file)

    async def sdist_facts(self, file: DistributionFile, project: ProjectName) -> SdistFacts:
        """What an sdist tells, from who listed it."""
        return await self._lister(file).sdist_facts(file, project)

    async def download(
        self, file: DistributionFile, partial: Path, report: Callable[[int], None]
    ) -> Downloaded:
        """The bytes of a file, from who listed it."""
        return await self._lister(file).download(file, partial, report)

    def _lister(self, file: DistributionFile) -> Source:
        member = self._listed_by.get(file.url)
        if member is None:
            hint = "run it again: it asks for the project's page first"
            raise Unavailable(file.url, "no upstream has listed it in this run", hint)
        return member.source


def responsible(members: Sequence[Member], project: ProjectName) -> Sequence[Member]:
    """The members to ask for a project, in order.

    Those that it is assigned to by its name; else by a pattern; else all that are not explicit.
    Raises NoIndexFor if there are none.
    """
    by_name = [member for member in members if _names(member, project)]
    by_pattern = [member for member in members if _fits(member, project)]
    others = [member for member in members if not member.explicit]
    asked = by_name or by_pattern or others
    if not asked:
        raise NoIndexFor(project)
    return asked


def _names(member: Member, project: ProjectName) -> bool:
    return any(pattern.is_name and pattern.fits(project) for pattern in member.projects)


def _fits(member: Member, project: ProjectName) -> bool:
    return any(pattern.fits(project) for pattern in member.projects)


def _is_assigned(asked: Sequence[Member], project: ProjectName) -> bool:
    return any(_fits(member, project) for member in asked)


def _held_up(
    error: Unavailable | Refused, project: ProjectName, later: Sequence[Member]
) -> Unavailable | Refused:
    """The error, and that nobody was asked in place of who did not answer."""
    if not later:
        return error
    names = [f"`{member.name}`" for member in later]
    nobody = (
        f"neither {_listed(names, 'nor')} was asked" if names[1:] else f"{names[0]} was not asked"
    )
    reason = f"{error.reason}; {nobody} for `{project}` in its place"
    if isinstance(error, Refused):
        return Refused(error.url, reason, error.hint, error.status)
    return Unavailable(error.url, reason, error.hint)


def _nowhere(
    project: ProjectName, missing: Sequence[ProjectNotFound], *, is_assigned: bool
) -> ProjectNotFound:
    where = _listed([error.where for error in missing], "nor on")
    told = (error.hint for error in missing if error.hint != ProjectNotFound.hint)
    hint = next(told, None)
    if is_assigned:
        hint = f"no other upstream was asked: `{project}` is assigned to what was"
    return ProjectNotFound(project, where, hint)


def _listed(items: Sequence[str], last: str) -> str:
    *first, final = items
    return f"{', '.join(first)} {last} {final}" if first else final
