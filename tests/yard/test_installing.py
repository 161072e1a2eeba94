"""A yard's `web/` behind a plain static server is an index that real installers install from."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from uv import find_uv_bin

from wheelyard.yard.files import add_files
from wheelyard.yard.pages import publish_projects, publish_root
from wheelyard.yard.yard import YardWriter
from yard.arrivals import sdist_arrival, wheel_arrival


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def index_url(yard: YardWriter) -> Iterator[str]:
    """A filled yard behind the server of the standard library."""
    arrivals = [
        wheel_arrival(
            yard.layout, "Tiny.Lib", "1.0", requires=["otherlib>=2 ; python_version>'3'"]
        ),
        wheel_arrival(yard.layout, "otherlib", "2.0+local.1"),
        wheel_arrival(yard.layout, "otherlib", "3.0", requires_python=">=4"),
        sdist_arrival(yard.layout, "builtlib", "1.0"),
    ]
    add_files(yard, arrivals)
    publish_projects(yard, [one.project for one in arrivals])
    publish_root(yard)
    with _served(yard.layout.web) as url:
        yield f"{url}/simple/"


@pytest.mark.installer
def test_pip_installs_from_a_static_server(
    index_url: str, clean_env: dict[str, str], tmp_path: Path
) -> None:
    site = tmp_path / "site"
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--index-url",
        index_url,
        "--target",
        str(site),
    ]
    subprocess.run([*command, "tiny.lib", "builtlib"], env=clean_env, check=True)
    assert _installed(site) == ["builtlib.py", "otherlib.py", "tiny_lib.py"]


@pytest.mark.installer
def test_uv_installs_from_a_static_server(
    index_url: str, clean_env: dict[str, str], tmp_path: Path
) -> None:
    site = tmp_path / "site"
    command = [find_uv_bin(), "pip", "install", "--index-url", index_url, "--target", str(site)]
    python = ["--python", sys.executable]
    subprocess.run([*command, *python, "tiny.lib", "builtlib"], env=clean_env, check=True)
    assert _installed(site) == ["builtlib.py", "otherlib.py", "tiny_lib.py"]


def _installed(site: Path) -> list[str]:
    return sorted(path.name for path in site.glob("*.py"))


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    handler = partial(QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
