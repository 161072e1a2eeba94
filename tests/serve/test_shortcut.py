"""The short way through granian, with the granian that is installed."""

import asyncio
import contextlib
import http.client
import logging
import socket
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from granian import _futures

from serve.small_yard import SmallYard
from tools import fall_short
from wheelyard.serve.answers import Answer, Scope, text
from wheelyard.serve.app import AppSettings, YardApp
from wheelyard.serve.hosting import host
from wheelyard.serve.shortcut import AtOnce, Shortcut, answering_at_once


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


def test_an_answer_that_granian_does_not_take_ends_one_request_and_the_short_way(
    yard: SmallYard, caplog: pytest.LogCaptureFixture
) -> None:
    app = Watched(yard, lambda _: Answer({"type": "no such message"}))
    bodies = _ask(app, ["/simple/tinylib/"] * 3)
    assert b"tinylib" not in bodies[0]
    assert all(b"tinylib" in body for body in bodies[1:])
    assert app.short == 1
    assert [record.getMessage() for record in caplog.records if record.exc_info] == [
        "an answer could not be sent at once; from now on none is"
    ]


@pytest.mark.parametrize("missing", ["scope", "proto", "done", "err"])
def test_a_granian_without_one_of_the_names_goes_the_long_way(
    missing: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    watcher = SimpleNamespace(scope={}, proto=None, done=None, err=None)
    delattr(watcher, missing)
    scheduled: list[Any] = []
    shortcut = Shortcut(lambda _: text(200, "short"), scheduled.append)
    shortcut(watcher)
    shortcut(watcher)
    assert scheduled == [watcher, watcher]
    assert caplog.messages == [f"answers take the long way: this granian has no `{missing}`"]


def test_a_granian_that_schedules_elsewhere_is_left_as_it_is(
    yard: SmallYard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    name = "_cbsched_aioschedule"
    monkeypatch.delattr(_futures, name)
    with answering_at_once(YardApp(yard.root, AppSettings()).at_once):
        assert not hasattr(_futures, name)
    assert caplog.messages == [f"answers take the long way: this granian has no `{name}`"]


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
