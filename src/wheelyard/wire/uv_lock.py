"""`uv.lock`: a graph of packages, whose markers stand on the edges.

It is uv's own; what is read here stands since its version 1. A new `revision` of that version
changes nothing that an older reader needs.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import msgspec
from packaging.markers import Marker

from wheelyard.model.lock_graph import GraphLock, LockedEdge, LockedNode
from wheelyard.model.locks import LockedRelease
from wheelyard.model.names import normalize_extra
from wheelyard.model.outside import OutsideRequirement, Place
from wheelyard.wire.lock_files import (
    LockDocument,
    PackageReader,
    broken,
    check_version,
    read_toml,
)
from wheelyard.wire.places import outside


class _Source(msgspec.Struct, frozen=True):
    registry: str | None = None
    git: str | None = None
    url: str | None = None
    path: str | None = None
    directory: str | None = None
    editable: str | None = None
    virtual: str | None = None

    @property
    def place(self) -> str:
        if self.git is not None:
            return f"git+{self.git}"
        return self.url or self.path or self.directory or self.editable or self.virtual or ""


class _File(msgspec.Struct, frozen=True):
    url: str | None = None
    path: str | None = None
    filename: str | None = None
    hash: str | None = None


class _Dependency(msgspec.Struct, frozen=True):
    name: str
    version: str | None = None
    source: _Source | None = None
    marker: str | None = None
    extra: tuple[str, ...] = ()


class _Package(msgspec.Struct, frozen=True, rename="kebab"):
    name: str
    source: _Source
    version: str | None = None
    resolution_markers: tuple[str, ...] = ()
    sdist: _File | None = None
    wheels: tuple[_File, ...] = ()
    dependencies: tuple[_Dependency, ...] = ()
    optional_dependencies: dict[str, tuple[_Dependency, ...]] = {}
    dev_dependencies: dict[str, tuple[_Dependency, ...]] = {}


class _Named(msgspec.Struct, frozen=True):
    name: str
    extras: tuple[str, ...] = ()
    marker: str | None = None


class _Manifest(msgspec.Struct, frozen=True, rename="kebab"):
    members: tuple[str, ...] = ()
    requirements: tuple[_Named, ...] = ()  # of a script, or of a workspace without a project
    dependency_groups: dict[str, tuple[_Named, ...]] = {}


class _Conflicting(msgspec.Struct, frozen=True):
    package: str
    extra: str | None = None
    group: str | None = None


class _UvLock(msgspec.Struct, frozen=True, rename="kebab"):
    version: int
    requires_python: str | None = None
    supported_markers: tuple[str, ...] = ()
    conflicts: tuple[tuple[_Conflicting, ...], ...] = ()
    manifest: _Manifest = _Manifest()
    package: tuple[_Package, ...] = ()


class _Version(msgspec.Struct, frozen=True):
    version: int


def parse_uv_lock(document: bytes, filename: str) -> LockDocument:
    """Read a `uv.lock` with all members, extras and groups; raises InvalidLockFile.

    Of extras and groups that conflict none can be taken together, so with any the groups that uv
    takes by itself are `usual`.
    """
    version = read_toml(document, filename, _Version).version
    check_version(filename, str(version), ["1"], key="version")
    lock = read_toml(document, filename, _UvLock)
    reader = _Reader(filename, lock)
    everything = _everything(lock)
    conflicting = {_name(item) for items in lock.conflicts for item in items}
    return LockDocument(
        lock=reader.graph(everything),
        usual=reader.graph(everything - conflicting) if conflicting else None,
        outside=tuple(reader.outside()),
        requires_python=lock.requires_python,
        environments=reader.markers(lock.supported_markers),
    )


def _everything(lock: _UvLock) -> frozenset[str]:
    """The names of all extras, groups and projects, as uv writes them into markers."""
    return frozenset(
        name
        for package in lock.package
        for name in (
            f"project-{len(package.name)}-{package.name}",
            *(_extra_name(package.name, extra) for extra in package.optional_dependencies),
            *(_group_name(package.name, group) for group in package.dev_dependencies),
        )
    )


def _name(item: _Conflicting) -> str:
    if item.extra is not None:
        return _extra_name(item.package, item.extra)
    if item.group is not None:
        return _group_name(item.package, item.group)
    return f"project-{len(item.package)}-{item.package}"


def _extra_name(package: str, extra: str) -> str:
    return f"extra-{len(package)}-{package}-{extra}"


def _group_name(package: str, group: str) -> str:
    return f"group-{len(package)}-{package}-{group}"


class _Reader(PackageReader):
    """Reads the packages of one lock."""

    def __init__(self, filename: str, lock: _UvLock) -> None:
        super().__init__(filename)
        self._lock = lock
        self._positions: dict[str, list[int]] = {}
        for position, package in enumerate(lock.package):
            self._positions.setdefault(package.name, []).append(position)
        self._members = frozenset(self._find_members())

    def graph(self, taken: frozenset[str]) -> GraphLock:
        """The graph from the members, with those of their extras and groups that are taken."""
        nodes = tuple(self._node(package) for package in self._lock.package)
        return GraphLock(nodes, tuple(self._roots(taken)), taken)

    def outside(self) -> Iterator[OutsideRequirement]:
        """What comes from no registry, but for members that are only there for what they need."""
        for position, package in enumerate(self._lock.package):
            source = package.source
            if source.registry is None and source.virtual is None:
                text = f"{package.name} @ {source.place}"
                found = outside(source.place, self.filename, text=text, name=package.name)
                is_own = position in self._members
                yield replace(found, place=Place.OWN_PROJECT) if is_own else found

    def markers(self, texts: Iterable[str]) -> tuple[Marker, ...]:
        """Markers that each say something."""
        markers = (self.marker(text) for text in texts)
        return tuple(marker for marker in markers if marker is not None)

    def _find_members(self) -> Iterator[int]:
        """The projects of the workspace; uv names them only where there are several."""
        named = self._lock.manifest.members
        for position, package in enumerate(self._lock.package):
            own = (package.source.virtual, package.source.editable)
            if package.name in named or (not named and "." in own):
                yield position

    def _roots(self, taken: frozenset[str]) -> Iterator[LockedEdge]:
        for position in sorted(self._members):
            package = self._lock.package[position]
            extras = [
                normalize_extra(extra)
                for extra in package.optional_dependencies
                if _extra_name(package.name, extra) in taken
            ]
            yield LockedEdge((position,), tuple(extras))
            for group, dependencies in package.dev_dependencies.items():
                if _group_name(package.name, group) in taken:
                    yield from self._edges(dependencies)
        manifest = self._lock.manifest
        for named in (manifest.requirements, *manifest.dependency_groups.values()):
            for item in named:
                yield self._edge(_Dependency(item.name, marker=item.marker, extra=item.extras))

    def _node(self, package: _Package) -> LockedNode:
        return LockedNode(
            release=self._release(package) if package.source.registry is not None else None,
            forks=self.markers(package.resolution_markers),
            edges=self._edges(package.dependencies),
            of_extras={
                normalize_extra(extra): self._edges(dependencies)
                for extra, dependencies in package.optional_dependencies.items()
            },
        )

    def _release(self, package: _Package) -> LockedRelease:
        files = [package.sdist] if package.sdist is not None else []
        return LockedRelease(
            project=self.project(package.name),
            version=self.version(package.version or "", package.name),
            files=self.files(
                (file.filename or file.url or file.path, file.hash)
                for file in (*files, *package.wheels)
            ),
            index=package.source.registry,
        )

    def _edges(self, dependencies: Iterable[_Dependency]) -> tuple[LockedEdge, ...]:
        return tuple(map(self._edge, dependencies))

    def _edge(self, dependency: _Dependency) -> LockedEdge:
        positions = tuple(
            position
            for position in self._positions.get(dependency.name, ())
            if dependency.version in (None, self._lock.package[position].version)
            and dependency.source in (None, self._lock.package[position].source)
        )
        if not positions:
            reason = f"it has no package for the dependency `{dependency.name}`"
            raise broken(self.filename, reason)
        extras = tuple(map(normalize_extra, dependency.extra))
        markers = self.markers([dependency.marker or ""])
        return LockedEdge(positions, extras, markers[0] if markers else None)
