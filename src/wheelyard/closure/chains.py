"""Chains: every way in which requirements lead from the roots of the groups to a file.

On one Python of a target the witnesses of all groups make one graph: a file's requirements lead to
other files of its group, and an sdist leads to the roots of the group that provides for its build.
A chain is simple: within a group it comes to no project twice, and it goes into no build twice.
"""

from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from packaging.requirements import Requirement
from packaging.version import Version

from wheelyard.closure.check import Chain
from wheelyard.closure.groups import Group
from wheelyard.closure.rules import NO_EXTRA, Rules, rules_of
from wheelyard.model.metadata import CoreMetadata
from wheelyard.model.names import ExtraName, ProjectName, normalize_extra
from wheelyard.model.requirements import required_project
from wheelyard.model.targets import Target

_MOST_STEPS = 200_000  # of one search; there can be more chains than anybody can wait for


@dataclass(frozen=True, slots=True)
class Installation:
    """What a group's witness installs on one Python of a target."""

    group: Group
    files: Mapping[ProjectName, str]  # the name of each project's file


@dataclass(frozen=True, slots=True)
class Node:
    """A place in the graph: a project of a group with extras, or the group's roots."""

    group: str
    project: ProjectName | None  # None: the roots
    extras: frozenset[ExtraName] = frozenset()

    @property
    def key(self) -> tuple[str, ProjectName | None]:
        """What a chain comes to but once, whatever the extras."""
        return self.group, self.project


@dataclass(frozen=True, slots=True)
class Edge:
    """A requirement, or the build of an sdist, and where it leads."""

    label: str
    requirement: Requirement | None  # None: a build
    to: Node


@dataclass(frozen=True)
class RequirementGraph:
    """What leads to what on one Python of a target."""

    edges: Mapping[Node, tuple[Edge, ...]]  # of everything that the roots lead to
    installations: Mapping[str, Installation]  # by group

    def goals(self, filename: str) -> frozenset[Node]:
        """Where the file is."""
        return frozenset(node for node in self.edges if self._file(node) == filename)

    def roots(self) -> tuple[Node, ...]:
        """Where chains begin: the groups that were asked for."""
        found = self.installations.values()
        return tuple(Node(one.group.name, None) for one in found if not one.group.builds)

    @cached_property
    def shortest(self) -> Mapping[Node, Chain]:
        """The shortest chain to each place but the roots."""
        chains: dict[Node, Chain] = {}
        waiting: deque[tuple[Node, Chain]] = deque((root, Chain(())) for root in self.roots())
        while waiting:
            node, chain = waiting.popleft()
            for edge in self.edges[node]:
                if edge.to not in chains:
                    chains[edge.to] = Chain((*chain.requirements, edge.label))
                    waiting.append((edge.to, chains[edge.to]))
        return chains

    def _file(self, node: Node) -> str | None:
        return node.project and self.installations[node.group].files.get(node.project)


@dataclass(frozen=True, slots=True)
class Found:
    """Chains to a file, the shortest first."""

    chains: tuple[Chain, ...]
    is_all: bool


def requirement_graph(
    installations: Sequence[Installation],
    target: Target,
    python: Version,
    metadata: Mapping[str, CoreMetadata],
) -> RequirementGraph:
    """The graph of these installations, one for each group that has a witness there.

    `metadata` is by file name; what a file without any requires is not known, and passed over.
    """
    builder = _Builder(installations, target, python, metadata)
    graph = RequirementGraph({}, {one.group.name: one for one in installations})
    edges: dict[Node, tuple[Edge, ...]] = {}
    waiting = deque(graph.roots())
    while waiting:
        node = waiting.popleft()
        if node not in edges:
            edges[node] = tuple(builder.edges(node))
            waiting += [edge.to for edge in edges[node]]
    return RequirementGraph(edges, graph.installations)


class _Builder:
    """Tells what each place of a graph leads to."""

    def __init__(
        self,
        installations: Sequence[Installation],
        target: Target,
        python: Version,
        metadata: Mapping[str, CoreMetadata],
    ) -> None:
        self._installations = {one.group.name: one for one in installations}
        self._builds = {
            sdist: one.group.name for one in installations for sdist in one.group.builds
        }
        self._rules: dict[str, Rules] = {
            one.group.name: rules_of(one.group, target, python) for one in installations
        }
        self._metadata = metadata

    def edges(self, node: Node) -> Iterator[Edge]:
        installation = self._installations[node.group]
        if node.project is None:
            yield from self._followed(node.group, installation.group.requirements, NO_EXTRA)
            return
        filename = installation.files[node.project]
        if document := self._metadata.get(filename):
            for extra in (NO_EXTRA, *sorted(node.extras)):
                yield from self._followed(node.group, document.requires_dist, extra)
        if build := self._builds.get(filename):
            yield Edge(f"build of {filename}", None, Node(build, None))

    def _followed(
        self, group: str, requirements: Sequence[Requirement], extra: ExtraName
    ) -> Iterator[Edge]:
        files = self._installations[group].files
        for requirement in self._rules[group].applying(requirements, extra):
            project = required_project(requirement)
            if requirement.url is None and project in files:
                extras = frozenset(map(normalize_extra, requirement.extras))
                (label,) = Chain.to(requirement).requirements
                yield Edge(label, requirement, Node(group, project, extras))


def chains_to(graph: RequirementGraph, group: str, filename: str, most: int | None) -> Found:
    """The chains from a group to a file, `most` of them at most; None for as many as there are.

    `is_all` tells whether there may be more.
    """
    search = _Search(graph, graph.goals(filename))
    found: list[Chain] = []
    for chain in search.from_root(Node(group, None)):
        if len(found) == most:
            return Found(tuple(found), is_all=False)
        found.append(chain)
    return Found(tuple(found), is_all=search.steps < _MOST_STEPS)


def leads_to(graph: RequirementGraph, group: str, chain: Chain, goals: Collection[Node]) -> bool:
    """Whether a chain that was found in another graph leads to one of the goals in this one."""
    places = {Node(group, None)}
    for label in chain.requirements:
        places = {
            edge.to for node in places for edge in graph.edges.get(node, ()) if edge.label == label
        }
    return not places.isdisjoint(goals)


def requirements_on(
    graph: RequirementGraph, group: str, project: ProjectName
) -> Iterator[tuple[Chain, Requirement]]:
    """Every requirement of a group that leads to a project, with the shortest chain to it."""
    for node, edges in graph.edges.items():
        for edge in edges:
            if edge.requirement is not None and edge.to.key == (group, project):
                before = graph.shortest.get(node, Chain(()))
                yield Chain((*before.requirements, edge.label)), edge.requirement


class _Search:
    """A search for chains of growing length; what cannot reach a goal in time is not entered."""

    def __init__(self, graph: RequirementGraph, goals: Collection[Node]) -> None:
        self._edges = graph.edges
        self._distance = _distances(graph, goals)
        self.steps = 0
        self._is_cut = False  # whether something was left out for its length alone

    def from_root(self, root: Node) -> Iterator[Chain]:
        length = self._distance.get(root)
        while length is not None:
            self._is_cut = False
            for labels in self._paths(root, length, (root,)):
                yield Chain(labels)
            length = length + 1 if self._is_cut and self.steps < _MOST_STEPS else None

    def _paths(
        self, node: Node, length: int, behind: tuple[Node, ...]
    ) -> Iterator[tuple[str, ...]]:
        """The labels of every way of exactly this length from a node to a goal."""
        for edge in self._edges[node]:
            distance = self._distance.get(edge.to)
            if distance is None or not _is_new(edge.to, behind) or self.steps >= _MOST_STEPS:
                continue
            self.steps += 1
            if distance >= length:
                self._is_cut = True
            elif distance > 0:
                for labels in self._paths(edge.to, length - 1, (*behind, edge.to)):
                    yield (edge.label, *labels)
            elif length == 1:
                yield (edge.label,)


def _is_new(node: Node, behind: tuple[Node, ...]) -> bool:
    """Whether a chain may come to a node. From a project it may go on to an extra of the same."""
    last = behind[-1]
    if node.key == last.key:
        return node not in behind
    return all(node.key != other.key for other in behind)


def _distances(graph: RequirementGraph, goals: Collection[Node]) -> Mapping[Node, int]:
    """How many edges it takes from each node to a goal; nodes that lead to none are left out."""
    before: defaultdict[Node, list[Node]] = defaultdict(list)
    for node, edges in graph.edges.items():
        for edge in edges:
            before[edge.to].append(node)
    distances = dict.fromkeys(goals, 0)
    waiting = deque(goals)
    while waiting:
        node = waiting.popleft()
        for other in before[node]:
            if other not in distances:
                distances[other] = distances[node] + 1
                waiting.append(other)
    return distances
