"""Target environments: which wheels one accepts, in which order, and what its markers evaluate to.

A target is one Python (an interval of patch versions), one ABI and one platform. It is written
`cp312-manylinux_2_28_x86_64`, `cp313t-macosx_14_0_arm64`; an interval that starts above the first
patch release is written `cp311.2-manylinux_2_36_aarch64`.

Spec: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
      https://packaging.python.org/en/latest/specifications/dependency-specifiers/
"""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import lru_cache

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.version import Version

from wheelyard.model.errors import InvalidInput
from wheelyard.model.platforms import Platform, parse_platform
from wheelyard.model.pythons import PythonInterval

_PYTHON = re.compile(r"(?P<major>3)\.(?P<minor>\d{1,2})(\.(?P<patch>\d{1,3}))?(?P<threads>t)?")
_TARGET = re.compile(
    r"cp(?P<major>3)(?P<minor>\d{1,2})(\.(?P<patch>\d{1,3}))?(?P<threads>t)?-(?P<platform>.+)"
)
_FIRST_FREE_THREADED = 13


class InvalidPython(InvalidInput):
    """The text names no Python that can be a target."""

    hint = (
        "write it as `3.12`, as `3.11.2` for 3.11.2 and later patches, or `3.13t` for free-threaded"
    )

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"`{text}` is not a Python version to mirror for")


class InvalidTarget(InvalidInput):
    """The text names no target."""

    hint = "write it as `cp312-manylinux_2_28_x86_64`, or use `--python` and `--platform`"

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"`{text}` is not a target")


@dataclass(frozen=True, slots=True, order=True)
class PythonBuild:
    """A CPython to install for: its versions and whether it is the free-threaded build."""

    versions: PythonInterval
    free_threaded: bool = False

    @property
    def abi(self) -> str:
        """The ABI tag, such as `cp313` or `cp313t`."""
        return f"cp{self.versions.major}{self.versions.minor}{'t' if self.free_threaded else ''}"


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """An environment to install into."""

    python: PythonBuild
    platform: Platform

    def __str__(self) -> str:
        versions = self.python.versions
        patch = f".{versions.patch}" if versions.patch else ""
        threads = "t" if self.python.free_threaded else ""
        return f"cp{versions.major}{versions.minor}{patch}{threads}-{self.platform.tag}"

    def environment(self, python: Version) -> dict[str, str]:
        """All eleven marker values on this target with `python` as its full version.

        `platform_version` is empty, and `platform_release` but for macOS: they belong to one
        machine, not to a target.
        """
        platform = self.platform
        return {
            "implementation_name": "cpython",
            "implementation_version": str(python),
            "os_name": platform.os_name,
            "platform_machine": platform.platform_machine,
            "platform_python_implementation": "CPython",
            "platform_release": platform.platform_release,
            "platform_system": platform.platform_system,
            "platform_version": "",
            "python_full_version": str(python),
            "python_version": f"{python.major}.{python.minor}",
            "sys_platform": platform.sys_platform,
        }


def parse_python(text: str) -> PythonBuild:
    """Read `3.12`, `3.11.2` (that patch and later) or `3.13t`; raises InvalidPython."""
    match = _PYTHON.fullmatch(text)
    if match is None:
        raise InvalidPython(text)
    return _python_build(match, text)


def parse_target(text: str) -> Target:
    """Read a target as `str(target)` writes it; raises InvalidTarget or InvalidPlatform."""
    match = _TARGET.fullmatch(text)
    if match is None:
        raise InvalidTarget(text)
    return Target(_python_build(match, text), parse_platform(match["platform"]))


@lru_cache(maxsize=1024)
def tag_ranks(target: Target) -> Mapping[Tag, int]:
    """Every wheel tag the target accepts, with 0 for the one installers like best."""
    versions = target.python.versions
    python = (versions.major, versions.minor)
    platforms = target.platform.tags
    # Given abis and platforms, packaging looks at nothing of the running interpreter. Without
    # them it would mix in this machine's own flags and libc.
    tags = [
        *cpython_tags(python, [target.python.abi], platforms),
        *compatible_tags(python, f"cp{versions.major}{versions.minor}", platforms),
    ]
    return {tag: rank for rank, tag in reversed(list(enumerate(tags)))}


def accepts_wheel(target: Target, tags: Set[Tag]) -> bool:
    """Whether the target accepts a wheel with these tags: one of them is enough."""
    return not tag_ranks(target).keys().isdisjoint(tags)


def _python_build(match: re.Match[str], text: str) -> PythonBuild:
    free_threaded = match["threads"] is not None
    minor = int(match["minor"])
    if free_threaded and minor < _FIRST_FREE_THREADED:
        raise InvalidPython(text)
    return PythonBuild(
        PythonInterval(int(match["major"]), minor, int(match["patch"] or 0)), free_threaded
    )
