"""The Pythons of this machine, for tests that install for real."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tools import fall_short

_OLDEST = (3, 8)
_NEWEST_LOOKED_FOR = 15

# `-I`, because PYTHONPATH and the current folder may hold a module of another Python. ensurepip is
# asked for because Debian's Python lacks it until python3-venv is there.
_ASK = (
    "import ensurepip, json, sys, venv; "
    "print(json.dumps([sys.version_info[0], sys.version_info[1], sys.executable]))"
)


@cache
def local_pythons() -> dict[str, Path]:
    """Every Python of this machine that can make a virtual environment, as `"3.8"` -> its path.

    Sorted from old to new, one of each minor version from 3.8 up: pyenv's before the system's.
    """
    found: dict[tuple[int, int], Path] = {}
    for candidate in _candidates():
        answer = _ask(candidate)
        if answer is not None and answer[0] >= _OLDEST:
            found.setdefault(*answer)
    return {f"{major}.{minor}": found[major, minor] for major, minor in sorted(found)}


def require_python(version: str) -> Path:
    """The path of Python `version`, such as `"3.12"`; without it the test is skipped or fails."""
    pythons = local_pythons()
    if version not in pythons:
        fall_short(f"needs Python {version}; this machine has {', '.join(pythons)}")
    return pythons[version]


def _candidates() -> Iterator[Path]:
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob("versions/*/bin/python"), reverse=True)
    names = [f"python3.{minor}" for minor in range(_OLDEST[1], _NEWEST_LOOKED_FOR + 1)]
    for folder in os.get_exec_path():
        for name in [*names, "python3"]:
            if path := shutil.which(name, path=folder):
                yield Path(path)
    yield Path(sys.executable)


def _ask(python: Path) -> tuple[tuple[int, int], Path] | None:
    """The minor version and the true path of `python`, or None if it does not work.

    pyenv's shims stand on PATH for versions that are not switched on and then fail.
    """
    done = subprocess.run([python, "-I", "-c", _ASK], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None
    major, minor, executable = json.loads(done.stdout)
    return (major, minor), Path(executable)
