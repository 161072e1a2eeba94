"""What the real index says of some projects, recorded once and replayed from the loopback.

The first time, a small server asks the real index for whatever a resolution wants to see and
writes it below a folder; from then on nginx serves that folder. Pages are kept whole, their URLs
lead to the replay, and every wheel is listed with its METADATA, as on PyPI.
"""

import asyncio
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from aiohttp import web

from bench.processes import free_port, nginx
from wheelyard.index import FileNotFound, ProjectNotFound
from wheelyard.model.files import DistributionFile, MetadataOffer
from wheelyard.model.names import ProjectName, parse_project_name
from wheelyard.upstream.http_index import HttpIndex
from wheelyard.upstream.transport import open_transport
from wheelyard.wire.negotiation import Format
from wheelyard.wire.simple_json import render_project_page

_INDEX = "https://pypi.org/simple/"

_HERE = "http://replay.invalid"  # stands in stored pages for the server of the day

# PyPI's pages are good for ten minutes. Here they are asked about each time, as on the next day.
_SERVER = """\
    root {tree};
    location /simple/ {{
      types {{ }}
      default_type application/vnd.pypi.simple.v1+json;
      index index.json;
      add_header Cache-Control no-cache;
    }}
    location /files/ {{
      add_header Cache-Control "max-age=365000000, immutable";
    }}
"""


class _Recorder:
    def __init__(self, index: HttpIndex, tree: Path, url: str) -> None:
        self._index, self._tree, self._url = index, tree, url
        self._files: dict[str, DistributionFile] = {}

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_get("/simple/{project}/", self._page)
        application.router.add_get("/files/{project}/{filename}.metadata", self._metadata)
        application.router.add_get("/files/{project}/{filename}", self._sdist)
        return application

    async def _page(self, request: web.Request) -> web.Response:
        name = parse_project_name(request.match_info["project"])
        try:
            page = await self._index.page(name)
        except ProjectNotFound:
            raise web.HTTPNotFound from None
        self._files |= {file.filename: file for file in page.files}
        files = tuple(_replayed(name, file) for file in page.files)
        document = render_project_page(replace(page, files=files))
        self._write(f"simple/{name}/index.json", document)
        return web.Response(body=_located(document, self._url), content_type=Format.JSON.value)

    async def _metadata(self, request: web.Request) -> web.Response:
        file = self._file(request)
        try:
            document = await self._index.core_metadata(file)
        except FileNotFound:
            raise web.HTTPNotFound from None
        self._write(request.path.removeprefix("/"), document)
        return web.Response(body=document)

    async def _sdist(self, request: web.Request) -> web.FileResponse:
        path = self._tree / request.path.removeprefix("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        await self._index.download(self._file(request), path, lambda _: None)
        return web.FileResponse(path)

    def _file(self, request: web.Request) -> DistributionFile:
        try:
            return self._files[request.match_info["filename"]]
        except KeyError:
            raise web.HTTPNotFound from None

    def _write(self, name: str, content: bytes) -> None:
        path = self._tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _replayed(name: ProjectName, file: DistributionFile) -> DistributionFile:
    offer = MetadataOffer() if file.filename.endswith(".whl") else None
    return replace(file, url=f"{_HERE}/files/{name}/{file.filename}", core_metadata=offer)


def _located(document: bytes, url: str) -> bytes:
    return document.replace(_HERE.encode(), url.encode())


@contextmanager
def recording(folder: Path) -> Iterator[str]:
    """A server that records below `folder`; gives its URL, without a slash."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    started, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with open_transport(os.environ) as transport:
            index = HttpIndex(transport, _INDEX, folder / "state", _partial(folder))
            runner = web.AppRunner(_Recorder(index, folder / "tree", url).application())
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", port).start()
            started.set()
            await stop.wait()
            await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=[serve()])
    thread.start()
    try:
        started.wait(10)
        yield url
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


@contextmanager
def replaying(recorded: Path, folder: Path) -> Iterator[str]:
    """nginx with what was recorded, copied to `folder`; gives its URL, without a slash."""
    tree = folder / "tree"
    shutil.copytree(recorded / "tree", tree)
    with nginx(folder, _SERVER.format(tree=tree)) as url:
        for page in tree.glob("simple/*/index.json"):
            page.write_bytes(_located(page.read_bytes(), url))
        yield url


def _partial(folder: Path) -> Callable[[DistributionFile], Path]:
    return lambda file: folder / "partial" / file.filename
