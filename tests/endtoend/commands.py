"""The `wheelyard` command as people run it: a process of its own, on a machine with no settings."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tools import clean_environment

WHEELYARD = Path(sys.executable).with_name("wheelyard")
_LONGEST = 120  # seconds


def start(
    home: Path, arguments: Sequence[str | Path], *, errors: int | IO[str] = subprocess.PIPE
) -> subprocess.Popen[str]:
    """Start `wheelyard` with these arguments; `home` is its user's."""
    return start_command(home, [WHEELYARD, *arguments], errors=errors)


def start_command(
    home: Path, command: Sequence[str | Path], *, errors: int | IO[str] = subprocess.PIPE
) -> subprocess.Popen[str]:
    """Start any command as `start` does: in a session of its own, where nothing is left behind."""
    temporary = home / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(
        command,
        env=clean_environment(home, TMPDIR=str(temporary)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        start_new_session=True,
    )


def run(
    home: Path, arguments: Sequence[str | Path], *, expected: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run `wheelyard` to its end, which has to be this exit code."""
    with start(home, arguments) as process:
        try:
            output, errors = process.communicate(timeout=_LONGEST)
        except BaseException:
            process.kill()
            raise
    assert process.returncode == expected, f"exit code {process.returncode}\n{output}{errors}"
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


class Serving:
    """`wheelyard serve` over a yard, until the end of the `with` block."""

    def __init__(self, home: Path, yard: Path, *, host: str = "127.0.0.1") -> None:
        self.host = host
        self._process = start(
            home,
            ["serve", "--yard", yard, "--host", host, "--port", "0"],
            errors=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        self._output = self._process.stdout
        self.url = self._output.readline().removeprefix("serving ").strip()

    def __enter__(self) -> Self:
        assert self.url.startswith("http://"), "the server does not start"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        finally:
            self._process.kill()
            self._process.wait()
            self._output.close()


def wait_until(is_so: Callable[[], bool], *, seconds: float = 20) -> None:
    """Wait for something to become so; raises AssertionError if it does not."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.01)
