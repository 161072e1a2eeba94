"""`pylock.toml`, the standard lock file.

Spec: https://packaging.python.org/en/latest/specifications/pylock-toml/
"""

import re
import tomllib
from collections.abc import Iterator

from packaging.pylock import (
    Package,
    PackageSdist,
    PackageWheel,
    Pylock,
    PylockUnsupportedVersionError,
    PylockValidationError,
)
from packaging.utils import parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from wheelyard.model.locks import LockedFile, LockedRelease, MarkedLock
from wheelyard.model.names import parse_project_name
from wheelyard.model.outside import OutsideRequirement
from wheelyard.wire.lock_files import (
    InvalidLockFile,
    LockDocument,
    PackageReader,
    broken,
    last_part,
)
from wheelyard.wire.places import outside

_SEPARATORS = re.compile(r"[-_.]+")


def parse_pylock(document: bytes, filename: str) -> LockDocument:
    """Read a `pylock.toml`, with all its extras and dependency groups; raises InvalidLockFile."""
    try:
        pylock = Pylock.from_dict(tomllib.loads(document.decode()))
    except PylockUnsupportedVersionError as error:
        hint = "wheelyard knows lock-version `1`; export the lock in that version"
        raise InvalidLockFile(filename, str(error), hint) from error
    except (ValueError, RecursionError, PylockValidationError) as error:
        raise broken(filename, str(error)) from error
    reader = PackageReader(filename)
    releases = tuple(
        _release(package, reader) for package in pylock.packages if not package.is_direct
    )
    extras = frozenset(map(str, pylock.extras or ()))
    groups = frozenset(map(str, pylock.dependency_groups or ()))
    default_groups = frozenset(map(str, pylock.default_groups or ()))
    is_optional = bool(extras or groups - default_groups)
    return LockDocument(
        lock=MarkedLock(releases, extras, groups | default_groups),
        usual=MarkedLock(releases, frozenset(), default_groups) if is_optional else None,
        outside=tuple(
            _outside(package, filename) for package in pylock.packages if package.is_direct
        ),
        requires_python=str(pylock.requires_python) if pylock.requires_python else None,
        environments=tuple(pylock.environments or ()),
    )


def _release(package: Package, reader: PackageReader) -> LockedRelease:
    return LockedRelease(
        project=parse_project_name(package.name),
        version=_version(package),
        marker=package.marker,
        files=tuple(_file(file, reader) for file in _files(package)),
        index=package.index,
    )


def _files(package: Package) -> Iterator[PackageSdist | PackageWheel]:
    if package.sdist is not None:
        yield package.sdist
    yield from package.wheels or ()


def _file(file: PackageSdist | PackageWheel, reader: PackageReader) -> LockedFile:
    digests = frozenset(reader.digest(f"{name}:{digest}") for name, digest in file.hashes.items())
    return LockedFile(_listed_name(file), digests)


def _listed_name(file: PackageSdist | PackageWheel) -> str:
    """The file's name as its index spells it.

    `packages.wheels.name` beats the end of the URL by the standard, but uv normalizes it: it writes
    `pysocks-1.7.1-py3-none-any.whl` for what PyPI lists as `PySocks-1.7.1-py3-none-any.whl`.
    """
    listed = last_part(file.url) if file.url else None
    is_spelling = listed is not None and _plain(listed) == _plain(file.filename)
    return listed if listed is not None and is_spelling else file.filename


def _plain(name: str) -> str:
    return _SEPARATORS.sub("_", name).lower()


def _version(package: Package) -> Version:
    """The version, which the files tell where the lock does not; packaging checked their names."""
    if package.version is not None:
        return package.version
    if package.wheels:
        return parse_wheel_filename(package.wheels[0].filename)[1]
    return parse_sdist_filename(package.sdist.filename if package.sdist else "")[1]


def _outside(package: Package, filename: str) -> OutsideRequirement:
    if package.vcs is not None:
        source = package.vcs.url or package.vcs.path or ""
        place = f"{package.vcs.type}+{source}@{package.vcs.commit_id}"
    elif package.directory is not None:
        place = package.directory.path
    else:
        place = (package.archive and (package.archive.url or package.archive.path)) or ""
    return outside(place, filename, text=f"{package.name} @ {place}", name=package.name)
