"""What closing groups gives: checked witnesses with the chains through them, and what is open."""

from collections.abc import Mapping
from dataclasses import dataclass

from wheelyard.closure.check import Chain
from wheelyard.closure.groups import Group
from wheelyard.closure.obligations import Obligation, Problem
from wheelyard.closure.witness import Witness
from wheelyard.model.names import ProjectName


@dataclass(frozen=True, slots=True)
class CheckedWitness:
    """A witness that the check found complete."""

    witness: Witness
    chains: Mapping[ProjectName, Chain]  # how each project of it came in


@dataclass(frozen=True, slots=True)
class Closure:
    """All that a plan needs to know of its groups."""

    groups: tuple[Group, ...]  # those asked for, then the build groups they led to
    witnesses: tuple[CheckedWitness, ...]
    problems: tuple[Problem, ...]  # empty: every group is complete on each of its targets
    obligations: tuple[Obligation, ...]  # sorted, unique
