"""A small index on the loopback interface, through which the resolver sees the facts.

It answers one question at a time under a path of its own: pages with only the files that the
question's targets can install, and core metadata. It has no files to download.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from aiohttp import web

from wheelyard.closure.question import Question, VisibleFile, visible_files
from wheelyard.index import ProjectNotFound
from wheelyard.mirror.facts import Facts
from wheelyard.model.errors import Unreachable, WheelyardError
from wheelyard.model.names import ProjectName, parse_project_name
from wheelyard.model.pages import ProjectPage
from wheelyard.wire.core_metadata import parse_core_metadata, render_core_metadata
from wheelyard.wire.negotiation import Format
from wheelyard.wire.simple_json import render_project_page

_log = logging.getLogger(__name__)

_DIRECT_URL = re.compile(rb"^Requires-Dist:[^;\n]*@", re.IGNORECASE | re.MULTILINE)


class ResolverView:
    """What one question may see of the facts."""

    def __init__(self, question: Question, facts: Facts) -> None:
        self._question = question
        self._facts = facts
        self._visible: dict[tuple[str, str], VisibleFile] = {}
        self.asked: set[ProjectName] = set()
        self.passed_over = False  # whether a damaged file was
        self.failure: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()

    def application(self) -> web.Application:
        """The web application to serve."""
        application = web.Application()
        application.router.add_get("/simple/{project}/", self._page)
        application.router.add_get("/files/{project}/{filename}.metadata", self._metadata)
        return application

    async def _page(self, request: web.Request) -> web.Response:
        name = parse_project_name(request.match_info["project"])
        self.asked.add(name)
        try:
            releases = await self._facts.releases(name)
        except ProjectNotFound as error:
            raise web.HTTPNotFound from error
        except Exception as error:  # it is raised where the question was asked
            raise self._failed(error) from error
        visible = visible_files(releases, self._question)
        for file in visible:
            self._visible[name, file.shown.filename] = file
        page = ProjectPage(
            name=name,
            files=tuple(
                replace(file.shown, url=f"../../files/{name}/{file.shown.filename}")
                for file in visible
            ),
        )
        return _answer(render_project_page(page), Format.JSON.value)

    async def _metadata(self, request: web.Request) -> web.Response:
        name = parse_project_name(request.match_info["project"])
        visible = self._visible.get((name, request.match_info["filename"]))
        if visible is None:
            raise web.HTTPNotFound
        try:
            document = await self._facts.metadata_document(name, visible.described_by)
            document = _without_direct_urls(document)
        except WheelyardError as error:
            if isinstance(error, Unreachable):
                raise self._failed(error) from error
            # A damaged file is known to be damaged. uv passes over a release whose metadata it
            # cannot read, as it does online.
            _log.info("`%s` is passed over: %s", visible.described_by.filename, error)
            document = b""
            self.passed_over = True
        except Exception as error:  # it is raised where the question was asked
            raise self._failed(error) from error
        return _answer(document, "application/octet-stream")

    def _failed(self, error: Exception) -> web.HTTPException:
        # The resolver must not take "could not be read" for "does not exist": the whole question
        # fails with the error itself.
        if not self.failure.done():
            self.failure.set_result(error)
        return web.HTTPServiceUnavailable()


def _answer(body: bytes, content_type: str) -> web.Response:
    # uv would write every answer into a cache that ends with it.
    return web.Response(body=body, content_type=content_type, headers={"Cache-Control": "no-store"})


def _without_direct_urls(document: bytes) -> bytes:
    # uv refuses a whole resolution for one in a dependency. The check of the witness reads the
    # true document and tells of it.
    if not _DIRECT_URL.search(document):
        return document
    metadata = parse_core_metadata(document)
    kept = tuple(item for item in metadata.requires_dist if item.url is None)
    return render_core_metadata(replace(metadata, requires_dist=kept))


@asynccontextmanager
async def serve_view(view: ResolverView) -> AsyncIterator[str]:
    """Serve a view on a free port of the loopback interface; gives the URL of its simple index."""
    # When uv has ended, nobody waits for a page that is still on its way. 0 would mean for ever.
    runner = web.AppRunner(view.application(), access_log=None, shutdown_timeout=0.05)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        _, port = runner.addresses[0][:2]
        yield f"http://127.0.0.1:{port}/simple"
    finally:
        await runner.cleanup()
