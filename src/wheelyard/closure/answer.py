"""The resolver's answer: a `pylock.toml` read back into the releases each target takes.

Spec: https://packaging.python.org/en/latest/specifications/pylock-toml/
"""

import re
import tomllib
from collections.abc import Iterable

from packaging.pylock import Pylock, PylockValidationError
from packaging.version import Version

from wheelyard.model.errors import WheelyardError
from wheelyard.model.locks import LockedRelease, MarkedLock
from wheelyard.model.names import parse_project_name
from wheelyard.model.targets import Target

_COMPARED = re.compile(
    r"""(?P<of_minor>\bpython_version\s*)?(?P<operator>[<>=!~]*)\s*["']?\b
    (?P<major>\d+)\.(?P<minor>\d+)(\.(?P<patch>\d+))?(?!\.\*)(?P<suffix>[-_.+]?[a-z])?""",
    re.IGNORECASE | re.VERBOSE,
)
_LINES = {">=": (0,), "<": (0,), "~=": (0,), "<=": (1,), ">": (1,)}
_DRAW_NO_LINE = (">=", "<")  # before 3.11: it begins with 3.11.0, as the target does


class InvalidLock(WheelyardError):
    """The resolver wrote a lock that does not follow the standard."""

    hint = "this uv may be newer than wheelyard knows; `pip install wheelyard` brings one that fits"

    def __init__(self, reason: str) -> None:
        super().__init__(f"uv's lock could not be read: {reason}")


def parse_lock(document: str) -> MarkedLock:
    """Read what `uv export --format pylock.toml` wrote; raises InvalidLock."""
    try:
        lock = Pylock.from_dict(tomllib.loads(document))
    except (tomllib.TOMLDecodeError, PylockValidationError) as error:
        raise InvalidLock(str(error)) from error
    releases = []
    for package in lock.packages:
        if package.version is None:
            raise InvalidLock(f"`{package.name}` has no version")
        release = LockedRelease(
            project=parse_project_name(package.name),
            version=package.version,
            marker=package.marker,
        )
        releases.append(release)
    return MarkedLock(tuple(releases))


def breakpoints(texts: Iterable[str], target: Target) -> list[Version]:
    """The Pythons of the target at which an answer can change, the oldest first.

    `texts` are markers and `Requires-Python` values. `<3.11.4` and `>=3.11.4` draw a line below
    3.11.4, `<=3.11.4` and `>3.11.4` one above it, and whatever else names it, or a pre-release of
    it, draws both; between two lines all patch releases are alike. `<=3.11` means 3.11.0 alone, by
    the rules of version specifiers, but `python_version` is 3.11 for all of them.
    """
    versions = target.python.versions
    patches = {versions.patch}
    for match in (match for text in texts for match in _COMPARED.finditer(text)):
        if (int(match["major"]), int(match["minor"])) != (versions.major, versions.minor):
            continue
        if match["patch"] is None and (match["of_minor"] or match["operator"] in _DRAW_NO_LINE):
            continue
        patch = int(match["patch"] or 0)
        lines = (0, 1) if match["suffix"] else _LINES.get(match["operator"], (0, 1))
        patches |= {patch + line for line in lines}
    return [versions.at(patch) for patch in sorted(patches) if patch >= versions.patch]
