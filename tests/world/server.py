"""The world's HTTP server: aiohttp in a thread of its own, on a free port of 127.0.0.1."""

import asyncio
import base64
import gzip
import hashlib
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, unquote

from aiohttp import web
from packaging.utils import canonicalize_name

from world import archives
from world.faults import Alter, Answer, Fault, Faults, Lie, Stall, Then, Truncate
from world.hosted import (
    HostedFile,
    HostedProject,
    PageSettings,
    digests,
    html_list,
    html_page,
    json_list,
    json_page,
)

SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
SIMPLE_HTML = "application/vnd.pypi.simple.v1+html"
_FILE_CACHE_CONTROL = "max-age=365000000, immutable, public"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived, and the status it was answered with."""

    method: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    status: int  # 0: no answer was begun


@dataclass(frozen=True, slots=True)
class Reply:
    """What an honest upstream answers."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class World:
    """A fake upstream. Use it as a context manager; fill and change it at any time."""

    def __init__(self, certificate: Path | None = None) -> None:
        """With a `certificate` (a PEM file with its key) the world speaks https."""
        self.certificate = certificate
        self.projects: dict[str, HostedProject] = {}
        self.pages = PageSettings()
        self.requests: list[Request] = []
        self.faults = Faults()
        self.serves_json = True
        self.serves_ranges = True
        self.serves_etags = True
        self.serves_head = True
        self.compresses = False  # gzip pages when the client accepts it
        self.credentials: tuple[str, str] | None = None  # (user, password) that every request needs
        self.files_url: str | None = None  # another host to list files on; None: this one
        self._by_path: dict[str, HostedFile] = {}
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

    # Filling it

    def add_wheel(
        self,
        name: str,
        version: str,
        *,
        requires: Sequence[str] = (),
        requires_python: str | None = None,
        tags: str = "py3-none-any",
        **more: Any,
    ) -> HostedFile:
        """Host a new wheel; `more` is what `make_wheel` takes besides."""
        body = archives.make_wheel(
            name, version, requires=requires, requires_python=requires_python, tags=tags, **more
        )
        metadata = archives.core_metadata(
            name,
            version,
            requires=requires,
            requires_python=requires_python,
            extras=more.get("extras", {}),
        )
        return self.add_file(
            name,
            archives.wheel_filename(name, version, tags),
            body,
            metadata=metadata.encode(),
            requires_python=requires_python,
        )

    def add_sdist(
        self, name: str, version: str, *, requires_python: str | None = None, **more: Any
    ) -> HostedFile:
        """Host a new sdist; `more` is what `make_sdist` takes besides."""
        body = archives.make_sdist(name, version, requires_python=requires_python, **more)
        filename = archives.sdist_filename(name, version)
        return self.add_file(name, filename, body, requires_python=requires_python)

    def add_file(
        self,
        name: str,
        filename: str,
        body: bytes,
        *,
        metadata: bytes | None = None,
        requires_python: str | None = None,
    ) -> HostedFile:
        """Host any bytes under a file name."""
        file = HostedFile(
            filename=filename,
            body=body,
            hashes=digests(body),
            metadata=metadata,
            requires_python=requires_python,
        )
        project = self.add_project(name)
        project.files.append(file)
        self._by_path[file.path] = file
        return file

    def add_project(self, name: str) -> HostedProject:
        """The project of that name, new and without files if there was none; counts as a change."""
        normalized = canonicalize_name(name)
        project = self.projects.setdefault(
            normalized, HostedProject(name=normalized, display_name=name)
        )
        project.serial = self._next_serial()
        return project

    def file(self, filename: str) -> HostedFile:
        """The hosted file of that name."""
        return next(file for file in self._by_path.values() if file.filename == filename)

    def yank(self, filename: str, reason: str | None = None) -> None:
        """Yank a file (PEP 592)."""
        self.file(filename).yanked = reason or True
        self._project_of(filename).serial = self._next_serial()

    def remove(self, filename: str) -> None:
        """Delete a file from its page and from the host."""
        project = self._project_of(filename)
        file = self.file(filename)
        project.files.remove(file)
        del self._by_path[file.path]
        project.serial = self._next_serial()

    def remove_project(self, name: str) -> None:
        """Delete a project and its files."""
        project = self.projects.pop(canonicalize_name(name))
        for file in project.files:
            del self._by_path[file.path]

    def set_status(self, name: str, status: str | None, reason: str | None = None) -> None:
        """Set a project's status (PEP 792); `quarantined` also hides its files."""
        project = self.add_project(name)
        project.status, project.status_reason = status, reason

    # Breaking it

    def stall(self, pattern: str, *, after: int | None = None, times: int | None = None) -> None:
        """Hold requests open: before any answer, or after so many bytes of the body."""
        self.faults.add(pattern, Stall(after), times)

    def truncate(self, pattern: str, after: int, *, times: int | None = 1) -> None:
        """Drop the connection after so many bytes of the body."""
        self.faults.add(pattern, Truncate(after), times)

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

    def _project_of(self, filename: str) -> HostedProject:
        return next(
            project
            for project in self.projects.values()
            if any(file.filename == filename for file in project.files)
        )

    def _next_serial(self) -> int:
        return max((project.serial for project in self.projects.values()), default=0) + 1

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
        reply = self._lookup(request, path, fault.body if isinstance(fault, Lie) else None)
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

    def _lookup(self, request: web.BaseRequest, path: str, lie: bytes | None) -> Reply:
        if path.startswith("/simple/"):
            return self._page(request, path.removeprefix("/simple/"), lie)
        if (file := self._by_path.get(path)) is not None:
            return self._file(request, file.body if lie is None else lie)
        file = self._by_path.get(path.removesuffix(".metadata"))
        if file is None or file.metadata is None or not self.pages.core_metadata:
            return Reply(404, b"404 Not Found", {"Content-Type": "text/plain"})
        return self._file(request, file.metadata if lie is None else lie)

    def _page(self, request: web.BaseRequest, name: str, lie: bytes | None) -> Reply:
        if name and not name.endswith("/"):
            return Reply(301, b"", {"Location": f"/simple/{quote(name)}/"})
        normalized = canonicalize_name(name.rstrip("/"))
        if name and f"{normalized}/" != name:
            return Reply(301, b"", {"Location": f"/simple/{quote(normalized)}/"})
        project = self.projects.get(normalized)
        if name and project is None:
            return Reply(404, b"404 Not Found", {"Content-Type": "text/plain"})
        content_type = self._page_type(request.headers.get("Accept", ""))
        body = self._page_body(project, content_type) if lie is None else lie
        headers = {
            "Content-Type": content_type,
            "Cache-Control": "max-age=600, public",
            "Vary": "Accept, Accept-Encoding",
        }
        if self.pages.serials:
            serial = project.serial if project else self._next_serial() - 1
            headers["X-PyPI-Last-Serial"] = str(serial)
        return self._conditional(request, body, headers)

    def _page_type(self, accept: str) -> str:
        if self.serves_json and SIMPLE_JSON in accept:
            return SIMPLE_JSON
        return SIMPLE_HTML if SIMPLE_HTML in accept and self.serves_json else "text/html"

    def _page_body(self, project: HostedProject | None, content_type: str) -> bytes:
        if project is None:
            if content_type == SIMPLE_JSON:
                return json_list(self.projects, self.pages)
            return html_list(self.projects)
        write = json_page if content_type == SIMPLE_JSON else html_page
        return write(project, self.pages, self.files_url or self.url)

    def _conditional(self, request: web.BaseRequest, body: bytes, headers: dict[str, str]) -> Reply:
        if self.serves_etags:
            etag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
            headers["ETag"] = etag
            if request.headers.get("If-None-Match") == etag:
                return Reply(304, b"", headers)
        if self.compresses and "gzip" in request.headers.get("Accept-Encoding", ""):
            return Reply(200, gzip.compress(body), {**headers, "Content-Encoding": "gzip"})
        return Reply(200, body, headers)

    def _file(self, request: web.BaseRequest, body: bytes) -> Reply:
        headers = {
            "Content-Type": "application/octet-stream",
            "Cache-Control": _FILE_CACHE_CONTROL,
        }
        if self.serves_etags:
            headers["ETag"] = f'"{hashlib.md5(body).hexdigest()}"'
        if not self.serves_ranges:
            return Reply(200, body, headers)
        headers["Accept-Ranges"] = "bytes"
        wanted = request.headers.get("Range")
        condition = request.headers.get("If-Range")
        if wanted is None or (condition is not None and condition != headers.get("ETag")):
            return Reply(200, body, headers)
        return _part(body, wanted, headers)


def _part(body: bytes, wanted: str, headers: Mapping[str, str]) -> Reply:
    """The one range of the body that a Range header asks for."""
    total = len(body)
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    start = int(first) if first else max(0, total - int(last))
    stop = min(int(last) + 1, total) if first and last else total
    if start >= stop:
        return Reply(416, b"", {**headers, "Content-Range": f"bytes */{total}"})
    content_range = {"Content-Range": f"bytes {start}-{stop - 1}/{total}"}
    return Reply(206, body[start:stop], {**headers, **content_range})
