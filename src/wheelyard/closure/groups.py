"""Groups: requirements meant to be installed together, resolved jointly."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from packaging.requirements import Requirement

from wheelyard.closure.formats import ANY_FORMAT, Formats
from wheelyard.closure.policies import LOCK, Policy
from wheelyard.model.locks import Lock
from wheelyard.model.names import ProjectName
from wheelyard.model.outside import OutsideRequirement
from wheelyard.model.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Requirements that one installation meets together, on each of the targets."""

    name: str
    requirements: tuple[Requirement, ...]
    targets: tuple[Target, ...]  # at least one, unique
    constraints: tuple[Requirement, ...] = ()  # bounds of what is required anyway
    overrides: tuple[Requirement, ...] = ()  # in place of whatever asks for these projects
    policy: Policy = LOCK  # what is kept besides the answer
    prereleases: bool = False  # whether any requirement may be met by a pre-release
    formats: Formats = ANY_FORMAT
    every_sdist: bool = False  # whether sdists are kept where wheels fit, too
    every_wheel: bool = False  # whether all fitting wheels are kept, and not the best alone
    # Of these projects only files with one of the digests (`sha256:<hex>`), as in pip's hash mode.
    digests: Mapping[ProjectName, frozenset[str]] = field(default_factory=dict, hash=False)
    lock: Lock | None = field(default=None, hash=False)  # mirrored exactly; None: to be resolved
    every_target: bool = False  # whether all files of `lock` are kept, for whatever they are
    outside: tuple[OutsideRequirement, ...] = ()  # asked for by places that no index has
    assumed: tuple[Requirement, ...] = ()  # of a build's requirements, those no sdist names
    builds: tuple[str, ...] = ()  # sdists whose build environment this is; empty: not one


def split_by_markers(targets: tuple[Target, ...]) -> list[tuple[Target, ...]]:
    """Split targets so that within a part no two have the same marker values.

    A lock tells targets apart by markers alone. Two glibc versions, or the free-threaded and the
    ordinary build of one Python, look the same to it and may need different releases.
    """
    parts: list[list[Target]] = []
    for target in targets:
        for part in parts:
            if all(_marker_identity(target) != _marker_identity(other) for other in part):
                part.append(target)
                break
        else:
            parts.append([target])
    return [tuple(part) for part in parts]


def _marker_identity(target: Target) -> tuple[str, ...]:
    environment = target.environment(target.python.versions.at(0))
    del environment["platform_release"]  # a target has that and all later ones
    return tuple(environment.values())
