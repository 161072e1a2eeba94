"""Views as pages: the yard's own, with what the proof says of one group and target.

Nothing of a view is on disk. Its pages are made of the yard's when they are asked for, and kept
while neither the proof nor the yard's page is replaced.
"""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urlsplit

from wheelyard.model.errors import InvalidInput
from wheelyard.model.files import DistributionFile
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ListedProject, ProjectList, ProjectPage
from wheelyard.prove.document import InvalidProof, parse_proof
from wheelyard.prove.views import View, ViewFile, view_names, view_of
from wheelyard.serve.prepared import Key, Prepared, Presentation, Shelf, prepare_made
from wheelyard.serve.routes import PageOfView
from wheelyard.serve.stored import Stamp, look, opened, stamp_of
from wheelyard.wire import simple_html, simple_json
from wheelyard.wire.negotiation import Encoding, Format
from wheelyard.yard.layout import Layout, PageForm

_DOWN = "../../../"  # from `/v/<group>/<target>/` to where `/simple/` is


@dataclass(frozen=True, slots=True)
class Proven:
    """What the proof says, in one state of it."""

    stamp: Stamp  # empty: there is no proof
    views: Mapping[tuple[str, str], View]  # by group and target, in the proof's order


class Views:
    """The pages of the views of one yard."""

    def __init__(self, layout: Layout, shelf: Shelf) -> None:
        self._proof = str(layout.proof)
        self._simple = str(layout.simple)
        self._shelf = shelf
        self._proven = Proven((), {})
        self._reading: dict[Stamp, asyncio.Task[Proven]] = {}

    async def proven(self) -> Proven:
        """The proof as it is now, read once for all who wait. Raises InvalidProof and OSError."""
        status = look(self._proof)
        stamp = () if status is None else stamp_of(status)
        if self._proven.stamp == stamp:
            return self._proven
        task = self._reading.get(stamp)
        if task is None:
            task = asyncio.ensure_future(asyncio.to_thread(read_views, self._proof))
            self._reading[stamp] = task
            task.add_done_callback(partial(self._finish, stamp))
        return await asyncio.shield(task)

    def _finish(self, stamp: Stamp, task: "asyncio.Task[Proven]") -> None:
        del self._reading[stamp]
        if not task.cancelled() and task.exception() is None:
            self._proven = task.result()

    def ready(self, asked: PageOfView, form: Format, encoding: Encoding) -> Prepared | None:
        """The page as it is now, if it is kept; any thread may ask. Raises OSError."""
        proof, source = look(self._proof), look(self._source(asked))
        if proof is None or source is None:
            return None
        key = _key(asked, form, encoding)
        return self._shelf.find(key, (*stamp_of(source), *stamp_of(proof)))

    async def take(
        self,
        asked: PageOfView,
        proven: Proven,
        form: Format,
        presentation: Presentation,
        encoding: Encoding,
    ) -> Prepared | None:
        """The page as it is now; None if the view or the yard has no such project.

        The proof must have the view. Raises InvalidPage for a page of the yard that cannot be read,
        and OSError.
        """
        view = proven.views[asked.group, asked.target]
        name, source = asked.project, self._source(asked)
        status = look(source)
        if status is None or (name is not None and name not in view.files):
            return None
        stamp = stamp_of(status)

        def make() -> Prepared:
            if name is None:
                made = _list(self._simple, stamp, view, form)
            else:
                made = _page(source, name, view, form)
            stamps = (*made.stamp, *proven.stamp)
            return prepare_made(made.content, stamps, presentation, encoding, made.serial)

        return await self._shelf.take_made(
            _key(asked, form, encoding), (*stamp, *proven.stamp), make
        )

    def _source(self, asked: PageOfView) -> str:
        folder = self._simple if asked.project is None else f"{self._simple}/{asked.project}"
        return f"{folder}/{PageForm.V1_JSON}"


def read_views(path: str) -> Proven:
    """The views of the proof at `path`; none if there is no file. Raises InvalidProof, OSError."""
    try:
        with opened(path) as file:
            stamp = stamp_of(os.fstat(file.fileno()))
            proof = parse_proof(file.read(), path)
    except FileNotFoundError:
        return Proven((), {})
    shared: dict[ViewFile, ViewFile] = {}
    try:
        found = [view_of(proof, *names) for names in view_names(proof)]
    except InvalidInput as error:
        raise InvalidProof(path, str(error)) from error
    views = (_sharing(view, shared) for view in found if view is not None)
    return Proven(stamp, {(view.group, view.target): view for view in views})


def _sharing(view: View, shared: dict[ViewFile, ViewFile]) -> View:
    """The same view; most files are in the views of many targets, and stand in memory once."""
    files = {
        project: tuple(shared.setdefault(file, file) for file in of_project)
        for project, of_project in view.files.items()
    }
    return replace(view, files=files)


@dataclass(frozen=True, slots=True)
class _Made:
    """A page of a view."""

    content: bytes
    stamp: Stamp  # of what it was made of in the yard
    serial: int | None


def _page(source: str, name: ProjectName, view: View, form: Format) -> _Made:
    """Raises FileNotFoundError if the yard has no such page any more."""
    with opened(source) as file:
        stamp = stamp_of(os.fstat(file.fileno()))
        content = file.read()
    # The URLs of files are relative to the page, and without a base they remain so.
    page = view.narrow(simple_json.parse_project_page(content, name, base_url=""))
    page = replace(page, files=tuple(map(_reached_from_below, page.files)))
    return _Made(_render_page(page, form), stamp, page.serial)


def _list(simple: str, stamp: Stamp, view: View, form: Format) -> _Made:
    """`stamp` is that of the yard's list, which is replaced whenever a project comes or goes."""
    names = sorted(view.files)
    there = [name for name in names if look(f"{simple}/{name}/{PageForm.V1_JSON}") is not None]
    projects = ProjectList(tuple(map(ListedProject, there)))
    return _Made(_render_list(projects, form), stamp, None)


def _reached_from_below(file: DistributionFile) -> DistributionFile:
    is_relative = not urlsplit(file.url).scheme and not file.url.startswith("/")
    return replace(file, url=f"{_DOWN}{file.url}") if is_relative else file


def _render_page(page: ProjectPage, form: Format) -> bytes:
    if form is Format.JSON:
        return simple_json.render_project_page(page)
    return simple_html.render_project_page(page)


def _render_list(projects: ProjectList, form: Format) -> bytes:
    if form is Format.JSON:
        return simple_json.render_project_list(projects)
    return simple_html.render_project_list(projects)


def _key(asked: PageOfView, form: Format, encoding: Encoding) -> Key:
    name = f"v/{asked.group}/{asked.target}/{asked.project or ''}/{form}"
    return name, encoding is Encoding.GZIP
