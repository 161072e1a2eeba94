"""What closing groups gives: checked witnesses with the chains through them, and what is open."""

from collections.abc import Mapping
from dataclasses import dataclass

from wheelyard.closure.check import Chain
from wheelyard.closure.groups import Group
from wheelyard.closure.obligations import Obligation, Problem
from wheelyard.closure.witness import Pin, Witness
from wheelyard.model.names import ProjectName
from wheelyard.model.targets import Target


@dataclass(frozen=True, slots=True)
class CheckedWitness:
    """A witness that the check found complete."""

    witness: Witness
    chains: Mapping[ProjectName, Chain]  # how each project of it came in


@dataclass(frozen=True, slots=True)
class Addition:
    """A file that is kept for a group's target besides its witnesses."""

    group: str
    target: Target | None  # None: for no one target, as for all files of a lock
    pin: Pin
    reason: str  # as `Want.reason`: requirements joined by ` > `, or what else asks for it


@dataclass(frozen=True, slots=True)
class Closure:
    """All that a plan needs to know of its groups."""

    groups: tuple[Group, ...]  # those asked for, then the build groups they led to
    witnesses: tuple[CheckedWitness, ...]
    problems: tuple[Problem, ...]  # empty: every group is complete on each of its targets
    obligations: tuple[Obligation, ...]  # sorted, unique
    additions: tuple[Addition, ...] = ()  # what the policies add, in a steady order
