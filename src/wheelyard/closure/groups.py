"""Groups: requirements meant to be installed together, resolved jointly."""

from dataclasses import dataclass

from packaging.requirements import Requirement

from wheelyard.model.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Requirements that one installation meets together, on each of the targets."""

    name: str
    requirements: tuple[Requirement, ...]
    targets: tuple[Target, ...]  # at least one, unique
    prereleases: bool = False  # whether any requirement may be met by a pre-release
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
    return tuple(environment.values())
