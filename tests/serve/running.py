"""The real server as a process of its own, and a client that leaves requests as they are."""

import http.client
import pickle
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from wheelyard.serve.server import ServeSettings

_PROGRAM = """
import pathlib, pickle, sys
from wheelyard.model.errors import WheelyardError
from wheelyard.serve.server import serve

settings = pickle.loads(bytes.fromhex(sys.argv[2]))
try:
    serve(pathlib.Path(sys.argv[1]), settings, lambda url: print(f"serving {url}", flush=True))
except WheelyardError as error:
    sys.exit(f"{type(error).__name__}: {error}; {error.hint}")
"""


@dataclass(frozen=True)
class Reply:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]  # by lower-case name
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class RunningServer:
    """`serve` in a process of its own until the end of the `with` block."""

    def __init__(self, root: Path, **settings: object) -> None:
        chosen = ServeSettings(**{"port": 0, **settings})  # type: ignore[arg-type]
        self.process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(root), pickle.dumps(chosen).hex()],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.first_line = self.process.stdout.readline()
        self.url = self.first_line.removeprefix("serving ").strip()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.process.terminate()
        try:
            self.process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.host, self.port, timeout=10)

    def get(self, path: str, method: str = "GET", **headers: str) -> Reply:
        """One request with the path as it is; `if_none_match` is the header `If-None-Match`."""
        connection = self.connect()
        try:
            return ask(connection, path, method, **headers)
        finally:
            connection.close()


def ask(
    connection: http.client.HTTPConnection, path: str, method: str = "GET", **headers: str
) -> Reply:
    """One request over a connection that is open already."""
    connection.putrequest(method, path, skip_host="host" in headers, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, body)
