"""Problems and obligations: what a plan could not do, and what no plan can promise."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from wheelyard.model.names import ProjectName


class ProblemKind(StrEnum):
    """What kept a target of a group from being complete."""

    UNKNOWN_PROJECT = "unknown-project"
    CONFLICT = "conflict"
    NO_FITTING_FILE = "no-fitting-file"
    UNREADABLE_FILE = "unreadable-file"
    UNAVAILABLE = "unavailable"
    REFUSED = "refused"
    RESOLVER = "resolver"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that fell short, to be told to a person."""

    kind: ProblemKind
    group: str
    targets: tuple[str, ...]  # empty: all of the group's
    project: ProjectName | None  # None: it concerns several
    message: str  # may have several lines
    hint: str


def merge_alike(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """One problem for each that differs only in its targets, in the order they came."""
    merged: dict[Problem, list[str]] = {}
    for problem in problems:
        merged.setdefault(replace(problem, targets=()), []).extend(problem.targets)
    return tuple(replace(problem, targets=tuple(targets)) for problem, targets in merged.items())


class ObligationKind(StrEnum):
    """What a closed yard still depends on."""

    BUILD = "build"  # a compiler, and build requirements that only a hook knows
    METADATA = "metadata"  # an sdist whose dependencies are only known for sure once it is built
    DIRECT_URL = "direct-url"  # a requirement that names a place instead of an index's project
    EXTRA = "extra"  # an extra that a group asks for and that the release does not have
    UNREADABLE = "unreadable"  # a requirement in a file's metadata that no installer can read


@dataclass(frozen=True, slots=True, order=True)
class Obligation:
    """Something that a proof cannot close, and says so."""

    kind: ObligationKind
    project: ProjectName
    message: str
