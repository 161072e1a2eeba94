"""Ways: the chains to a file, each told once with the targets and Pythons on which it holds."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from wheelyard.closure.chains import RequirementGraph, chains_to, leads_to
from wheelyard.closure.check import Chain
from wheelyard.closure.witness import PythonSpan
from wheelyard.model.targets import Target

_COUNTED = 1000  # chains of one group at one standpoint that are looked for, to tell how many


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Pythons of a target on which everything is alike, and the graph of what is there."""

    target: Target
    pythons: PythonSpan
    graph: RequirementGraph


@dataclass(frozen=True, slots=True)
class Place:
    """A target, or some Pythons of it."""

    target: Target
    pythons: tuple[PythonSpan, ...] = ()  # empty: all of the target's

    def __str__(self) -> str:
        spans = ", ".join(map(str, self.pythons))
        return f"{self.target} (Python {spans})" if spans else str(self.target)


@dataclass(frozen=True, slots=True)
class Way:
    """A chain from a root of a group, and where it leads to the file."""

    group: str
    chain: Chain
    places: tuple[Place, ...]  # in the order of the targets


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways to a file, the shortest chains first."""

    shown: tuple[Way, ...]
    more: int  # how many were found besides
    is_counted: bool  # whether there are no others than these


def ways_to(filename: str, standpoints: Sequence[Standpoint], most: int | None) -> Ways:
    """The ways to a file, `most` for each group, or all of them if that is None.

    `standpoints` are ordered by target, and within one by Python.
    """
    shown: list[Way] = []
    more, is_counted = 0, True
    groups = {root.group: None for point in standpoints for root in point.graph.roots()}
    for group in groups:
        chains: set[Chain] = set()
        for point in standpoints:
            limit = None if most is None else max(most, _COUNTED)
            found = chains_to(point.graph, group, filename, limit)
            chains.update(found.chains)
            is_counted = is_counted and found.is_all
        ordered = sorted(chains, key=lambda chain: (len(chain.requirements), chain.requirements))
        shown += [
            Way(group, chain, _places(filename, group, chain, standpoints))
            for chain in ordered[:most]
        ]
        more += len(ordered[most:]) if most is not None else 0
    return Ways(tuple(shown), more, is_counted)


def _places(
    filename: str, group: str, chain: Chain, standpoints: Sequence[Standpoint]
) -> tuple[Place, ...]:
    everywhere: defaultdict[Target, int] = defaultdict(int)
    holding: defaultdict[Target, list[tuple[int, PythonSpan]]] = defaultdict(list)
    for point in standpoints:
        number = everywhere[point.target]
        everywhere[point.target] += 1
        if leads_to(point.graph, group, chain, point.graph.goals(filename)):
            holding[point.target].append((number, point.pythons))
    return tuple(
        Place(target, () if len(spans) == everywhere[target] else _joined(spans))
        for target, spans in holding.items()
    )


def _joined(numbered: Sequence[tuple[int, PythonSpan]]) -> tuple[PythonSpan, ...]:
    """Spans with neighbours made one."""
    joined: list[PythonSpan] = []
    last = None
    for number, span in numbered:
        if joined and last == number - 1:
            joined[-1] = PythonSpan(joined[-1].first, span.last)
        else:
            joined.append(span)
        last = number
    return tuple(joined)
