"""The server beside nginx and pypiserver: one worker each, over the same files, on loopback.

The load comes from wrk with 32 connections that stay open; it is the only generator at hand that
takes less of the machine than the servers do. nginx answers with `try_files` and one fixed type,
without a look at the headers: no static server does less.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.measuring import Line, Turn, ours_over_theirs, take_turns
from bench.processes import CommandFailed, free_port, nginx, running

_JSON = "application/vnd.pypi.simple.v1+json"
_TURNS = 5
_SECONDS = 2
_CONNECTIONS = 32
_PROJECTS, _FILES = 500, 2661  # what pypiserver's folder holds
_MANY_PROJECTS = 100_000
_MEMORY_LIMIT = 80  # MB

# watchdog tells of files that are only read from 2.1 on, whereupon pypiserver throws away what it
# cached: its `cached-dir` is then as slow as `simple-dir`.
_PYPISERVER = ("pypiserver[cache]>=2.4,<3", "watchdog<2.1")

_SERVE = """
import sys
from pathlib import Path
from wheelyard.serve.server import ServeSettings, serve

serve(Path(sys.argv[1]), ServeSettings(port=int(sys.argv[2])), lambda url: None)
"""
_STATIC = """\
    root {web};
    location /simple/ {{
      default_type {type};
      try_files ${{uri}}index.v1_json =404;
    }}
"""
# Any of the projects, so that nothing is answered from what was prepared a moment ago.
_ANY_PROJECT = """
request = function()
  return wrk.format("GET", "/simple/project-" .. math.random(0, %d) .. "/")
end
"""


def measure() -> Iterator[Line]:
    """Every line of the table; pypiserver is installed into a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _beside_nginx(Path(folder) / "nginx")
        yield from _beside_pypiserver(Path(folder) / "pypiserver")
        yield _memory(Path(folder) / "memory")


def _beside_nginx(folder: Path) -> Iterator[Line]:
    yard = folder / "yard"
    works = (
        ("project page, JSON, 24 kB", _write_page(yard, 24_000), ">= 0.5"),
        ("file, 100 kB", _write_file(yard, 100_000), ">= 0.4"),
        ("file, 10 MB", _write_file(yard, 10_000_000), ">= 1"),
    )
    with nginx(folder, _STATIC.format(web=yard / "web", type=_JSON)) as peer, _ours(yard) as ours:
        for work, path, wanted in works:
            _rate(f"{ours}{path}")  # checks the file, which happens once
            turns = take_turns(
                _TURNS, partial(_rate, f"{peer}{path}"), partial(_rate, f"{ours}{path}")
            )
            yield Line(
                work=work,
                peer="nginx",
                unit="/s",
                turns=turns,
                ratio=ours_over_theirs,
                wanted=wanted,
            )


def _beside_pypiserver(folder: Path) -> Iterator[Line]:
    files = folder / "files"
    _fill_flat_folder(files)
    program = _pypiserver(folder / "venv")
    yard = folder / "yard"
    path = _write_page(yard, 24_000)
    with _ours(yard) as ours:
        for backend, wanted in (("simple-dir", ">= 1000"), ("cached-dir", ">= 60")):
            with _running_pypiserver(program, files, backend) as peer:
                slowly = partial(_rate, f"{peer}/simple/project-7/", 4)
                turns = take_turns(2, slowly, partial(_rate, f"{ours}{path}"))
            yield Line(
                work=f"project page, {_FILES:,} files in all",
                peer=f"pypiserver, {backend}",
                unit="/s",
                turns=turns,
                ratio=ours_over_theirs,
                wanted=wanted,
            )


def _memory(folder: Path) -> Line:
    """The most that one worker ever held, asked for any of 100,000 projects' pages."""
    yard = folder / "yard"
    _write_many_projects(yard)
    script = folder / "any-project.lua"
    script.write_text(_ANY_PROJECT % (_MANY_PROJECTS - 1))
    port = free_port()
    with running(_serve_command(yard, port), port) as process:
        url = f"http://127.0.0.1:{port}/simple/"
        for accept in (_JSON, "text/html"):
            _rate(url, 4, f"Accept: {accept}")
            _rate(url, 4, f"Accept: {accept}", "Accept-Encoding: gzip")
        _rate(url, _CONNECTIONS, f"Accept: {_JSON}", "Accept-Encoding: gzip", script=script)
        _rate(url, _CONNECTIONS, f"Accept: {_JSON}", script=script)
        held = _peak_memory(process)
    return Line(
        work=f"memory, {_MANY_PROJECTS:,} projects",
        peer="the limit",
        unit="MB",
        turns=(Turn(_MEMORY_LIMIT, held),),
        ratio=ours_over_theirs,
        wanted="< 1",
    )


def _rate(
    url: str, connections: int = _CONNECTIONS, *headers: str, script: Path | None = None
) -> float:
    """Answers per second. Raises CommandFailed if any is not the one that was wanted."""
    asked = headers or (f"Accept: {_JSON}, text/html;q=0.1",)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{_SECONDS}s", "--timeout", "30s"]
    command += [part for header in asked for part in ("-H", header)]
    command += ["-s", str(script)] if script else []
    if shutil.which("wrk") is None:
        raise CommandFailed("wrk is not installed: `apt install wrk`")
    shown = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in shown or "Socket errors" in shown:
        raise CommandFailed(f"{url} was not always answered:\n{shown}")
    rate = re.search(r"Requests/sec:\s*([\d.]+)", shown)
    if rate is None:
        raise CommandFailed(f"wrk tells no rate for {url}:\n{shown}")
    return float(rate[1])


@contextmanager
def _ours(yard: Path) -> Iterator[str]:
    port = free_port()
    with running(_serve_command(yard, port), port):
        yield f"http://127.0.0.1:{port}"


def _serve_command(yard: Path, port: int) -> list[str | Path]:
    return [sys.executable, "-c", _SERVE, yard, str(port)]


def _pypiserver(folder: Path) -> Path:
    """pypiserver's command, of an environment made for it in `folder`."""
    uv = Path(sys.executable).with_name("uv")
    commands: tuple[list[str | Path], ...] = (
        [uv, "venv", "--python", sys.executable, folder],
        [uv, "pip", "install", "--python", folder, *_PYPISERVER],
    )
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CommandFailed(f"pypiserver cannot be installed:\n{done.stderr}")
    return folder / "bin" / "pypi-server"


@contextmanager
def _running_pypiserver(program: Path, files: Path, backend: str) -> Iterator[str]:
    port = free_port()
    options = ["--interface", "127.0.0.1", "--port", str(port), "--disable-fallback"]
    command: list[str | Path] = [program, "run", *options, "--backend", backend, files]
    with running(command, port):
        yield f"http://127.0.0.1:{port}"


def _write_page(yard: Path, size: int) -> str:
    """A project's page of about `size` bytes; gives its path."""
    files: list[object] = []
    while len(json.dumps(files)) < size - 200:
        filename = f"project-1.{len(files)}-py3-none-any.whl"
        digest = hashlib.sha256(filename.encode()).hexdigest()
        listed = {"filename": filename, "url": f"../../packages/{filename}", "size": 1000}
        files.append({**listed, "hashes": {"sha256": digest}, "core-metadata": True})
    _write_forms(yard / "web/simple/project", "project", files)
    return "/simple/project/"


def _write_many_projects(yard: Path) -> None:
    simple = yard / "web/simple"
    names = [f"project-{number}" for number in range(_MANY_PROJECTS)]
    for name in names:
        listed = [{"filename": f"{name}-1.{patch}.tar.gz", "size": 1} for patch in range(20)]
        _write_forms(simple / name, name, listed)
    page = json.dumps({"meta": {"api-version": "1.4"}, "projects": [{"name": n} for n in names]})
    (simple / "index.v1_json").write_text(page)
    links = "\n".join(f'<a href="{name}/">{name}</a><br>' for name in names)
    (simple / "index.html").write_text(f"<!DOCTYPE html>\n{links}\n")


def _write_forms(folder: Path, name: str, files: list[object] | list[dict[str, object]]) -> None:
    folder.mkdir(parents=True)
    meta = {"api-version": "1.4", "_last-serial": 1}
    page = json.dumps({"meta": meta, "name": name, "files": files, "versions": ["1.0"]})
    (folder / "index.v1_json").write_text(page)


def _write_file(yard: Path, size: int) -> str:
    """A distribution file of `size` bytes; gives its path."""
    body = hashlib.shake_128(str(size).encode()).digest(size)
    digest = hashlib.blake2b(body, digest_size=32).hexdigest()
    path = f"/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/project-{size}.tar.gz"
    stored = yard / "web" / path[1:]
    stored.parent.mkdir(parents=True)
    stored.write_bytes(body)
    return path


def _fill_flat_folder(folder: Path) -> None:
    folder.mkdir(parents=True)
    for number in range(_FILES):
        release = f"project_{number % _PROJECTS}-1.{number // _PROJECTS}"
        (folder / f"{release}-py3-none-any.whl").write_bytes(number.to_bytes(4) * 250)


def _peak_memory(process: subprocess.Popen[bytes]) -> float:
    """In MB, as the kernel noted it."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s*(\d+) kB", status)
    if found is None:
        raise CommandFailed("this system does not tell a process's memory")
    return int(found[1]) / 1024
