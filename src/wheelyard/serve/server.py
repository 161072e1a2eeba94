"""Serving a yard: in this process with one worker, in one process per worker otherwise.

All workers take connections from the one socket that this process opened.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from wheelyard.model.errors import InvalidInput
from wheelyard.serve.app import AppSettings, YardApp
from wheelyard.serve.hosting import host, stop_on_signals
from wheelyard.serve.sockets import base_url, listen
from wheelyard.serve.tls import tls_files
from wheelyard.serve.workers import Job, supervise
from wheelyard.yard.errors import YardMissing
from wheelyard.yard.layout import Layout


class InvalidWorkers(InvalidInput):
    """The number of workers is none that can run."""

    hint = "one worker per processor core is the most that is of use"

    def __init__(self, workers: int) -> None:
        self.workers = workers
        super().__init__(f"{workers} workers cannot serve; give `--workers` a number from 1 on")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """Where and how to serve."""

    host: str = "127.0.0.1"
    port: int = 8080  # 0: any free one
    workers: int = 1
    tls_cert: Path | None = None  # None: plain HTTP
    tls_key: Path | None = None  # None: plain HTTP
    answers: AppSettings = field(default_factory=AppSettings)


def check(settings: ServeSettings) -> None:
    """Raise what `serve` would raise of these settings at this moment, and serve nothing.

    For callers who have long work to do before they serve.
    """
    if settings.workers < 1:
        raise InvalidWorkers(settings.workers)
    tls_files(settings.tls_cert, settings.tls_key)
    listen(settings.host, settings.port).close()


def serve(root: Path, settings: ServeSettings, on_ready: Callable[[str], None]) -> None:
    """Serve the yard at `root` until SIGINT or SIGTERM; run it in the main thread.

    `on_ready` is called once with the URL of the simple index, as in
    `http://127.0.0.1:8080/simple/`, when connections are taken. Raises YardMissing, PortInUse,
    PortRefused, UnknownHost, UnusableCertificate, IncompleteTls, InvalidWorkers or WorkerFailed.
    """
    if not Layout(root).web.is_dir():
        raise YardMissing(root)
    if settings.workers < 1:
        raise InvalidWorkers(settings.workers)
    tls = tls_files(settings.tls_cert, settings.tls_key)
    with closing(listen(settings.host, settings.port)) as sock:
        url = f"{base_url(sock, settings.host, is_tls=tls is not None)}simple/"
        job = Job(root.absolute(), settings.answers, tls)
        if settings.workers == 1:
            asyncio.run(_serve_here(sock, job, lambda: on_ready(url)))
        else:
            asyncio.run(supervise(sock, job, settings.workers, lambda: on_ready(url)))


async def _serve_here(sock: socket.socket, job: Job, on_ready: Callable[[], None]) -> None:
    with stop_on_signals() as stop:
        await host(sock, YardApp(job.root, job.answers), job.tls, on_ready, stop)
