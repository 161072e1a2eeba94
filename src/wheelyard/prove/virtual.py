"""Virtual indexes: pages and core metadata for installers to look at, and no files behind them.

An installer is shown what the index lists and filters it itself. An sdist is shown as its stand-in,
a wheel that fits everywhere, because an installer would build it to learn its metadata, and provers
build nothing.
"""

import tempfile
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from pathlib import Path

from aiohttp import web

from wheelyard.closure.formats import Formats
from wheelyard.closure.question import shown_hashes
from wheelyard.closure.releases import Candidate, Releases
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.loopback import Look, serve_application
from wheelyard.model.filenames import SDIST_SUFFIXES
from wheelyard.model.files import DistributionFile, MetadataOffer
from wheelyard.model.names import InvalidProjectName, ProjectName, parse_project_name
from wheelyard.model.pages import ProjectPage
from wheelyard.wire import simple_html, simple_json
from wheelyard.wire.negotiation import Format, choose_format

Shows = Callable[[ProjectName, DistributionFile], bool]


@dataclass(frozen=True)
class ShownPage:
    """A project as a virtual index shows it."""

    releases: Releases  # what is shown, under the names that the index itself lists
    listed: Mapping[str, Candidate]  # by the name that it is shown under
    page: ProjectPage

    @cached_property
    def json(self) -> bytes:
        """What uv and pip ask for."""
        return simple_json.render_project_page(self.page)

    @cached_property
    def html(self) -> bytes:
        """What an old pip asks for."""
        return simple_html.render_project_page(self.page)


class VirtualIndex:
    """What an index tells, or the part of it that `shows` lets through.

    Pages are made once, however many questions look at them.
    """

    def __init__(self, facts: Facts, shows: Shows | None = None) -> None:
        self.facts = facts
        self._shows = shows
        self._pages: dict[tuple[ProjectName, Formats], ShownPage] = {}

    def show(self, releases: Releases, formats: Formats) -> ShownPage:
        """The page for questions that take these formats."""
        key = releases.project, formats
        if key not in self._pages:
            self._pages[key] = _show(releases, formats, self._shows)
        return self._pages[key]


def showing_only(files: Mapping[ProjectName, Collection[str]]) -> Shows:
    """Shows the files of these names, and of other projects nothing."""
    return lambda project, file: file.filename in files.get(project, ())


class Sight(Look):
    """What questions see of a virtual index, and what they looked at.

    Questions may share it, and then what an installer has read of it for one of them it need not
    read for the next. What was looked at by the time that one is answered is at least what that one
    looked at.
    """

    def __init__(self, index: VirtualIndex, formats: Formats, url: str, cache: Path) -> None:
        super().__init__(index.facts)
        self._index = index
        self._formats = formats
        self.url = url  # of the simple index
        self.cache = cache  # an empty folder at first, for an installer to keep what it reads

    async def page(self, project: ProjectName) -> ShownPage:
        """A project's page; raises as `releases` does."""
        return self._index.show(await self.releases(project), self._formats)


class VirtualServer:
    """A server on the loopback interface that shows virtual indexes."""

    def __init__(self) -> None:
        self.base_url = ""  # set when it serves
        self._sights: dict[str, Sight] = {}
        self._numbers = count()

    @contextmanager
    def showing(self, index: VirtualIndex, formats: Formats) -> Iterator[Sight]:
        """Show an index under a URL of its own."""
        key = str(next(self._numbers))
        url = f"{self.base_url}/{key}/simple/"
        with tempfile.TemporaryDirectory(prefix="wheelyard-sight-") as cache:
            sight = self._sights[key] = Sight(index, formats, url, Path(cache))
            try:
                yield sight
            finally:
                del self._sights[key]

    def application(self) -> web.Application:
        """The web application to serve."""
        application = web.Application()
        application.router.add_get("/{key}/simple/{project}/", self._page)
        application.router.add_get("/{key}/files/{project}/{filename}.metadata", self._metadata)
        return application

    async def _page(self, request: web.Request) -> web.Response:
        _, page = await self._look(request)
        wanted = choose_format(request.headers.get("Accept", ""))
        if wanted is None:
            raise web.HTTPNotAcceptable
        return _good_for_the_run(page.json if wanted is Format.JSON else page.html, wanted.value)

    async def _metadata(self, request: web.Request) -> web.Response:
        sight, page = await self._look(request)
        candidate = page.listed.get(request.match_info["filename"])
        if candidate is None:
            raise web.HTTPNotFound
        project = page.releases.project
        document = await sight.metadata(project, candidate.file)
        return _good_for_the_run(document or _unusable(project, candidate), "text/plain")

    async def _look(self, request: web.Request) -> tuple[Sight, ShownPage]:
        sight = self._sights.get(request.match_info["key"])
        if sight is None:
            raise web.HTTPNotFound
        try:
            project = parse_project_name(request.match_info["project"])
        except InvalidProjectName as error:
            raise web.HTTPNotFound from error
        return sight, await sight.page(project)


@asynccontextmanager
async def serve_virtual() -> AsyncIterator[VirtualServer]:
    """Serve virtual indexes on a free port of the loopback interface."""
    server = VirtualServer()
    async with serve_application(server.application()) as url:
        server.base_url = url
        yield server


def _good_for_the_run(body: bytes, content_type: str) -> web.Response:
    # An index is shown as it was when its pages were made, and under a URL that nothing else has.
    headers = {"Cache-Control": "max-age=86400, immutable"}
    return web.Response(body=body, content_type=content_type, headers=headers)


def _show(releases: Releases, formats: Formats, shows: Shows | None) -> ShownPage:
    project = releases.project
    candidates = [
        candidate
        for candidate in releases.candidates
        if formats.accepts(project, is_wheel=candidate.is_wheel)
        and (shows is None or shows(project, candidate.file))
    ]
    listed: dict[str, Candidate] = {}
    for candidate in sorted(candidates, key=_archive_order):
        listed.setdefault(_shown_name(project, candidate), candidate)
    page = ProjectPage(
        name=project,
        files=tuple(_shown_file(project, name, item.file) for name, item in listed.items()),
    )
    return ShownPage(Releases(project, tuple(listed.values())), listed, page)


def _shown_name(project: ProjectName, candidate: Candidate) -> str:
    if candidate.is_wheel:
        return candidate.file.filename
    # An installer takes an sdist where no wheel fits, and `py30` is the last of the tags that every
    # CPython 3 accepts. The build number keeps the name apart from a real wheel's.
    return f"{project.replace('-', '_')}-{candidate.name.version}-0-py30-none-any.whl"


def _shown_file(project: ProjectName, name: str, file: DistributionFile) -> DistributionFile:
    return replace(
        file,
        filename=name,
        url=f"../../files/{project}/{name}",
        hashes=shown_hashes(file),
        size=file.size if name == file.filename else None,
        core_metadata=MetadataOffer(),
        provenance=None,
    )


def _unusable(project: ProjectName, candidate: Candidate) -> bytes:
    # uv passes over a release whose metadata is empty, and pip ends with a traceback. Both pass
    # over one that has a requirement which is none.
    version = candidate.name.version
    lines = ("Metadata-Version: 2.1", f"Name: {project}", f"Version: {version}", "Requires-Dist: @")
    return "\n".join([*lines, ""]).encode()


def _archive_order(candidate: Candidate) -> tuple[bool, int]:
    """A key that is least, of the sdists of a release, for the one that installers prefer."""
    if candidate.is_wheel:
        return False, 0
    filename = candidate.file.filename
    suffix = next(rank for rank, end in enumerate(SDIST_SUFFIXES) if filename.endswith(end))
    return candidate.file.yank is not None, suffix
