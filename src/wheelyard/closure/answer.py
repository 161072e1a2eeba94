"""The resolver's answer: a `pylock.toml` read back into the releases each target takes.

Spec: https://packaging.python.org/en/latest/specifications/pylock-toml/
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.markers import Marker
from packaging.pylock import Pylock, PylockValidationError
from packaging.version import Version

from wheelyard.model.errors import WheelyardError
from wheelyard.model.names import ProjectName, parse_project_name
from wheelyard.model.targets import Target

_COMPARED = re.compile(
    r"""(?P<operator>[<>=!~]*)\s*["']?\b(?P<major>\d+)\.(?P<minor>\d+)(\.(?P<patch>\d+))?(?!\.\*)"""
)
_DRAW_NO_LINE = (">=", "<")  # before 3.11: it begins with 3.11.0, as the target does


class InvalidLock(WheelyardError):
    """The resolver wrote a lock that does not follow the standard."""

    hint = "this uv may be newer than wheelyard knows; `pip install wheelyard` brings one that fits"

    def __init__(self, reason: str) -> None:
        super().__init__(f"uv's lock could not be read: {reason}")


@dataclass(frozen=True, slots=True)
class LockedRelease:
    """A release, and the marker of the environments that take it."""

    project: ProjectName
    version: Version
    marker: Marker | None  # None: everywhere


@dataclass(frozen=True, slots=True)
class Lock:
    """One joint answer for several targets."""

    releases: tuple[LockedRelease, ...]

    def marker_texts(self) -> set[str]:
        """The markers of the lock, as text."""
        return {str(release.marker) for release in self.releases if release.marker}

    def pins(self, target: Target, python: Version) -> dict[ProjectName, Version]:
        """The releases that the target takes on the given Python."""
        environment = target.environment(python)
        # Whole chains of dependencies share one marker; it is evaluated once.
        verdicts: dict[str, bool] = {}
        pins: dict[ProjectName, Version] = {}
        for release in self.releases:
            if release.marker is not None:
                text = str(release.marker)
                if text not in verdicts:
                    verdicts[text] = _holds(release.marker, environment)
                if not verdicts[text]:
                    continue
            pins[release.project] = release.version
        return pins


def parse_lock(document: str) -> Lock:
    """Read what `uv export --format pylock.toml` wrote; raises InvalidLock."""
    try:
        lock = Pylock.from_dict(tomllib.loads(document))
    except (tomllib.TOMLDecodeError, PylockValidationError) as error:
        raise InvalidLock(str(error)) from error
    releases = []
    for package in lock.packages:
        if package.version is None:
            raise InvalidLock(f"`{package.name}` has no version")
        release = LockedRelease(parse_project_name(package.name), package.version, package.marker)
        releases.append(release)
    return Lock(tuple(releases))


def breakpoints(texts: Iterable[str], target: Target) -> list[Version]:
    """The Pythons of the target at which an answer can change, the oldest first.

    `texts` are markers and `Requires-Python` values. One that names 3.11.4 draws a line below and
    one above it, so both 3.11.4 and 3.11.5 are looked at; between two lines all patch releases are
    alike. `<=3.11` means 3.11.0 alone, by the rules of version specifiers.
    """
    versions = target.python.versions
    patches = {versions.patch}
    for match in (match for text in texts for match in _COMPARED.finditer(text)):
        if (int(match["major"]), int(match["minor"])) != (versions.major, versions.minor):
            continue
        if match["patch"] is None and match["operator"] in _DRAW_NO_LINE:
            continue
        patch = int(match["patch"] or 0)
        patches |= {patch, patch + 1}
    return [versions.at(patch) for patch in sorted(patches) if patch >= versions.patch]


def _holds(marker: Marker, environment: Mapping[str, str]) -> bool:
    return marker.evaluate(dict(environment), context="lock_file")
