"""Platforms: the wheel platform tag that stands for a machine, all tags it accepts, its markers.

Spec: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

from packaging.tags import mac_platforms

from wheelyard.model.errors import InvalidInput

ALIASES = {
    "linux": "manylinux_2_28_x86_64",
    "linux-aarch64": "manylinux_2_28_aarch64",
    "raspberrypi": "manylinux_2_36_aarch64",
    # Raspberry Pi OS 12 has glibc 2.36 on 32 bits too; its pip takes manylinux wheels up to that
    # before piwheels' plain `linux_armv7l` ones, so a bare `linux_armv7l` would miss files.
    "raspberrypi-32": "manylinux_2_36_armv7l",
    "alpine": "musllinux_1_2_x86_64",
    "windows": "win_amd64",
    "windows-arm64": "win_arm64",
    "macos": "macosx_14_0_arm64",
    "macos-intel": "macosx_14_0_x86_64",
}

# What people say, where the nearest spelling would be another machine.
_OTHER_WORDS = {
    "win": "windows",
    "win64": "windows",
    "win_x86_64": "windows",
    "mac": "macos",
    "osx": "macos",
    "darwin": "macos",
    "ubuntu": "linux",
    "debian": "linux",
    "fedora": "linux",
    "pi": "raspberrypi",
    "rpi": "raspberrypi",
    "raspbian": "raspberrypi",
    "musl": "alpine",
}

_LEGACY_MANYLINUX = {"manylinux1": 5, "manylinux2010": 12, "manylinux2014": 17}
_OLDEST_GLIBC = {"x86_64": 5, "i686": 5}  # other machines got their first manylinux at glibc 2.17
_WINDOWS_MACHINES = {"win_amd64": "AMD64", "win_arm64": "ARM64", "win32": "x86"}
_LINUX_MACHINES = (
    "x86_64", "i686", "aarch64", "armv7l", "armv6l", "ppc64le", "s390x", "riscv64",
)  # fmt: skip
_FIRST_MACOS_BY_YEAR = 26
_MAC_MACHINES = ("arm64", "x86_64")


class InvalidPlatform(InvalidInput):
    """The text names no platform."""

    def __init__(self, text: str) -> None:
        self.text = text
        said = _OTHER_WORDS.get(text.lower())
        close = (
            [said] if said else get_close_matches(text, [*ALIASES, "here", *ALIASES.values()], n=1)
        )
        known = ", ".join(["here", *ALIASES])
        self.hint = (
            f"did you mean `{close[0]}`?"
            if close
            else f"use {known}, or a wheel platform tag such as `manylinux_2_28_x86_64`"
        )
        super().__init__(f"`{text}` is not a platform")


@dataclass(frozen=True, slots=True, order=True)
class Platform:
    """A machine to install on.

    `tag` is the newest wheel platform tag it accepts; glibc, musl and macOS versions are in it.
    """

    tag: str
    # Every platform tag it accepts, best first, `any` not among them. They follow from `tag`.
    tags: tuple[str, ...] = field(compare=False)
    os_name: str
    sys_platform: str
    platform_system: str
    platform_machine: str
    # The oldest that the tag admits: macOS versions tell their kernel's. Empty: the tag tells none.
    platform_release: str = ""

    def __str__(self) -> str:
        return self.tag


def parse_platform(text: str) -> Platform:
    """Read a wheel platform tag or one of ALIASES; raises InvalidPlatform with the nearest name."""
    tag = ALIASES.get(text, text)
    for pattern, build in _FAMILIES:
        if match := pattern.fullmatch(tag):
            return build(tag, match)
    raise InvalidPlatform(text)


def _manylinux(tag: str, match: re.Match[str]) -> Platform:
    machine = match["machine"]
    # pip and packaging put the machine's own `linux_*` first.
    return _linux(tag, machine, [f"linux_{machine}", *_glibc_tags(int(match["minor"]), machine)])


def _legacy_manylinux(_: str, match: re.Match[str]) -> Platform:
    return parse_platform(f"manylinux_2_{_LEGACY_MANYLINUX[match['name']]}_{match['machine']}")


def _glibc_tags(newest: int, machine: str) -> Iterator[str]:
    aliases = {minor: name for name, minor in _LEGACY_MANYLINUX.items()}
    for minor in range(newest, _OLDEST_GLIBC.get(machine, 17) - 1, -1):
        yield f"manylinux_2_{minor}_{machine}"
        if minor in aliases:
            yield f"{aliases[minor]}_{machine}"


def _musllinux(tag: str, match: re.Match[str]) -> Platform:
    machine = match["machine"]
    versions = range(int(match["minor"]), -1, -1)
    tags = [f"musllinux_1_{minor}_{machine}" for minor in versions]
    return _linux(tag, machine, [f"linux_{machine}", *tags])


def _plain_linux(tag: str, match: re.Match[str]) -> Platform:
    return _linux(tag, match["machine"], [tag])


def _linux(tag: str, machine: str, tags: list[str]) -> Platform:
    return Platform(tag, tuple(tags), "posix", "linux", "Linux", machine)


def _macos(tag: str, match: re.Match[str]) -> Platform:
    machine = match["machine"]
    version = int(match["major"]), int(match["minor"])
    tags = tuple(mac_platforms(version, machine))
    return Platform(tag, tags, "posix", "darwin", "Darwin", machine, _darwin_release(*version))


def _darwin_release(major: int, minor: int) -> str:
    """The kernel of a macOS version: 10.15 has Darwin 19, 11 has 20, 15 has 24, and 26 has 25."""
    if major == 10:
        return f"{minor + 4}.0.0"
    return f"{major + 9 if major < _FIRST_MACOS_BY_YEAR else major - 1}.0.0"


def _windows(tag: str, _: re.Match[str]) -> Platform:
    return Platform(tag, (tag,), "nt", "win32", "Windows", _WINDOWS_MACHINES[tag])


_LINUX = "|".join(_LINUX_MACHINES)
_FAMILIES: tuple[tuple[re.Pattern[str], Callable[[str, re.Match[str]], Platform]], ...] = (
    (re.compile(rf"manylinux_2_(?P<minor>\d{{1,2}})_(?P<machine>{_LINUX})"), _manylinux),
    (
        re.compile(rf"(?P<name>{'|'.join(_LEGACY_MANYLINUX)})_(?P<machine>{_LINUX})"),
        _legacy_manylinux,
    ),
    (re.compile(rf"musllinux_1_(?P<minor>\d)_(?P<machine>{_LINUX})"), _musllinux),
    (re.compile(rf"linux_(?P<machine>{_LINUX})"), _plain_linux),
    (
        re.compile(
            rf"macosx_(?P<major>\d\d)_(?P<minor>\d{{1,2}})_(?P<machine>{'|'.join(_MAC_MACHINES)})"
        ),
        _macos,
    ),
    (re.compile("|".join(_WINDOWS_MACHINES)), _windows),
)
