"""Locks: exact releases for many environments, whoever made them.

Spec: https://packaging.python.org/en/latest/specifications/pylock-toml/
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from packaging.markers import Marker
from packaging.version import Version

from wheelyard.model.names import ProjectName
from wheelyard.model.targets import Target


@dataclass(frozen=True, slots=True)
class LockedFile:
    """A file that a lock names."""

    filename: str | None  # None: the lock tells files by their digests alone
    digests: frozenset[str]  # `sha256:<lowercase hex>`, at least one


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedRelease:
    """A release, and the marker of the environments that take it."""

    project: ProjectName
    version: Version
    marker: Marker | None = None  # None: everywhere
    files: tuple[LockedFile, ...] = ()  # empty: any file of the release
    index: str | None = None  # the URL of the index that the lock names; None: it names none


class Lock(Protocol):
    """One joint answer for several environments."""

    @property
    def releases(self) -> tuple[LockedRelease, ...]:
        """Every release of the lock, in a steady order; a project may have several."""
        ...

    def marker_texts(self) -> set[str]:
        """Every marker and Python specifier that decides which releases an environment takes."""
        ...

    def pins(self, target: Target, python: Version) -> dict[ProjectName, LockedRelease]:
        """The releases that the target takes on the given Python."""
        ...


@dataclass(frozen=True)
class MarkedLock:
    """A lock whose releases each carry the marker of their environments, as `pylock.toml` does."""

    releases: tuple[LockedRelease, ...]
    extras: frozenset[str] = frozenset()  # those whose releases are taken
    dependency_groups: frozenset[str] = frozenset()  # likewise

    def marker_texts(self) -> set[str]:
        """The markers of the lock, as text."""
        return set(filter(None, self._markers))

    def pins(self, target: Target, python: Version) -> dict[ProjectName, LockedRelease]:
        """The releases that the target takes on the given Python."""
        return {release.project: release for release in self.taken(target, python)}

    def taken(self, target: Target, python: Version) -> Iterator[LockedRelease]:
        """Every release whose marker holds; a sound lock gives one for each project."""
        environment: Mapping[str, str | frozenset[str]] = {
            **target.environment(python),
            "extras": self.extras,
            "dependency_groups": self.dependency_groups,
        }
        # Whole chains of dependencies share one marker; it is evaluated once.
        verdicts: dict[str, bool] = {}
        for release, text in zip(self.releases, self._markers, strict=True):
            if release.marker is not None:
                if text not in verdicts:
                    verdicts[text] = release.marker.evaluate(dict(environment), "lock_file")
                if not verdicts[text]:
                    continue
            yield release

    @cached_property
    def _markers(self) -> tuple[str, ...]:
        """The marker of each release, as text; empty where it has none."""
        return tuple(str(release.marker or "") for release in self.releases)
