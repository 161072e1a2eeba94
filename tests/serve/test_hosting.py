"""What is made of a granian that does not start, or not as this server needs it."""

import asyncio
import contextlib
import socket
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from granian.net import SocketSpec  # type: ignore[attr-defined]
from granian.server.embed import Server
from packaging.requirements import Requirement

from wheelyard.serve.app import AppSettings, YardApp
from wheelyard.serve.hosting import GranianUnsupported, host


class Refused(Exception):
    """Raised where a test wants it."""


def test_only_the_series_of_granian_is_asked_for_that_is_tested_here() -> None:
    """What this server overrides may change in any minor release."""
    project = Path(__file__).parents[2] / "pyproject.toml"
    listed = map(Requirement, tomllib.loads(project.read_text())["project"]["dependencies"])
    (granian,) = (one.specifier for one in listed if one.name == "granian")
    major, minor, *_ = version("granian").split(".")
    assert version("granian") in granian
    assert f"{major}.{int(minor) + 1}.0" not in granian
    assert f"{major}.{int(minor) - 1}.99" not in granian


def test_a_granian_that_listens_elsewhere_is_an_error_and_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If it names differently what this server overrides, it opens a socket of its own."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        elsewhere = probe.getsockname()[1]

    def startup(server: Any, target: Any, loader: Any) -> None:
        server._ssp = SocketSpec("127.0.0.1", elsewhere, 16)
        server._spawn_workers(target, loader)

    monkeypatch.setattr(Server, "startup", startup)
    ready: list[bool] = []
    with pytest.raises(GranianUnsupported) as caught:
        _host(tmp_path, ready)
    assert not ready
    assert str(caught.value).startswith(f"granian {caught.value.version} cannot serve")
    assert caught.value.hint
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", elsewhere), timeout=5)


@pytest.mark.parametrize("place", ["startup", "_spawn_asgi_worker"])
def test_a_granian_that_cannot_start_is_an_error_and_not_ready(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail_in_a_task(*_: object) -> None:
        raise Refused

    def fail(*_: object) -> None:
        raise Refused

    monkeypatch.setattr(Server, place, fail if place == "startup" else staticmethod(fail_in_a_task))
    ready: list[bool] = []
    with pytest.raises(Refused):
        _host(tmp_path, ready)
    assert not ready


def test_what_on_ready_raises_ends_the_server_and_is_raised(tmp_path: Path) -> None:
    def fail() -> None:
        raise Refused

    with pytest.raises(Refused):
        _host(tmp_path, [], fail)


def _host(root: Path, ready: list[bool], on_ready: Any = None) -> None:
    async def serve(sock: socket.socket) -> None:
        app = YardApp(root, AppSettings())
        note = on_ready or (lambda: ready.append(True))
        await asyncio.wait_for(host(sock, app, None, note, asyncio.Event()), 10)

    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as sock:
        asyncio.run(serve(sock))
