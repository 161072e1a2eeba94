"""Throw-away virtual environments in a network that is cut off, and what is installed into them."""

import asyncio
import itertools
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import distributions
from pathlib import Path

from packaging.version import InvalidVersion, Version

from wheelyard.model.errors import WheelyardError
from wheelyard.model.names import InvalidProjectName, ProjectName, parse_project_name
from wheelyard.prove.cut_off import CutOff, Done
from wheelyard.prove.interpreters import LocalPython


class NoEnvironment(WheelyardError):
    """A virtual environment could not be made; that says nothing of the yard."""

    def __init__(self, python: LocalPython, output: str) -> None:
        self.python, self.output = python, output
        super().__init__(f"{python.executable} makes no virtual environment: {last_lines(output)}")


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment of a user of its own, who has no settings and empty caches."""

    home: Path
    network: CutOff

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.home / "environment" / "bin" / "python"

    async def run(self, *command: str | Path) -> Done:
        """Run a command as its user."""
        return await self.network.run(command, self.home)

    def write(self, name: str, lines: Sequence[str]) -> Path:
        """A file of its user with these lines."""
        path = self.home / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    def installed(self) -> Mapping[ProjectName, Version]:
        """The projects that are installed in it, and their versions."""
        folders = (self.home / "environment").glob("lib/python3*/site-packages")
        found = distributions(path=[str(folder) for folder in folders])
        return dict(_named((one.metadata["Name"], one.version) for one in found))


@dataclass(frozen=True, slots=True)
class Environments:
    """Makes environments; they go with the network's folder."""

    network: CutOff
    uv: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)
    with_pips: dict[Path, Environment] = field(default_factory=dict)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)  # to make one of `with_pips`

    async def with_pip(self, python: LocalPython) -> Environment:
        """A fresh one with the pip that this Python brings along. Raises NoEnvironment."""
        async with self.turn:
            first = self.with_pips.get(python.executable)
            if first is None:
                first = await self._make(python, python.executable, "-I", "-m", "venv")
                self.with_pips[python.executable] = first
        fresh = self._next()
        # A copy is as good as a new one, and ready in a tenth of the time.
        await asyncio.to_thread(
            shutil.copytree, first.python.parents[1], fresh.python.parents[1], symlinks=True
        )
        return fresh

    async def bare(self, python: LocalPython) -> Environment:
        """A fresh one with nothing in it, as uv makes them. Raises NoEnvironment."""
        return await self._make(python, self.uv, "venv", "--quiet", "--python", python.executable)

    async def _make(self, python: LocalPython, *command: str | Path) -> Environment:
        environment = self._next()
        done = await environment.run(*command, environment.python.parents[1])
        if done.status != 0:
            raise NoEnvironment(python, done.output)
        return environment

    def _next(self) -> Environment:
        return Environment(self.network.folder / f"home-{next(self.numbers)}", self.network)


def last_lines(output: str, count: int = 12) -> str:
    """The end of what a command printed, where the reason of a failure stands."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    return "\n".join(lines[-count:])


def _named(found: Iterator[tuple[str, str]]) -> Iterator[tuple[ProjectName, Version]]:
    for name, version in found:
        try:
            yield parse_project_name(name), Version(version)
        except (InvalidProjectName, InvalidVersion):
            continue
