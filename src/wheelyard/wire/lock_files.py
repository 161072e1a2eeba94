"""What the readers of lock files share: what each of them gives, and the errors that they raise."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar
from urllib.parse import unquote, urlsplit

import msgspec
from packaging.markers import InvalidMarker, Marker
from packaging.version import InvalidVersion, Version

from wheelyard.model.digests import InvalidDigest, parse_digest
from wheelyard.model.errors import InvalidInput
from wheelyard.model.locks import Lock, LockedFile, LockedRelease
from wheelyard.model.names import InvalidProjectName, ProjectName, parse_project_name
from wheelyard.model.outside import OutsideRequirement
from wheelyard.model.pythons import parse_requires_python
from wheelyard.model.targets import Target

# Tools wrote the extras that a lock is installed with as `extra` before there was `extras`.
_EXTRA = re.compile(r"""\bextra\s*(==|!=)\s*("[^"]*"|'[^']*')""")
Document = TypeVar("Document")


class InvalidLockFile(InvalidInput):
    """A lock file cannot be read, or is of a version that wheelyard does not know."""

    def __init__(self, filename: str, reason: str, hint: str) -> None:
        self.filename, self.reason, self.hint = filename, reason, hint
        super().__init__(f"{filename}: {reason}")


class SelectableLock(Lock, Protocol):
    """A lock that tells also where it is unsound."""

    def taken(self, target: Target, python: Version) -> Iterator[LockedRelease]:
        """Every release that the target takes; a sound lock gives one for each project."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LockDocument:
    """What a lock file says."""

    lock: SelectableLock  # with all extras and dependency groups
    usual: SelectableLock | None = None  # with those taken by default; None: the same
    outside: tuple[OutsideRequirement, ...] = ()
    requires_python: str | None = None  # as written
    environments: tuple[Marker, ...] = ()  # it is for those that one is true of; empty: all
    several: tuple[ProjectName, ...] = ()  # of which the lock tells no environment from another

    def covers(self, target: Target) -> bool:
        """Whether the lock was made for the target, or for some of its patch releases."""
        versions = target.python.versions
        # What no reader of version specifiers understands (poetry's own) rules nothing out.
        bound = parse_requires_python(self.requires_python or "")
        return any(
            (bound is None or bound.contains(python, prereleases=True))
            and self._is_environment(target, python)
            for python in (versions.floor, versions.last)
        )

    def _is_environment(self, target: Target, python: Version) -> bool:
        environment = dict(target.environment(python))
        return not self.environments or any(
            marker.evaluate(environment, "requirement") for marker in self.environments
        )


def read_toml(document: bytes, filename: str, shape: type[Document]) -> Document:
    """Read a lock file in TOML into `shape`; raises InvalidLockFile."""
    try:
        return msgspec.convert(tomllib.loads(document.decode()), shape)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise broken(filename, str(error)) from error


def broken(filename: str, reason: str) -> InvalidLockFile:
    """The error for a file that is not what its name says."""
    return InvalidLockFile(filename, reason, "make the lock again with the tool that wrote it")


def check_version(
    filename: str, version: str, known: Iterable[str], *, key: str = "lock-version"
) -> None:
    """Raise InvalidLockFile unless the version's first number is one of those known."""
    majors = tuple(known)
    if version.partition(".")[0] not in majors:
        listed = " and ".join(f"`{major}`" for major in majors)
        hint = f"wheelyard knows {listed}, or `uv export` or `poetry export` what you have"
        raise InvalidLockFile(filename, f"its {key} is `{version}`", hint)


class PackageReader:
    """Reads the parts of a lock file's packages, and names the file in what it raises."""

    def __init__(self, filename: str) -> None:
        self.filename = filename

    def project(self, text: str) -> ProjectName:
        """A project's name."""
        try:
            return parse_project_name(text)
        except InvalidProjectName as error:
            raise broken(self.filename, str(error)) from error

    def version(self, text: str, project: str) -> Version:
        """A release's version."""
        try:
            return Version(text)
        except InvalidVersion as error:
            raise broken(self.filename, f"`{text}` of `{project}` is not a version") from error

    def marker(self, text: str | None) -> Marker | None:
        """A marker; None and an empty one hold everywhere.

        `extra == "x"` becomes `"x" in extras`: of a lock several extras are taken at once.
        """
        if not text:
            return None
        try:
            return Marker(_EXTRA.sub(_as_set, text))
        except InvalidMarker as error:
            raise broken(self.filename, f"`{text}` is not a marker") from error

    def digest(self, text: str) -> str:
        """`SHA256:<HEX>` as `sha256:<hex>`."""
        algorithm, _, digest = text.partition(":")
        try:
            return f"{algorithm.lower()}:{parse_digest(algorithm.lower(), digest)}"
        except InvalidDigest as error:
            raise broken(self.filename, f"`{text}` is not a digest") from error

    def files(self, listed: Iterable[tuple[str | None, str | None]]) -> tuple[LockedFile, ...]:
        """The files of a release from their names or URLs, and digests.

        Empty, for any file of the release, if one has no digest: indexes without digests exist, and
        a file cannot be told from another of its name.
        """
        pairs = list(listed)
        return tuple(
            LockedFile(last_part(name) if name else None, frozenset([self.digest(digest)]))
            for name, digest in pairs
            if digest and all(other for _, other in pairs)
        )


def any_of(markers: Iterable[Marker | None]) -> Marker | None:
    """The marker that holds where one of them does; None if one holds everywhere."""
    texts: dict[str, None] = {}
    for marker in markers:
        if marker is None:
            return None
        texts[str(marker)] = None
    return Marker(" or ".join(f"({text})" for text in texts)) if texts else None


def projects_with_several(releases: Iterable[LockedRelease]) -> tuple[ProjectName, ...]:
    """The projects that have several releases of which none has a marker, sorted."""
    bare: dict[ProjectName, set[Version]] = {}
    for release in releases:
        if release.marker is None:
            bare.setdefault(release.project, set()).add(release.version)
    return tuple(sorted(project for project, versions in bare.items() if len(versions) > 1))


def last_part(place: str) -> str | None:
    """The last part of a URL or path, which is how an index lists the file; None: it has none."""
    path = urlsplit(place).path if "://" in place else place
    return unquote(path.rpartition("/")[2]) or None


def _as_set(match: re.Match[str]) -> str:
    return f"{match[2]} {'in' if match[1] == '==' else 'not in'} extras"
