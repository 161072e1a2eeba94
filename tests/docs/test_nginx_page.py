"""The nginx configuration of docs/serving.md, in a real nginx over a small tree."""

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest

from documents import document
from examples import blocks
from tools import clean_environment, require_tool
from world import make_wheel, wheel_filename

_JSON = "application/vnd.pypi.simple.v1+json"
_HTML = "application/vnd.pypi.simple.v1+html"
_WHEEL = make_wheel("tinylib", "1.0")
_WHEEL_NAME = wheel_filename("tinylib", "1.0")

# Everything that nginx would write goes below `-p`; it runs in the foreground as one process.
_AROUND = """
daemon off;
pid nginx.pid;
error_log stderr;
events {{ }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    {block}
}}
"""


def _make_tree(web: Path) -> str:
    """A yard's `web/` with one project; returns the path of its only file."""
    digest = hashlib.blake2b(_WHEEL, digest_size=32).hexdigest()
    path = f"packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{_WHEEL_NAME}"
    sha256 = hashlib.sha256(_WHEEL).hexdigest()
    html = f'<!DOCTYPE html><a href="../../{path}#sha256={sha256}">{_WHEEL_NAME}</a>'
    file = {"filename": _WHEEL_NAME, "url": f"../../{path}", "hashes": {"sha256": sha256}}
    page = {"meta": {"api-version": "1.0"}, "name": "tinylib", "files": [file]}
    project = web / "simple" / "tinylib"
    project.mkdir(parents=True)
    (project / "index.html").write_text(html)
    (project / "index.v1_html").write_text(html)
    (project / "index.v1_json").write_text(json.dumps(page))
    (web / path).parent.mkdir(parents=True)
    (web / path).write_bytes(_WHEEL)
    return path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a running nginx, and the path of the file that it serves."""
    nginx = require_tool("nginx")
    folder = tmp_path_factory.mktemp("nginx")
    path = _make_tree(folder / "web")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (block,) = blocks(document("docs/serving.md"), "nginx")
    body = block.body.replace("listen 8080;", f"listen 127.0.0.1:{port};")
    body = body.replace("/srv/wheelyard/web", str(folder / "web"))
    assert str(port) in body
    assert str(folder) in body
    user = f"user {'root' if os.geteuid() == 0 else 'nobody'};"  # else it cannot read our folder
    (folder / "nginx.conf").write_text(user + _AROUND.format(block=body))
    with subprocess.Popen([nginx, "-p", folder, "-c", "nginx.conf", "-e", "stderr"]) as process:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}", path
        process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        assert process.poll() is None, "nginx refuses the configuration"
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("nginx does not listen")


def _get(url: str, **headers: str) -> tuple[int, Message, bytes]:
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request) as answer:
        return answer.status, answer.headers, answer.read()


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", "text/html; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
        ("text/html", "text/html; charset=utf-8"),
        (_JSON, _JSON),
        (_HTML, _HTML),
        ("application/vnd.pypi.simple.latest+json", _JSON),
        (f"{_JSON}, {_HTML}; q=0.1, text/html; q=0.01", _JSON),  # pip
        (f"{_JSON}, {_HTML};q=0.2, text/html;q=0.01", _JSON),  # uv
    ],
)
def test_pages_come_in_the_form_that_was_asked_for(
    served: tuple[str, str], accept: str, content_type: str
) -> None:
    url, _ = served
    _, headers, body = _get(f"{url}/simple/tinylib/", Accept=accept)
    assert headers["Content-Type"] == content_type
    assert headers["Vary"] == "Accept"
    assert body.startswith(b"{") == (content_type == _JSON)


def test_a_page_without_its_slash_is_redirected_to_it(served: tuple[str, str]) -> None:
    url, _ = served
    assert _get(f"{url}/simple/tinylib")[2] == _get(f"{url}/simple/tinylib/")[2]


def test_a_missing_project_is_not_found_in_any_form(served: tuple[str, str]) -> None:
    url, _ = served
    with pytest.raises(urllib.error.HTTPError) as caught:
        _get(f"{url}/simple/nosuch/", Accept=_JSON)
    assert (caught.value.code, caught.value.headers["Vary"]) == (404, "Accept")
    caught.value.close()


def test_files_come_whole_or_in_parts_and_stay_cached(served: tuple[str, str]) -> None:
    url, path = served
    _, headers, body = _get(f"{url}/{path}", **{"Accept-Encoding": "gzip"})
    assert body == _WHEEL
    assert headers["Content-Encoding"] is None
    assert "immutable" in headers["Cache-Control"]
    status, headers, body = _get(f"{url}/{path}", Range="bytes=-22")
    assert (status, body) == (206, _WHEEL[-22:])


def test_a_page_that_did_not_change_is_not_sent_again(served: tuple[str, str]) -> None:
    url, _ = served
    _, headers, _ = _get(f"{url}/simple/tinylib/", Accept=_JSON)
    with pytest.raises(urllib.error.HTTPError) as caught:
        _get(f"{url}/simple/tinylib/", Accept=_JSON, **{"If-None-Match": headers["ETag"]})
    assert caught.value.code == 304
    caught.value.close()


@pytest.mark.installer
@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_installers_install_through_nginx(
    served: tuple[str, str], installer: str, tmp_path: Path
) -> None:
    url, _ = served
    commands: dict[str, list[str | Path]] = {
        "pip": [sys.executable, "-m", "pip", "install", "--index-url"],
        "uv": [Path(sys.executable).parent / "uv", "pip", "install", "--default-index"],
    }
    done = subprocess.run(
        [*commands[installer], f"{url}/simple/", "--target", tmp_path / "target", "tinylib"],
        env=clean_environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "target" / "tinylib.py").is_file()
