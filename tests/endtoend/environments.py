"""Virtual environments in a cut-off network, and what pip and uv install into them."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from endtoend.cut_off import CutOff
from pythons import local_pythons
from tools import clean_environment

UV = Path(sys.executable).with_name("uv")
PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"

_LIST = """
import json
from importlib.metadata import distributions
print(json.dumps({one.metadata["Name"]: one.version for one in distributions()}))
"""


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment whose installers reach one index and nothing else."""

    path: Path
    home: Path  # of the user, with all caches
    index: str
    network: CutOff

    def pip(self, *arguments: str | Path) -> str:
        """`pip install` by the environment's own pip; gives what it said."""
        trusted = urlsplit(self.index).hostname or ""
        options = ["--index-url", self.index, "--trusted-host", trusted]
        return self._run([self.python, "-m", "pip", "install", *options, *arguments])

    def uv(self, *arguments: str | Path) -> str:
        """`uv pip install`; gives what it said."""
        options = ["--python", str(self.python), "--index-url", self.index]
        return self._run([UV, "pip", "install", *options, *arguments])

    def compile(self, *requirements: str) -> str:
        """A requirements file with pins and hashes, by `uv pip compile`."""
        source = self.home / "requirements.in"
        source.write_text("\n".join(requirements))
        options = ["--python", str(self.python), "--index-url", self.index, "--generate-hashes"]
        return self._run([UV, "pip", "compile", "--quiet", *options, source])

    def installed(self) -> dict[str, str]:
        """The installed projects and their versions, without pip and setuptools."""
        listed: dict[str, str] = json.loads(self._run([self.python, "-I", "-c", _LIST]))
        return {
            name: version for name, version in listed.items() if name not in ("pip", "setuptools")
        }

    def pip_version(self) -> str:
        """The version of the environment's pip."""
        return self._run([self.python, "-m", "pip", "--version"]).split()[1]

    @property
    def python(self) -> Path:
        return self.path / "bin" / "python"

    def _run(self, command: Sequence[str | Path]) -> str:
        done = self.network.run(command, clean_environment(self.home, TMPDIR=str(self.home)))
        assert done.returncode == 0, done.stdout
        return done.stdout


class Environments:
    """Makes environments below one folder."""

    def __init__(self, folder: Path, network: CutOff) -> None:
        self._folder, self._network = folder, network
        self._with_pip: dict[Path, Path] = {}
        self._count = 0

    def with_pip(self, python: Path, index: str) -> Environment:
        """A fresh environment with the pip that this Python brings along."""
        if python not in self._with_pip:
            path = self._folder / f"kept {len(self._with_pip)}"
            self._make([python, "-I", "-m", "venv", path])
            self._with_pip[python] = path
        environment = self._next(index)
        # A copy is as good as a new one, and ready in a tenth of the time.
        shutil.copytree(self._with_pip[python], environment.path, symlinks=True)
        return environment

    def without_pip(self, python: Path, index: str) -> Environment:
        """A fresh environment with nothing in it, as uv makes them."""
        environment = self._next(index)
        self._make([UV, "venv", "--quiet", "--python", python, environment.path])
        return environment

    def _next(self, index: str) -> Environment:
        self._count += 1
        home = self._folder / f"home {self._count}"
        home.mkdir()
        return Environment(home / "environment", home, index, self._network)

    def _make(self, command: Sequence[str | Path]) -> None:
        subprocess.run(
            command, env=clean_environment(self._folder), check=True, capture_output=True
        )


def pythons_here() -> dict[str, Path]:
    """Those of `PYTHONS` that this machine has."""
    return {version: path for version, path in local_pythons().items() if version in PYTHONS}


def require_one(version: str) -> Path:
    """The path of one of `PYTHONS`; without it the test is skipped, also in CI.

    Which of them a machine has is its own affair: each is tested that is there.
    """
    if version not in pythons_here():
        pytest.skip(f"this machine has no Python {version}")
    return pythons_here()[version]
