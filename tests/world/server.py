"""The world's HTTP server: aiohttp in a thread of its own, on a free port of 127.0.0.1."""

import asyncio
import base64
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from aiohttp import web

from world.answers import Reply, honest_reply
from world.faults import Alter, Answer, Fault, Faults, Lie, Slow, Stall, Then, Truncate
from world.hosting import Hosting

_PIECES = 8  # of a body that is sent slowly


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived, and the status it was answered with."""

    method: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    status: int  # 0: no answer was begun


class World(Hosting):
    """A fake upstream. Use it as a context manager; fill and change it at any time."""

    def __init__(self, certificate: Path | None = None) -> None:
        """With a `certificate` (a PEM file with its key) the world speaks https."""
        super().__init__()
        self.certificate = certificate
        self.requests: list[Request] = []
        self.faults = Faults()
        self._loop = asyncio.new_event_loop()
        self._port = 0
        self._released = asyncio.Event()

    def __enter__(self) -> Self:
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        started.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, without a slash at the end."""
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self._port}"

    @property
    def simple_url(self) -> str:
        """The URL of the simple index, with a slash at the end."""
        return f"{self.url}/simple/"

    # Breaking it

    def stall(self, pattern: str, *, after: int | None = None, times: int | None = None) -> None:
        """Hold requests open: before any answer, or after so many bytes of the body."""
        self.faults.add(pattern, Stall(after), times)

    def truncate(self, pattern: str, after: int, *, times: int | None = 1) -> None:
        """Drop the connection after so many bytes of the body."""
        self.faults.add(pattern, Truncate(after), times)

    def slow(self, pattern: str, seconds: float, *, times: int | None = None) -> None:
        """Spread the body over so many seconds."""
        self.faults.add(pattern, Slow(seconds), times)

    def answer(
        self,
        pattern: str,
        status: int,
        *,
        times: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"as the test asked for",
        content_type: str = "text/plain",
    ) -> None:
        """Answer with another status, such as 429 with `Retry-After`."""
        self.faults.add(pattern, Answer(status, headers or {}, body, content_type), times)

    def redirect(self, pattern: str, location: str, *, status: int = 302) -> None:
        """Redirect to `location`."""
        self.faults.add(pattern, Answer(status, {"Location": location}), None)

    def lie(self, pattern: str, body: bytes, *, times: int | None = None) -> None:
        """Serve other bytes than were listed."""
        self.faults.add(pattern, Lie(body), times)

    def alter(
        self, pattern: str, headers: Mapping[str, str | None], *, times: int | None = None
    ) -> None:
        """Change headers of the real answer; None drops one."""
        self.faults.add(pattern, Alter(headers), times)

    def then(self, pattern: str, change: Callable[[], None], *, times: int | None = 1) -> None:
        """Change the world after a request was answered, before the next one."""
        self.faults.add(pattern, Then(change), times)

    def heal(self) -> None:
        """End all faults and let go of what is stalled."""
        self.faults.rules.clear()
        self._loop.call_soon_threadsafe(self._released.set)

    # Watching it

    def requests_to(self, pattern: str) -> list[Request]:
        """The requests so far for paths that the pattern fits, oldest first."""
        return [request for request in self.requests if fnmatchcase(request.path, pattern)]

    def forget_requests(self) -> None:
        """Start the record of requests anew."""
        self.requests.clear()

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve(started))
        self._loop.close()

    async def _serve(self, started: threading.Event) -> None:
        self._stopping = asyncio.Event()
        runner = web.ServerRunner(web.Server(self._handle, access_log=None), shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024, ssl_context=self._tls())
        await site.start()
        self._port = runner.addresses[0][1]
        started.set()
        await self._stopping.wait()
        self._released.set()
        await runner.cleanup()

    def _tls(self) -> ssl.SSLContext | None:
        if self.certificate is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate)
        return context

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = unquote(request.path)
        fault = self.faults.take(path)
        reply = self._reply(request, path, fault)
        status = 0 if fault == Stall(None) else reply.status
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(Request(request.method, path, headers, status))
        if isinstance(fault, Then):
            fault.change()
        if isinstance(fault, Stall | Truncate):
            return await self._break_off(request, reply, fault)
        if isinstance(fault, Slow):
            return await _trickle(request, reply, fault.seconds)
        return web.Response(status=reply.status, body=reply.body, headers=reply.headers)

    async def _break_off(
        self, request: web.BaseRequest, reply: Reply, fault: Stall | Truncate
    ) -> web.StreamResponse:
        """Send the part of the reply that the fault leaves, then hold on or hang up."""
        response = web.StreamResponse(status=reply.status, headers=reply.headers)
        response.content_length = len(reply.body)
        if fault.after is not None:
            await response.prepare(request)
            await response.write(reply.body[: fault.after])
        if isinstance(fault, Stall):
            await self._released.wait()
        if request.transport is not None:
            request.transport.close()
        return response

    def _reply(self, request: web.BaseRequest, path: str, fault: Fault | None) -> Reply:
        if isinstance(fault, Answer):
            headers = {"Content-Type": fault.content_type, **fault.headers}
            return Reply(fault.status, fault.body, headers)
        if not self._admits(request):
            return Reply(401, b"", {"WWW-Authenticate": 'Basic realm="small world"'})
        if request.method not in ("GET", "HEAD"):
            return Reply(405, b"", {"Allow": "GET, HEAD"})
        if request.method == "HEAD" and not self.serves_head:
            return Reply(405)
        lie = fault.body if isinstance(fault, Lie) else None
        reply = honest_reply(self, self.url, path, request.headers, lie)
        if isinstance(fault, Alter):
            headers = {**reply.headers, **fault.headers}  # type: ignore[dict-item]
            kept = {name: value for name, value in headers.items() if value is not None}
            return Reply(reply.status, reply.body, kept)
        return reply

    def _admits(self, request: web.BaseRequest) -> bool:
        if self.credentials is None:
            return True
        token = base64.b64encode(":".join(self.credentials).encode()).decode()
        return request.headers.get("Authorization") == f"Basic {token}"


async def _trickle(request: web.BaseRequest, reply: Reply, seconds: float) -> web.StreamResponse:
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    response.content_length = len(reply.body)
    await response.prepare(request)
    size = max(1, -(-len(reply.body) // _PIECES))
    with suppress(ConnectionError):  # the client did not want to wait
        for start in range(0, len(reply.body), size):
            await asyncio.sleep(seconds / _PIECES)
            await response.write(reply.body[start : start + size])
    return response
