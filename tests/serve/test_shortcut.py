"""The short way through granian, with the granian that is installed."""

import asyncio
import contextlib
import http.client
import socket
from collections.abc import Callable

from serve.small_yard import SmallYard
from tools import fall_short
from wheelyard.serve.answers import Answer, Scope, text
from wheelyard.serve.app import AppSettings, YardApp
from wheelyard.serve.hosting import host
from wheelyard.serve.shortcut import AtOnce


class Watched(YardApp):
    """Notes which way its answers went."""

    def __init__(self, yard: SmallYard, shortcut: AtOnce | None = None) -> None:
        super().__init__(yard.root, AppSettings())
        self.shortcut = shortcut or super().at_once
        self.short = 0

    def at_once(self, scope: Scope) -> Answer | None:
        answer = self.shortcut(scope)
        self.short += answer is not None
        return answer


def test_what_is_prepared_takes_the_short_way(yard: SmallYard) -> None:
    """If a new granian fails this, `serve/shortcut.py` has to find its scheduler's new place."""
    app = Watched(yard)
    _ask(app, ["/simple/tinylib/"] * 5)
    assert app.short == 4, "the first request prepares the page"


def test_small_files_that_were_checked_take_the_short_way(yard: SmallYard) -> None:
    app = Watched(yard)
    path = f"/{yard.paths['tinylib-1.0-py3-none-any.whl']}"
    bodies = _ask(app, [path] * 5)
    assert set(bodies) == {yard.bodies["tinylib-1.0-py3-none-any.whl"]}
    if app.short == 0:
        fall_short("needs a file system that tells what is in memory; tmpfs does not")
    assert app.short == 4, "the first request checks the file"


def test_an_error_in_the_short_way_leaves_the_long_one(yard: SmallYard) -> None:
    def fail(_: Scope) -> Answer | None:
        raise RuntimeError

    app = Watched(yard, fail)
    assert b"tinylib" in _ask(app, ["/simple/tinylib/"])[0]


def test_the_short_way_is_left_behind_by_its_server(yard: SmallYard) -> None:
    first = Watched(yard, lambda _: text(200, "first"))
    second = Watched(yard)
    assert _ask(first, ["/simple/tinylib/"]) == [b"first\n"]
    assert b"tinylib" in _ask(second, ["/simple/tinylib/"])[0]


def _ask(app: YardApp, paths: list[str]) -> list[bytes]:
    """The bodies of the answers, asked for one after the other over one connection."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as sock:
        port = sock.getsockname()[1]
        return asyncio.run(_while_serving(app, sock, lambda: _fetch(port, paths)))


async def _while_serving(
    app: YardApp, sock: socket.socket, work: Callable[[], list[bytes]]
) -> list[bytes]:
    ready, stop = asyncio.Event(), asyncio.Event()
    serving = asyncio.ensure_future(host(sock, app, None, ready.set, stop))
    await ready.wait()
    try:
        return await asyncio.to_thread(work)
    finally:
        stop.set()
        await serving


def _fetch(port: int, paths: list[str]) -> list[bytes]:
    bodies = []
    with contextlib.closing(
        http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    ) as connection:
        for path in paths:
            connection.request("GET", path)
            bodies.append(connection.getresponse().read())
    return bodies
