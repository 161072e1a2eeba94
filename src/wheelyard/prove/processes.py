"""Installers as processes: nothing of the user's in their environment, and few at once."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Where programs and their libraries are, and where to put what is temporary.
_KEPT = ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "SYSTEMROOT")

_IN_MEMORY = "/dev/shm"  # noqa: S108 - what is made there has a name of its own


@dataclass(frozen=True, slots=True)
class Ended:
    """What a process said, and its exit status."""

    status: int
    output: str
    error: str


class Processes:
    """Runs installers, as many at once as `at_once`: by default one for each core."""

    def __init__(self, at_once: int | None = None) -> None:
        self.at_once = at_once or available_cores()
        self._turns = asyncio.Semaphore(self.at_once)

    async def run(
        self,
        command: Sequence[str],
        folder: Path,
        settings: Mapping[str, str],
        *,
        given: str = "",
        until: Sequence[asyncio.Future[Exception]] = (),
    ) -> Ended:
        """Run a command in a folder of its own, which is its home.

        `settings` are its environment variables, and `given` is what it reads. As soon as one of
        the futures in `until` is done the process is ended, and the exception is raised.
        """
        async with self._turns:
            running = asyncio.ensure_future(_run(command, folder, settings, given))
            ends: list[asyncio.Future[Any]] = [running, *until]
            try:
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                for failure in until:
                    if failure.done():
                        raise failure.result()
                return running.result()
            finally:
                running.cancel()
                await asyncio.wait([running])


def memory_folder() -> str | None:
    """A folder whose files take no disk, for small ones; None: where temporary files are anyway."""
    return _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK | os.X_OK) else None


def available_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


async def _run(
    command: Sequence[str], folder: Path, settings: Mapping[str, str], given: str
) -> Ended:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**_clean_environment(folder), **settings},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, error = await process.communicate(given.encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ended(
        process.returncode or 0, output.decode(errors="replace"), error.decode(errors="replace")
    )


def _clean_environment(home: Path) -> dict[str, str]:
    # An index, a proxy, a constraint or a password of the user's would make a false answer. What is
    # to be cleared changes with every release of an installer, what is to be kept does not.
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    folders = {name: str(home / "settings") for name in ("XDG_CONFIG_HOME", "XDG_CONFIG_DIRS")}
    return {**kept, **folders, "HOME": str(home), "LANG": "C.UTF-8", "NO_PROXY": "*"}
