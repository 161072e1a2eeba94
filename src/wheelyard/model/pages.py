"""A project's page and an index's list of projects.

Spec: https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from wheelyard.model.files import DistributionFile
from wheelyard.model.names import ProjectName


class Status(StrEnum):
    """The four project states of PEP 792."""

    ACTIVE = "active"
    ARCHIVED = "archived"  # no uploads any more; its files stay installable
    QUARANTINED = "quarantined"  # offers no files
    DEPRECATED = "deprecated"  # as active


@dataclass(frozen=True, slots=True)
class ProjectStatus:
    """A project's state and, if its index gives one, the reason."""

    status: Status = Status.ACTIVE
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """An entry of a page that could not be read; the rest of the page stands."""

    filename: str  # "" if even that could not be read
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPage:
    """One project's answer from an index."""

    name: ProjectName
    files: tuple[DistributionFile, ...]  # in the index's order; file names are unique
    versions: tuple[str, ...] = ()  # as listed; may name releases without files
    status: ProjectStatus = ProjectStatus()
    serial: int | None = None  # None: the index keeps no serials
    unreadable: tuple[UnreadableFile, ...] = ()

    def where(self, keep: Callable[[DistributionFile], bool]) -> "ProjectPage":
        """This page with the files that `keep` accepts."""
        return replace(self, files=tuple(file for file in self.files if keep(file)))


@dataclass(frozen=True, slots=True)
class ListedProject:
    """One line of an index's list of projects."""

    name: ProjectName
    serial: int | None = None  # None: the index keeps no serials


@dataclass(frozen=True, slots=True)
class ProjectList:
    """An index's list of projects."""

    projects: tuple[ListedProject, ...]  # names are unique
    serial: int | None = None  # None: the index keeps no serials
