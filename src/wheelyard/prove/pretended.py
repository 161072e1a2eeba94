"""A Python as uv gets to know it: the JSON that uv reads of an interpreter, for any target.

uv runs the interpreter that it is given, once, and has it print a description of itself: marker
values, operating system, machine, build. From that uv derives tags and markers by its own rules. So
uv behaves as on the target when the description is the target's, on every platform that it knows
and for free-threaded builds; its option `--python-platform` has but some glibc levels, and neither.
"""

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from packaging.version import Version

from wheelyard.model.targets import Target

Description = Mapping[str, Any]

_GLIBC = re.compile(r"manylinux_2_(\d+)_(.+)")
_MUSL = re.compile(r"musllinux_1_(\d+)_(.+)")
_MACOS = re.compile(r"macosx_(\d+)_(\d+)_(.+)")
_WINDOWS = {"win_amd64": "amd64", "win_arm64": "arm64", "win32": "i386"}
_NARROW = ("armv7l", "armv6l", "i686", "i386")


def describe(target: Target, python: Version, own: Description) -> Description:
    """The description of one Python of a target, in place of `own`, a real interpreter's."""
    system, machine, is_manylinux = _system(target.platform.tag)
    return {
        **own,
        "markers": target.environment(python),
        "os": system,
        "arch": machine,
        "manylinux_compatible": is_manylinux,
        "gil_disabled": target.python.free_threaded,
        "debug_enabled": False,
        "pointer_size": "32" if machine in _NARROW else "64",
    }


def parse_description(told: bytes) -> Description:
    """Read what an interpreter told uv."""
    description: Description = json.loads(told)
    return description


def write_pretender(description: Description, folder: Path) -> Path:
    """Write a program that tells uv the description, whatever it is asked."""
    answer = folder / "python.json"
    answer.write_text(json.dumps(description), encoding="utf-8")
    return _write_program(folder / "python", f"exec cat {shlex.quote(str(answer))}")


def write_listener(python: str, answer: Path, folder: Path) -> Path:
    """Write a program that is `python` and keeps in `answer` what it told."""
    told = f'{shlex.quote(python)} "$@" | tee {shlex.quote(str(answer))}'
    return _write_program(folder / "python", told)


def _write_program(path: Path, line: str) -> Path:
    path.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    path.chmod(0o700)
    return path


def _system(tag: str) -> tuple[dict[str, object], str, bool]:
    """uv's words for a platform: operating system, machine, whether manylinux wheels are taken."""
    if match := _GLIBC.fullmatch(tag):
        return {"name": "manylinux", "major": 2, "minor": int(match[1])}, match[2], True
    if match := _MUSL.fullmatch(tag):
        return {"name": "musllinux", "major": 1, "minor": int(match[1])}, match[2], True
    if match := _MACOS.fullmatch(tag):
        system = {"name": "macos", "major": int(match[1]), "minor": int(match[2])}
        return system, match[3], True
    if tag in _WINDOWS:
        return {"name": "windows"}, _WINDOWS[tag], True
    return {"name": "manylinux", "major": 2, "minor": 0}, tag.removeprefix("linux_"), False
