"""Locks that are graphs: the markers stand on the edges, so an environment's releases are found by
walking from the roots.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from packaging.markers import Marker
from packaging.version import Version

from wheelyard.model.locks import LockedRelease
from wheelyard.model.names import ExtraName, ProjectName
from wheelyard.model.targets import Target


@dataclass(frozen=True, slots=True)
class LockedEdge:
    """A dependency on one of some nodes: the first that was locked for the environment."""

    nodes: tuple[int, ...]  # positions in the graph; at least one
    extras: tuple[ExtraName, ...] = ()
    marker: Marker | None = None  # None: in every environment


@dataclass(frozen=True, slots=True)
class LockedNode:
    """A package of the graph, and what it depends on."""

    release: LockedRelease | None  # None: no index has it, but what it depends on is locked
    forks: tuple[Marker, ...] = ()  # it was locked for environments that one of these is true of
    edges: tuple[LockedEdge, ...] = ()
    of_extras: Mapping[ExtraName, tuple[LockedEdge, ...]] = field(default_factory=dict)

    def all_edges(self) -> Iterator[LockedEdge]:
        """Those of the extras, too."""
        yield from self.edges
        for edges in self.of_extras.values():
            yield from edges


@dataclass(frozen=True, slots=True)
class GraphLock:
    """A lock whose markers stand on the edges between releases, as in `uv.lock`."""

    nodes: tuple[LockedNode, ...]
    roots: tuple[LockedEdge, ...]
    extras: frozenset[str] = frozenset()  # the names for which `"name" in extras` is true

    @property
    def releases(self) -> tuple[LockedRelease, ...]:
        """Every release that can be reached at all."""
        reachable = self._walk(lambda edge: edge.nodes)
        nodes = [self.nodes[position] for position in sorted(reachable)]
        return tuple(node.release for node in nodes if node.release is not None)

    def marker_texts(self) -> set[str]:
        """The markers of all edges and forks, as text."""
        edges = [edge for node in self.nodes for edge in node.all_edges()]
        markers = {str(edge.marker) for edge in (*self.roots, *edges) if edge.marker is not None}
        return markers | {str(marker) for node in self.nodes for marker in node.forks}

    def pins(self, target: Target, python: Version) -> dict[ProjectName, LockedRelease]:
        """The releases that the target takes on the given Python."""
        return {release.project: release for release in self.taken(target, python)}

    def taken(self, target: Target, python: Version) -> Iterator[LockedRelease]:
        """Every release that is reached; a sound lock gives one for each project."""
        environment: dict[str, str | frozenset[str]] = {
            **target.environment(python),
            "extras": self.extras,
        }
        verdicts = _Verdicts(environment)
        for position in sorted(self._walk(lambda edge: verdicts.nodes_of(edge, self.nodes))):
            release = self.nodes[position].release
            if release is not None:
                yield release

    def _walk(self, follow: Callable[[LockedEdge], Iterable[int]]) -> set[int]:
        seen: set[tuple[int, ExtraName | None]] = set()
        waiting = list(self.roots)
        while waiting:
            edge = waiting.pop()
            for position in follow(edge):
                node = self.nodes[position]
                for extra in (None, *edge.extras):
                    if (position, extra) not in seen:
                        seen.add((position, extra))
                        waiting += node.edges if extra is None else node.of_extras.get(extra, ())
        return {position for position, _ in seen}


class _Verdicts:
    """What holds in one environment. Many edges share one marker; it is evaluated once."""

    def __init__(self, environment: dict[str, str | frozenset[str]]) -> None:
        self._environment = environment
        self._known: dict[str, bool] = {}

    def nodes_of(self, edge: LockedEdge, nodes: tuple[LockedNode, ...]) -> Iterator[int]:
        """The node that the edge leads to; none if it does not hold."""
        if edge.marker is not None and not self._holds(edge.marker):
            return
        for position in edge.nodes:
            forks = nodes[position].forks
            if len(edge.nodes) == 1 or not forks or any(map(self._holds, forks)):
                yield position
                return

    def _holds(self, marker: Marker) -> bool:
        text = str(marker)
        if text not in self._known:
            self._known[text] = marker.evaluate(dict(self._environment), "lock_file")
        return self._known[text]
