"""Findings: what became of some targets of a group while it was closed."""

from dataclasses import dataclass, field

from wheelyard.closure.answer import InvalidLock
from wheelyard.closure.closed import Addition, CheckedWitness
from wheelyard.closure.groups import Group
from wheelyard.closure.obligations import Obligation, Problem, ProblemKind
from wheelyard.index import ProjectNotFound, Refused
from wheelyard.mirror.resolver import ResolverFailed
from wheelyard.model.errors import Unreachable, WheelyardError
from wheelyard.model.targets import Target


@dataclass(frozen=True, slots=True)
class Findings:
    """Witnesses, or the problems that stand in their place."""

    witnesses: tuple[CheckedWitness, ...] = ()
    problems: tuple[Problem, ...] = ()
    obligations: frozenset[Obligation] = field(default_factory=frozenset)
    additions: tuple[Addition, ...] = ()

    def __add__(self, other: "Findings") -> "Findings":
        return Findings(
            self.witnesses + other.witnesses,
            self.problems + other.problems,
            self.obligations | other.obligations,
            self.additions + other.additions,
        )


def told(group: Group, error: WheelyardError, target: Target | None = None) -> Problem:
    """The problem that an error is to a group, or to one target of it."""
    return Problem(
        kind=_kind(error),
        group=group.name,
        targets=() if target is None else (str(target),),
        project=error.project if isinstance(error, ProjectNotFound) else None,
        message=str(error),
        hint=error.hint or "",
    )


def _kind(error: WheelyardError) -> ProblemKind:
    match error:
        case ProjectNotFound():
            return ProblemKind.UNKNOWN_PROJECT
        case Refused():
            return ProblemKind.REFUSED
        case Unreachable():
            return ProblemKind.UNAVAILABLE
        case ResolverFailed() | InvalidLock():
            return ProblemKind.RESOLVER
        case _:
            return ProblemKind.UNREADABLE_FILE
