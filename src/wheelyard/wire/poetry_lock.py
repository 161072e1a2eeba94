"""`poetry.lock`, from lock-version 1.0 to 2.1.

Since 2.1 each package has the marker of its environments and the groups that it belongs to. Before,
both were worked out from the project's own file, which a lock does not hold: there every package is
taken, and where a project has several releases the lock cannot tell which one goes where.
"""

from collections.abc import Iterator

import msgspec
from packaging.markers import Marker

from wheelyard.model.locks import LockedRelease, MarkedLock
from wheelyard.model.outside import OutsideRequirement
from wheelyard.wire.lock_files import (
    LockDocument,
    PackageReader,
    any_of,
    check_version,
    projects_with_several,
    read_toml,
)
from wheelyard.wire.places import outside


class _File(msgspec.Struct, frozen=True):
    hash: str
    file: str | None = None


class _Source(msgspec.Struct, frozen=True):
    type: str
    url: str
    reference: str | None = None
    resolved_reference: str | None = None


class _Package(msgspec.Struct, frozen=True, rename="kebab"):
    name: str
    version: str
    groups: tuple[str, ...] = ("main",)
    markers: str | dict[str, str] | None = None  # by group, where they differ
    files: tuple[_File, ...] = ()
    source: _Source | None = None


class _Metadata(msgspec.Struct, frozen=True, rename="kebab"):
    lock_version: str
    python_versions: str | None = None
    files: dict[str, tuple[_File, ...]] = {}  # of lock-version 1


class _PoetryLock(msgspec.Struct, frozen=True):
    metadata: _Metadata
    package: tuple[_Package, ...] = ()
    extras: dict[str, tuple[str, ...]] = {}


def parse_poetry_lock(document: bytes, filename: str) -> LockDocument:
    """Read a `poetry.lock` with all extras and groups; raises InvalidLockFile."""
    lock = read_toml(document, filename, _PoetryLock)
    check_version(filename, lock.metadata.lock_version, ["1", "2"])
    reader = _Reader(filename)
    releases = tuple(
        reader.release(package, lock.metadata)
        for package in lock.package
        if package.source is None or package.source.type == "legacy"
    )
    return LockDocument(
        lock=MarkedLock(releases, extras=frozenset(lock.extras)),
        outside=tuple(_outside(lock, filename)),
        requires_python=lock.metadata.python_versions,
        several=projects_with_several(releases),
    )


def _outside(lock: _PoetryLock, filename: str) -> Iterator[OutsideRequirement]:
    for package in lock.package:
        source = package.source
        if source is not None and source.type != "legacy":
            place = f"git+{source.url}" if source.type == "git" else source.url
            revision = source.resolved_reference or source.reference
            text = f"{package.name} @ {place}{f'@{revision}' if revision else ''}"
            yield outside(place, filename, text=text, name=package.name)


class _Reader(PackageReader):
    """Reads the packages of one lock."""

    def release(self, package: _Package, metadata: _Metadata) -> LockedRelease:
        """A package that an index has; without a source of its own that is PyPI."""
        files = package.files or metadata.files.get(package.name, ())
        return LockedRelease(
            project=self.project(package.name),
            version=self.version(package.version, package.name),
            marker=self._marker(package),
            files=self.files((file.file, file.hash) for file in files),
            index=package.source.url if package.source is not None else None,
        )

    def _marker(self, package: _Package) -> Marker | None:
        """Where the package is taken for some group; a group without a marker takes it always."""
        markers = package.markers
        if isinstance(markers, dict):
            return any_of(self.marker(markers.get(group)) for group in package.groups)
        return self.marker(markers)
