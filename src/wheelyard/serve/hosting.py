"""One process with granian in it: from a listening socket to a clean end."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from typing import Any

import granian.net
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.server.embed import Server

from wheelyard.model.errors import WheelyardError
from wheelyard.serve.app import YardApp
from wheelyard.serve.shortcut import answering_at_once
from wheelyard.serve.sockets import BACKLOG
from wheelyard.serve.tls import TlsFiles

GRACE = 1  # seconds that answers under way get to end

_READER_THREADS = 16  # of granian's, for files; each holds some memory
# granian starts without waiting for anything: its main task, then its worker's, and back again if
# that one fails. This is more turns of the event loop than that takes.
_STARTING_TURNS = 10


class GranianUnsupported(WheelyardError):
    """This granian does not take our socket, so it would listen somewhere else."""

    hint = "install wheelyard again, and with it the release of granian that it asks for"

    def __init__(self) -> None:
        self.version = version("granian")
        super().__init__(f"granian {self.version} cannot serve on a socket that is open already")


class _SocketServer(Server):
    """granian's embedded server, on a socket that is open already."""

    def __init__(self, sock: socket.socket, app: YardApp, tls: TlsFiles | None) -> None:
        super().__init__(
            app,
            interface=Interfaces.ASGINL,
            http=HTTPModes.auto if tls else HTTPModes.http1,
            websockets=False,
            backlog=BACKLOG,
            runtime_blocking_threads=_READER_THREADS,
            log_enabled=False,
            ssl_cert=tls.cert if tls else None,
            ssl_key=tls.key if tls else None,
            ssl_protocol_min=SSLProtocols.tls12,
        )
        self.workers_kill_timeout = GRACE
        self.took_socket = False
        self._sock = sock

    def _init_shared_socket(self) -> None:
        # Not for others to override: should granian call it something else one day, it would
        # listen on its own default address. `took_socket` tells that this was called.
        # granian's types know neither the class's arguments nor that the attribute is ever set.
        holder: Any = granian.net.SocketHolder  # type: ignore[attr-defined]
        self._shd = holder(self._sock.detach(), False, BACKLOG)
        self.took_socket = True


async def host(
    sock: socket.socket,
    app: YardApp,
    tls: TlsFiles | None,
    on_ready: Callable[[], None],
    stop: asyncio.Event,
) -> None:
    """Serve on a listening socket until `stop` is set, then end within GRACE or little more.

    From `on_ready` on, a connection is answered at once; those that came before waited. Raises
    GranianUnsupported, and what granian raises when it cannot start, without calling `on_ready`.
    """
    server = _SocketServer(sock, app, tls)
    with answering_at_once(app.at_once):
        running = asyncio.ensure_future(server.serve())
        stopping = asyncio.ensure_future(stop.wait())
        try:
            await _until_started(server, running)
            on_ready()
            await asyncio.wait((running, stopping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            server.stop()  # type: ignore[no-untyped-call]
            await asyncio.gather(running, return_exceptions=True)
        # Answers that did not end in time are given up.
        with suppress(TimeoutError):
            running.result()


async def _until_started(server: _SocketServer, running: "asyncio.Task[None]") -> None:
    for _ in range(_STARTING_TURNS):
        await asyncio.sleep(0)
    if running.done():
        running.result()
    if not server.took_socket:
        raise GranianUnsupported


@contextmanager
def stop_on_signals() -> Iterator[asyncio.Event]:
    """An event that SIGINT and SIGTERM set, instead of what they did before."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
