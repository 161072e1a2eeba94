"""`pdm.lock`, of lock_version 3 and 4.

Since 4.5 a package has the marker of its environments (pdm's strategy `inherit_metadata`); a
package with extras has an entry of its own, beside that without. Before, where a project has
several releases, the lock cannot tell which one goes where.
"""

from collections.abc import Iterator

import msgspec

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
    url: str | None = None  # with the strategy `static_urls`


class _Package(msgspec.Struct, frozen=True):
    name: str
    version: str = ""
    marker: str | None = None
    files: tuple[_File, ...] = ()
    git: str | None = None
    hg: str | None = None
    svn: str | None = None
    revision: str | None = None
    url: str | None = None
    path: str | None = None

    @property
    def place(self) -> str | None:
        """Where it lies, or None if an index has it."""
        for scheme, source in (("git", self.git), ("hg", self.hg), ("svn", self.svn)):
            if source is not None:
                return f"{scheme}+{source}{f'@{self.revision}' if self.revision else ''}"
        return self.url or self.path


class _Target(msgspec.Struct, frozen=True):
    requires_python: str | None = None


class _Metadata(msgspec.Struct, frozen=True):
    lock_version: str
    targets: tuple[_Target, ...] = ()
    files: dict[str, tuple[_File, ...]] = {}  # by `name version`, before 4.3


class _PdmLock(msgspec.Struct, frozen=True):
    metadata: _Metadata
    package: tuple[_Package, ...] = ()


def parse_pdm_lock(document: bytes, filename: str) -> LockDocument:
    """Read a `pdm.lock` with all the groups that were locked; raises InvalidLockFile."""
    lock = read_toml(document, filename, _PdmLock)
    check_version(filename, lock.metadata.lock_version, ["3", "4"], key="lock_version")
    targets = lock.metadata.targets
    releases = tuple(_releases(lock, PackageReader(filename)))
    return LockDocument(
        lock=MarkedLock(releases),
        outside=tuple(_outside(lock, filename)),
        # Several targets are told apart by their platforms as well; their Pythons bound nothing.
        requires_python=targets[0].requires_python if len(targets) == 1 else None,
        several=projects_with_several(releases),
    )


def _releases(lock: _PdmLock, reader: PackageReader) -> Iterator[LockedRelease]:
    entries: dict[tuple[str, str], list[_Package]] = {}
    for package in lock.package:
        if package.place is None:
            entries.setdefault((package.name, package.version), []).append(package)
    for (name, version), packages in entries.items():
        files = next((package.files for package in packages if package.files), None)
        files = files or lock.metadata.files.get(f"{name} {version}", ())
        yield LockedRelease(
            project=reader.project(name),
            version=reader.version(version, name),
            marker=any_of(reader.marker(package.marker) for package in packages),
            files=reader.files((file.file or file.url, file.hash) for file in files),
        )


def _outside(lock: _PdmLock, filename: str) -> Iterator[OutsideRequirement]:
    told: set[str] = set()
    for package in lock.package:
        place = package.place
        if place is not None and package.name not in told:
            told.add(package.name)
            yield outside(place, filename, text=f"{package.name} @ {place}", name=package.name)
