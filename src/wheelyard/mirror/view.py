"""A small index on the loopback interface, through which the resolver sees the facts.

It answers one question at a time under a path of its own: pages with only the files that the
question's targets can install, and core metadata. It has no files to download.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from aiohttp import web

from wheelyard.closure.question import Question, VisibleFile, visible_files
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.loopback import Look, answer, serve_application
from wheelyard.model.names import parse_project_name
from wheelyard.model.pages import ProjectPage
from wheelyard.wire.negotiation import Format
from wheelyard.wire.simple_json import render_project_page


class ResolverView(Look):
    """What one question may see of the facts."""

    def __init__(self, question: Question, facts: Facts) -> None:
        super().__init__(facts)
        self._question = question
        self._visible: dict[tuple[str, str], VisibleFile] = {}

    def application(self) -> web.Application:
        """The web application to serve."""
        application = web.Application()
        application.router.add_get("/simple/{project}/", self._page)
        application.router.add_get("/files/{project}/{filename}.metadata", self._metadata)
        return application

    async def _page(self, request: web.Request) -> web.Response:
        name = parse_project_name(request.match_info["project"])
        visible = visible_files(await self.releases(name), self._question)
        for file in visible:
            self._visible[name, file.shown.filename] = file
        page = ProjectPage(
            name=name,
            files=tuple(
                replace(file.shown, url=f"../../files/{name}/{file.shown.filename}")
                for file in visible
            ),
        )
        return answer(render_project_page(page), Format.JSON.value)

    async def _metadata(self, request: web.Request) -> web.Response:
        name = parse_project_name(request.match_info["project"])
        visible = self._visible.get((name, request.match_info["filename"]))
        if visible is None:
            raise web.HTTPNotFound
        document = await self.metadata(name, visible.described_by)
        return answer(document, "application/octet-stream")


@asynccontextmanager
async def serve_view(view: ResolverView) -> AsyncIterator[str]:
    """Serve a view on a free port of the loopback interface; gives the URL of its simple index."""
    async with serve_application(view.application()) as url:
        yield f"{url}/simple"
