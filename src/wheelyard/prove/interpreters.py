"""The Pythons of this machine, to install with for real."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from wheelyard.mirror.tasks import gather_in_order

_OLDEST, _NEWEST = 6, 20  # the minor versions of Python 3 that are looked for

# A virtual environment's Python stands for its base, which has no packages of its own. An
# interpreter for another processor or bitness runs here as well, and installs other wheels.
_ASK = """
import json, struct, sys, sysconfig
try:
    import ensurepip, venv
    makes_pip = True
except ImportError:
    makes_pip = False
print(json.dumps({
    "executable": getattr(sys, "_base_executable", sys.executable),
    "version": sys.version.split()[0].rstrip("+"),
    "is_cpython": sys.implementation.name == "cpython",
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "machine": sysconfig.get_platform(),
    "libc": str(sysconfig.get_config_var("HOST_GNU_TYPE")),
    "makes_pip": makes_pip,
}))
"""


@dataclass(frozen=True, slots=True)
class LocalPython:
    """A CPython of this machine."""

    executable: Path
    version: Version
    free_threaded: bool
    makes_pip: bool  # whether it brings pip along; Debian's does only with `python3-venv`


async def find_pythons(environment: Mapping[str, str]) -> tuple[LocalPython, ...]:
    """Every CPython of this machine for its own platform, the newest first.

    Looked for on PATH, among pyenv's versions and among those that uv manages.
    """
    answers = await gather_in_order(_ask(path) for path in _distinct(_candidates(environment)))
    here = await _ask(Path(sys.executable))
    found: dict[tuple[Version, bool], LocalPython] = {}
    for answer in answers:
        if answer is None or here is None or not answer["is_cpython"]:
            continue
        if any(answer[key] != here[key] for key in ("machine", "libc")):
            continue
        python = LocalPython(
            Path(str(answer["executable"])),
            Version(str(answer["version"])),
            bool(answer["free_threaded"]),
            bool(answer["makes_pip"]),
        )
        key = python.version, python.free_threaded
        if key not in found or (python.makes_pip and not found[key].makes_pip):
            found[key] = python
    return tuple(found[key] for key in sorted(found, reverse=True))


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    yield Path(sys.executable)
    home = Path(environment.get("HOME") or Path.home())
    pyenv = Path(environment.get("PYENV_ROOT") or home / ".pyenv")
    yield from sorted(pyenv.glob("versions/*/bin/python3"))
    data = Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")
    managed = Path(environment.get("UV_PYTHON_INSTALL_DIR") or data / "uv" / "python")
    yield from sorted(managed.glob("*/bin/python3"))
    names = [f"python3.{minor}" for minor in range(_OLDEST, _NEWEST + 1)]
    for folder in environment.get("PATH", os.defpath).split(os.pathsep):
        # pyenv's shims stand for the versions that were looked at, and fail when one is not on.
        if Path(folder) == pyenv / "shims":
            continue
        for name in ["python3", *names, *(f"{name}t" for name in names)]:
            if path := shutil.which(name, path=folder):
                yield Path(path)


def _distinct(paths: Iterable[Path]) -> Iterable[Path]:
    """The paths, each file once; what links to one of them answers as it does."""
    return {path.resolve(): path for path in paths}.values()


async def _ask(python: Path) -> Mapping[str, object] | None:
    """What an interpreter says of itself, or None if it does not work."""
    try:
        process = await asyncio.create_subprocess_exec(
            python, "-I", "-c", _ASK,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        return None
    output, _ = await process.communicate()
    if process.returncode != 0:
        return None
    try:
        answer: Mapping[str, object] = json.loads(output)
    except ValueError:  # a wrapper, or a `sitecustomize`, that has something to say of its own
        return None
    return answer
