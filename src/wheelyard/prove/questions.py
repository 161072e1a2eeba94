"""What installers are asked, and what they answer."""

from collections.abc import Mapping
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.version import Version

from wheelyard.closure.formats import ANY_FORMAT, Formats
from wheelyard.closure.groups import Group
from wheelyard.model.digests import Sha256
from wheelyard.model.names import ProjectName
from wheelyard.model.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallQuestion:
    """What would you install for this, on a fresh machine of this kind?

    Direct URLs among the requirements are not asked for: no index can answer them.
    """

    requirements: tuple[Requirement, ...]  # in this order: uv's answer may depend on it
    target: Target
    python: Version  # with its patch release
    constraints: tuple[Requirement, ...] = ()
    overrides: tuple[Requirement, ...] = ()
    prereleases: bool = False  # whether any requirement may be met by a pre-release
    formats: Formats = ANY_FORMAT
    no_deps: bool = False  # whether nothing is followed beyond the requirements themselves


@dataclass(frozen=True, slots=True)
class TakenFile:
    """The file that an installer takes of a project."""

    version: Version
    filename: str  # as the index lists it
    sha256: Sha256 | None  # None: the index lists none


@dataclass(frozen=True, slots=True)
class Taken:
    """A complete installation."""

    files: Mapping[ProjectName, TakenFile]


@dataclass(frozen=True, slots=True)
class NoInstallation:
    """The installer finds no complete installation."""

    said: str  # in its own words


@dataclass(frozen=True, slots=True)
class NotAsked:
    """The installer has no way to be asked this."""

    reason: str


Answer = Taken | NoInstallation | NotAsked


def question_of(group: Group, target: Target, python: Version) -> InstallQuestion:
    """What a group asks on one Python of a target."""
    return InstallQuestion(
        requirements=group.requirements,
        target=target,
        python=python,
        constraints=group.constraints,
        overrides=group.overrides,
        prereleases=group.prereleases,
        formats=group.formats,
    )


def requirement_lines(requirements: tuple[Requirement, ...]) -> str:
    """The requirements as a file that pip and uv read, without direct URLs."""
    return "".join(f"{item}\n" for item in requirements if item.url is None)
