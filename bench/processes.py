"""Processes that a benchmark starts: servers that it ends again, and commands that it times."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_START_SECONDS = 10
_NGINX = """\
daemon off;
user {user};
worker_processes {workers};
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_requests 1000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  default_type application/octet-stream;
  server {{
    listen 127.0.0.1:{port};
{server}
  }}
}}
"""


class CommandFailed(Exception):
    """A command that was to be timed did not do its work, so its time says nothing."""


def free_port() -> int:
    """A port of the loopback interface that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def clean_environment(home: Path) -> dict[str, str]:
    """An environment without this machine's settings for pip, uv and proxies."""
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
    }


def seconds_of(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    folder: Path | None = None,
) -> float:
    """The wall time of a command, from its start to its end. Raises CommandFailed."""
    begun = time.perf_counter()
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    took = time.perf_counter() - begun
    if done.returncode != 0:
        shown = " ".join(map(str, command[:4]))
        raise CommandFailed(f"`{shown} ...` ended with {done.returncode}:\n{done.stderr[-4000:]}")
    return took


@contextmanager
def running(command: Sequence[str | Path], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server while the block runs, from when it accepts connections on `port`."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            _await_listener(process, port)
            yield process
        finally:
            process.terminate()
            process.wait()


@contextmanager
def nginx(folder: Path, server: str, workers: int = 1) -> Iterator[str]:
    """nginx on a free port, with `server` as its server block; gives its URL without a slash.

    Its configuration and temporary files go into `folder`.
    """
    port = free_port()
    config = folder / "nginx.conf"
    user = getpass.getuser()  # its own choice, `nobody`, may not read temporary folders
    config.write_text(
        _NGINX.format(user=user, folder=folder, port=port, server=server, workers=workers)
    )
    binary = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if binary is None:
        raise CommandFailed("nginx is not installed: `apt install nginx-light`")
    with running([binary, "-p", folder, "-c", config], port):
        yield f"http://127.0.0.1:{port}"


def _await_listener(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise CommandFailed(f"`{process.args!r}` does not listen on port {port}")
