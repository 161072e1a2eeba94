"""An installed environment as requirements: what a Python says of its own distributions."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from packaging.requirements import InvalidRequirement, Requirement

from wheelyard.cli.inputs import Inputs
from wheelyard.model.errors import InvalidInput, WheelyardError
from wheelyard.model.names import ProjectName, parse_project_name
from wheelyard.model.pythons import PythonInterval
from wheelyard.model.requirements import parse_requirement
from wheelyard.model.targets import PythonBuild
from wheelyard.wire.places import outside
from wheelyard.wire.requirements_txt import Wanted

# What `python -m venv` and virtualenv put there by themselves. They are left out, as `pip freeze`
# leaves them out, unless something else that is installed requires them.
_BOOTSTRAP = frozenset({"pip", "setuptools", "wheel", "distribute"})
_LONGEST = 60  # seconds; a cold disk of a small board included
_WHERE_PYTHONS_ARE = ("bin/python", "bin/python3", "Scripts/python.exe", "python.exe")

# It runs in Pythons as old as there are people who still have them.
_SCRIPT = """
import json, sys, sysconfig
from importlib.metadata import distributions
found = [
    {"name": item.metadata["Name"], "version": item.version, "requires": item.requires or [],
     "direct_url": json.loads(item.read_text("direct_url.json") or "null")}
    for item in distributions()
]
free = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
print(json.dumps({"python": list(sys.version_info[:2]), "free_threaded": free, "found": found}))
"""


class UnreadableEnvironment(InvalidInput):
    """`--from-environment` names no Python that tells what it has."""

    hint = "name a Python, or the folder of a virtual environment"

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(f"`{path}` does not tell what is installed: {reason}")


class _Distribution(msgspec.Struct, frozen=True):
    name: str | None
    version: str | None
    requires: tuple[str, ...]
    direct_url: dict[str, Any] | None


class _Told(msgspec.Struct, frozen=True):
    python: tuple[int, int]
    free_threaded: bool
    found: tuple[_Distribution, ...]


@dataclass(frozen=True, slots=True)
class Environment:
    """What one Python has installed."""

    path: Path
    python: PythonBuild
    distributions: tuple[_Distribution, ...]

    def add_to(self, inputs: Inputs) -> None:
        """Add each distribution with its version; those of direct URLs lie outside."""
        where = str(self.path)
        for distribution in self._wanted():
            name, version = distribution.name or "", distribution.version or ""
            if distribution.direct_url is not None:
                place = _place(distribution.direct_url)
                text = f"{name} @ {place}"
                inputs.outside.append(outside(place, where, text=text, name=name))
            else:
                requirement = parse_requirement(f"{name}=={version}")
                inputs.requirements.append(Wanted(requirement, frozenset(), where))

    def _wanted(self) -> Iterator[_Distribution]:
        required = {
            name
            for distribution in self.distributions
            if (project := _project(distribution.name)) not in _BOOTSTRAP
            for name in _required(distribution)
            if name != project
        }
        told: set[ProjectName | None] = {None}  # broken ones have no name
        for distribution in self.distributions:
            project = _project(distribution.name)
            if project in told:
                continue  # what comes later on the path is hidden by what came before
            told.add(project)
            if distribution.version and (project not in _BOOTSTRAP or project in required):
                yield distribution


def read_environment(path: Path) -> Environment:
    """Ask the Python, or that of the virtual environment in a folder, what it has installed.

    It runs isolated: neither the user's site nor PYTHONPATH count. Raises UnreadableEnvironment.
    """
    try:
        done = subprocess.run(
            [_python(path), "-I", "-c", _SCRIPT],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_LONGEST,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise UnreadableEnvironment(path, reason or str(error)) from error
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["it failed"]
        raise UnreadableEnvironment(path, lines[-1])
    try:
        told = msgspec.json.decode(done.stdout, type=_Told)
    except msgspec.DecodeError as error:
        raise UnreadableEnvironment(path, "it is no Python") from error
    python = PythonBuild(PythonInterval(*told.python), told.free_threaded)
    return Environment(path, python, told.found)


def _python(path: Path) -> Path:
    if not path.is_dir():
        return path
    for name in _WHERE_PYTHONS_ARE:
        if (path / name).exists():
            return path / name
    raise UnreadableEnvironment(path, "there is no Python in this folder")


def _place(direct_url: dict[str, Any]) -> str:
    """Spec: https://packaging.python.org/en/latest/specifications/direct-url/"""
    url = str(direct_url.get("url", ""))
    repository = direct_url.get("vcs_info")
    if isinstance(repository, dict):
        return f"{repository.get('vcs')}+{url}@{repository.get('commit_id')}"
    return url


def _project(name: str | None) -> ProjectName | None:
    try:
        return parse_project_name(name or "")
    except WheelyardError:
        return None


def _required(distribution: _Distribution) -> Iterator[ProjectName]:
    for text in distribution.requires:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        # What only an extra asks for says nothing of why it is there.
        if requirement.marker is None or "extra" not in str(requirement.marker):
            yield parse_project_name(requirement.name)
