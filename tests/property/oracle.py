"""uv as it answers a user who is online: the oracle that a closed yard is held against."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from uv import find_uv_bin

from tools import clean_environment

_UV = find_uv_bin()

Pins = dict[str, str]  # project -> version

_PLATFORMS = {
    "manylinux_2_28_x86_64": "x86_64-manylinux_2_28",
    "manylinux_2_36_x86_64": "x86_64-manylinux_2_36",
    "manylinux_2_36_aarch64": "aarch64-manylinux_2_36",
    "musllinux_1_2_x86_64": "x86_64-unknown-linux-musl",
    "win_amd64": "x86_64-pc-windows-msvc",
    "macosx_14_0_arm64": "aarch64-apple-darwin",
}


class OracleFailed(Exception):
    """uv gave neither pins nor a refusal."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: requirements on one Python of one platform."""

    requirements: tuple[str, ...]
    constraints: tuple[str, ...]
    platform: str  # a wheel platform tag
    python: str  # with its patch release


@dataclass(frozen=True, slots=True)
class Oracle:
    """uv, and a folder of its own for its cache."""

    folder: Path

    def pins(self, asked: Asked, index: str) -> Pins | None:
        """What uv would install from the index at this URL; None if it finds no solution."""
        options = [
            *("--default-index", index),
            *("--python-platform", _PLATFORMS[asked.platform]),
            *("--python-version", asked.python),
            *("--python", sys.executable),  # it need not look for one
        ]
        with NamedTemporaryFile("w", dir=self.folder, suffix=".txt") as constraints:
            constraints.write("\n".join(asked.constraints))
            constraints.flush()
            options += ["--constraint", constraints.name]
            output = self._run(["compile", "-", *options, *_QUIETLY], asked.requirements)
        if output is None:
            return None
        lines = [line for line in output.splitlines() if line]
        return dict(line.partition("==")[::2] for line in lines)

    def _run(self, arguments: Sequence[str], requirements: Sequence[str]) -> str | None:
        # Without it uv takes a macOS of its own choice.
        environment = clean_environment(self.folder, MACOSX_DEPLOYMENT_TARGET="14.0")
        done = subprocess.run(
            [_UV, "pip", *arguments],
            env=environment,
            input="\n".join(requirements),
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode == 1 and "No solution found" in done.stderr:
            return None
        if done.returncode != 0:
            raise OracleFailed(f"{arguments}: {done.stderr}")
        return done.stdout


_QUIETLY = ("--no-header", "--no-annotate", "--no-python-downloads", "--color", "never")
