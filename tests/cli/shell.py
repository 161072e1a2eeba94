"""The `wheelyard` command as people run it: a process of its own, beside a small world."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tools import clean_environment
from world import World

WHEELYARD = Path(sys.executable).with_name("wheelyard")
_LONGEST = 60  # seconds


@dataclass(frozen=True)
class Done:
    """What a command printed, and how it ended."""

    code: int
    output: str
    errors: str


@dataclass
class Shell:
    """Runs commands in `folder`, on a machine with no settings but the world as its upstream."""

    world: World
    folder: Path
    proves: bool = False  # real installers take seconds, and are the subject of few tests

    def command(self, *arguments: str | Path) -> list[str | Path]:
        """The command line of `wheelyard` with these arguments."""
        leaves_out = not self.proves and arguments[0] in ("mirror", "up")
        left_out = ["--no-prove"] if leaves_out and "--build-wheels" not in arguments else []
        return [WHEELYARD, *arguments, *left_out]

    def environment(self, **extra: str) -> dict[str, str]:
        """The environment of a command; `extra` beats all."""
        settings = {"WHEELYARD_UPSTREAM": self.world.simple_url, **extra}
        return clean_environment(self.folder / "home", **settings)

    def run(self, *arguments: str | Path, environment: Mapping[str, str] | None = None) -> Done:
        """Run `wheelyard` to its end."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment(**(environment or {})),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LONGEST,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def running(
        self,
        *arguments: str | Path,
        stdout: int | IO[str] = subprocess.PIPE,
        stderr: int | IO[str] = subprocess.PIPE,
    ) -> Iterator[subprocess.Popen[str]]:
        """`wheelyard` at work; it is killed at the end of the block if it still is."""
        process = subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            text=True,
        )
        with process:
            try:
                yield process
            finally:
                process.kill()

    @property
    def yard(self) -> Path:
        """The yard of commands that name no other."""
        return self.folder / "wheelyard-yard"

    def files(self) -> dict[str, tuple[int, int]]:
        """Everything in the yard: path -> time stamp and size."""
        return {
            str(path.relative_to(self.folder)): (path.stat().st_mtime_ns, path.stat().st_size)
            for path in sorted(self.yard.rglob("*"))
            if path.is_file()
        }


def write_config(folder: Path, text: str) -> Path:
    """A configuration file in the folder."""
    path = folder / "wheelyard.toml"
    path.write_text(text)
    return path
