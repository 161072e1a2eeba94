"""Several workers: one process each, that ends when its parent does, however the parent ends.

A worker is this module run as a program. It inherits the listening socket, reads its job as one
line of JSON from standard input, writes a line when it is ready, and stops when standard input
ends: that is when the parent closes it, and also when the parent is killed.
"""

import asyncio
import logging
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from wheelyard.model.errors import WheelyardError
from wheelyard.serve.app import AppSettings, YardApp
from wheelyard.serve.hosting import GRACE, host, stop_on_signals
from wheelyard.serve.tls import TlsFiles

_READY = b"ready\n"
_PAUSE = 1.0  # seconds before a worker that died is started again
_PATIENCE = GRACE + 1.0  # seconds until a worker that should end is killed

_log = logging.getLogger(__name__)
_End = TypeVar("_End")


class WorkerFailed(WheelyardError):
    """A worker process ended before it could serve."""

    hint = "its own message is above; try `--workers 1`"

    def __init__(self, exit_code: int | None) -> None:
        self.exit_code = exit_code
        super().__init__(f"a worker ended with exit code {exit_code} before it was ready")


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker has to do."""

    root: Path  # absolute
    answers: AppSettings
    tls: TlsFiles | None


async def supervise(
    sock: socket.socket, job: Job, workers: int, on_ready: Callable[[], None]
) -> None:
    """Keep `workers` processes serving until SIGINT or SIGTERM; one that dies is replaced.

    Raises WorkerFailed if one of the first ones ends before it is ready.
    """
    with stop_on_signals() as stop:
        running = [await _start(sock, job) for _ in range(workers)]
        keepers: list[asyncio.Task[None]] = []
        try:
            for process in running:
                await _until_ready(process)
            keepers += [
                asyncio.ensure_future(_keep(running, place, sock, job)) for place in range(workers)
            ]
            on_ready()
            await stop.wait()
        finally:
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)
            await asyncio.gather(*map(_end, running))


async def _keep(running: list[Process], place: int, sock: socket.socket, job: Job) -> None:
    while True:
        exit_code = await running[place].wait()
        _log.error("a worker ended with exit code %s; another one takes its place", exit_code)
        await asyncio.sleep(_PAUSE)
        running[place] = await _start(sock, job)


async def _start(sock: socket.socket, job: Job) -> Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # a file in the current folder must not stand in for a module
        "-m",
        "wheelyard.serve.workers",
        str(sock.fileno()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        pass_fds=[sock.fileno()],
        start_new_session=True,  # Ctrl+C is for the parent, which then ends its workers
    )
    _pipe(process.stdin).write(msgspec.json.encode(job, enc_hook=str) + b"\n")
    return process


async def _until_ready(process: Process) -> None:
    if await _pipe(process.stdout).readline() != _READY:
        raise WorkerFailed(await process.wait())


async def _end(process: Process) -> None:
    _pipe(process.stdin).close()
    try:
        await asyncio.wait_for(process.wait(), _PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()


def _pipe(end: _End | None) -> _End:
    assert end is not None  # noqa: S101 - both are pipes
    return end


def main() -> None:
    """Be a worker on the socket whose file descriptor is the only argument."""
    sock = socket.socket(fileno=int(sys.argv[1]))
    job = msgspec.json.decode(
        sys.stdin.buffer.readline(), type=Job, dec_hook=lambda kind, value: kind(value)
    )
    asyncio.run(_work(sock, job))


async def _work(sock: socket.socket, job: Job) -> None:
    with stop_on_signals() as stop:
        # Nothing more comes from the parent, so what can be read is the end.
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), stop.set)
        await host(sock, YardApp(job.root, job.answers), job.tls, _tell_ready, stop)


def _tell_ready() -> None:
    sys.stdout.buffer.write(_READY)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
