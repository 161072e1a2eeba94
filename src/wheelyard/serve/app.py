"""The index server as an ASGI application over the `web` folder of a yard.

The path of a request: `route` names the thing, `preferences` pick its form, and the answer comes
from the shelf of prepared ones or, for distribution files, straight from the disk. The application
holds nothing that another process would have to be told about, so a yard may change under it and
any number of workers may run.
"""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wheelyard.model.digests import Blake2b
from wheelyard.prove.document import InvalidProof
from wheelyard.serve.answers import (
    VARY_ENCODING,
    VARY_SIMPLE,
    Answer,
    Exchange,
    Header,
    Receive,
    Request,
    Scope,
    Send,
    document,
    request_of,
    text,
)
from wheelyard.serve.conditions import Span
from wheelyard.serve.files import FOREVER, DamagedFile, file_at_once, find_file, send_file
from wheelyard.serve.home import render_home
from wheelyard.serve.preferences import wanted_encoding, wanted_format
from wheelyard.serve.prepared import Prepared, Presentation, Shelf
from wheelyard.serve.routes import (
    METADATA_SUFFIX,
    CoreMetadata,
    Health,
    Home,
    Moved,
    Nothing,
    PageOfView,
    Project,
    ProjectListing,
    Route,
    StoredFile,
    route,
)
from wheelyard.serve.soundness import Soundness
from wheelyard.serve.stored import opened, stamp_of
from wheelyard.serve.streams import BrokenAnswer, read_pieces, send_pieces
from wheelyard.serve.views import Views
from wheelyard.wire.negotiation import Format
from wheelyard.yard.layout import Layout, PageForm

_FORMS = {
    Format.JSON: PageForm.V1_JSON,
    Format.HTML_V1: PageForm.V1_HTML,
    Format.HTML: PageForm.HTML,
}
_CHARSETS = {Format.HTML: "; charset=utf-8"}
_BINARY: Header = (b"content-type", b"application/octet-stream")
_METHODS = ("GET", "HEAD")
_ALLOW: Header = (b"allow", b"GET, HEAD")
_RETRY: Header = (b"retry-after", b"30")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AppSettings:
    """What an operator may choose about the answers."""

    # 0: clients ask every time, and mostly get a 304. From 26.2 on pip keeps to it, so a longer one
    # hides new files from it for as long.
    page_max_age: int = 0  # seconds
    memory: int = 24 * 1024 * 1024  # bytes of prepared answers, per worker


class YardApp:
    """Answers GET and HEAD for one yard."""

    def __init__(self, root: Path, settings: AppSettings) -> None:
        layout = Layout(root.absolute())
        kept: Header = (b"cache-control", b"max-age=%d, public" % settings.page_max_age)
        self._web = str(layout.web)
        self._simple = str(layout.simple)
        self._shelf = Shelf(settings.memory)
        self._views = Views(layout, self._shelf)
        self._soundness = Soundness()
        self._simple_headers = (VARY_SIMPLE, kept)
        self._projects = {each: self._presented(each, tells_serial=True) for each in Format}
        self._listing = {each: self._presented(each, tells_serial=False) for each in Format}
        self._metadata = Presentation((_BINARY, VARY_ENCODING, FOREVER))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises BrokenAnswer when an answer that began cannot be finished."""
        exchange = Exchange(request_of(scope), receive, send)
        try:
            await self._answer(route(scope["raw_path"]), exchange)
        except DamagedFile as error:
            _log.error("%s; %s", error, error.hint)
            await text(500, "500 The stored file is damaged").send(exchange)
        except OSError as error:
            _log.error("the yard cannot be read: %s", error)
            await text(503, "503 The yard cannot be read", (_RETRY,)).send(exchange)
        except InvalidProof as error:
            # Not 404, which would send installers on to the next index.
            _log.error("%s; %s", error, error.hint)
            await text(503, "503 The proof cannot be read", (_RETRY,)).send(exchange)
        except BrokenAnswer as error:
            _log.error("%s", error)
            raise
        except Exception:
            _log.exception("`%s` could not be answered", scope["raw_path"])
            raise

    def at_once(self, scope: Scope) -> Answer | None:
        """The answer to a GET if it is at hand: nothing is waited for, and any thread may ask.

        None says nothing but that the request has to be answered the long way.
        """
        if scope["method"] != "GET":
            return None
        request = request_of(scope)
        try:
            match route(scope["raw_path"]):
                case Project(name):
                    return self._page_at_once(f"{self._simple}/{name}", request)
                case StoredFile(path, digest):
                    found = find_file(f"{self._web}/{path}", digest)
                    if found is not None:
                        return file_at_once(found, request, self._soundness)
                case CoreMetadata(path):
                    return self._kept_at_once(f"{self._web}/{path}{METADATA_SUFFIX}", request)
                case ProjectListing():
                    return self._page_at_once(self._simple, request)
                case PageOfView() as asked:
                    return self._view_at_once(asked, request)
        except OSError:
            pass  # the long way meets it again, and tells
        return None

    def _page_at_once(self, folder: str, request: Request) -> Answer | None:
        chosen = wanted_format(request)
        return self._kept_at_once(f"{folder}/{_FORMS[chosen]}", request) if chosen else None

    def _view_at_once(self, asked: PageOfView, request: Request) -> Answer | None:
        if (chosen := wanted_format(request)) is None:
            return None
        prepared = self._views.ready(asked, chosen, wanted_encoding(request))
        return None if prepared is None else prepared.answer(request)

    def _kept_at_once(self, path: str, request: Request) -> Answer | None:
        prepared = self._shelf.ready(path, wanted_encoding(request))
        if prepared is None or prepared.from_disk:
            return None
        return prepared.answer(request)

    async def _answer(self, target: Route, exchange: Exchange) -> None:
        request = exchange.request
        if request.scope["method"] not in _METHODS:
            await text(405, "405 Method Not Allowed", (_ALLOW,)).send(exchange)
            return
        match target:
            case Project(name):
                await self._send_page(f"{self._simple}/{name}", self._projects, exchange)
            case StoredFile(path, digest):
                await self._send_file(f"{self._web}/{path}", digest, exchange)
            case CoreMetadata(path):
                stored = f"{self._web}/{path}{METADATA_SUFFIX}"
                if not await self._send_kept(stored, self._metadata, exchange):
                    await self._send_absent(exchange)
            case ProjectListing():
                await self._send_page(self._simple, self._listing, exchange)
            case PageOfView() as asked:
                await self._send_view(asked, exchange)
            case Moved(path):
                await self._redirection(path, request).send(exchange)
            case Home():
                page = render_home(request, await self._named_views())
                await document("text/html; charset=utf-8", page).send(exchange)
            case Health():
                await document("application/json", '{"status":"ok"}').send(exchange)
            case Nothing(in_simple):
                await self._send_absent(exchange, self._simple_headers if in_simple else ())

    async def _send_page(
        self, folder: str, presentations: Mapping[Format, Presentation], exchange: Exchange
    ) -> None:
        chosen = wanted_format(exchange.request)
        if chosen is None:
            await self._not_acceptable().send(exchange)
            return
        stored = f"{folder}/{_FORMS[chosen]}"
        if not await self._send_kept(stored, presentations[chosen], exchange):
            await self._send_absent(exchange, self._simple_headers)

    async def _send_view(self, asked: PageOfView, exchange: Exchange) -> None:
        request = exchange.request
        proven = await self._views.proven()
        if (asked.group, asked.target) not in proven.views:
            lines = (
                f"404 Not Found: no proof of group `{asked.group}` on `{asked.target}`; "
                "run `wheelyard mirror`"
            )
            await self._send_absent(exchange, self._simple_headers, lines)
            return
        chosen = wanted_format(request)
        if chosen is None:
            await self._not_acceptable().send(exchange)
            return
        presentation = (self._projects if asked.project else self._listing)[chosen]
        encoding = wanted_encoding(request)
        prepared = await self._views.take(asked, proven, chosen, presentation, encoding)
        if prepared is None:
            await self._send_absent(exchange, self._simple_headers)
        else:
            await prepared.answer(request).send(exchange)

    async def _named_views(self) -> tuple[tuple[str, str], ...]:
        try:
            return tuple((await self._views.proven()).views)
        except InvalidProof as error:
            _log.error("%s; %s", error, error.hint)
            return ()

    async def _send_kept(self, path: str, presentation: Presentation, exchange: Exchange) -> bool:
        """Answer with a prepared document; False, and nothing is sent, if there is no such file."""
        encoding = wanted_encoding(exchange.request)
        while prepared := await self._shelf.take(path, presentation, encoding):
            answer = prepared.answer(exchange.request)
            if answer is prepared.full and prepared.from_disk and not exchange.request.is_head:
                if await _send_from_disk(path, prepared, exchange):
                    return True
            else:
                await answer.send(exchange)
                return True
        return False

    async def _send_file(self, path: str, digest: Blake2b, exchange: Exchange) -> None:
        found = find_file(path, digest)
        try:
            if found is not None:
                await send_file(found, exchange, self._soundness)
                return
        except FileNotFoundError:
            pass  # removed a moment ago
        await self._send_absent(exchange)

    def _redirection(self, path: str, request: Request) -> Answer:
        # Permanent, as PyPI's: what a name's normalized form is will never change. The missing
        # slash and the other spelling cost one redirect together.
        query = request.scope["query_string"]
        target = f"{request.scope.get('root_path', '')}{path}".encode("ascii")
        location = target + b"?" + query if query else target
        headers = ((b"location", location), *self._simple_headers)
        return text(301, "301 Moved Permanently", headers)

    def _not_acceptable(self) -> Answer:
        offered = "\n".join(Format)
        lines = f"406 Not Acceptable; this index offers\n{offered}"
        return text(406, lines, self._simple_headers)

    async def _send_absent(
        self,
        exchange: Exchange,
        headers: tuple[Header, ...] = (),
        lines: str = "404 Not Found",
    ) -> None:
        # An unmounted disk must not look like projects that do not exist: installers believe a 404
        # and go on to the next index.
        if not Path(self._web).is_dir():
            raise FileNotFoundError(self._web)
        await text(404, lines, headers).send(exchange)

    def _presented(self, form: Format, *, tells_serial: bool) -> Presentation:
        kind: Header = (b"content-type", f"{form}{_CHARSETS.get(form, '')}".encode("ascii"))
        return Presentation((kind, *self._simple_headers), tells_serial=tells_serial)


async def _send_from_disk(path: str, prepared: Prepared, exchange: Exchange) -> bool:
    """Send a document too large to keep; False, and nothing is sent, if it was just replaced."""
    try:
        with opened(path) as stored:
            if stamp_of(os.fstat(stored.fileno())) != prepared.stamp:
                return False
            pieces = read_pieces(stored, Span(0, prepared.stamp[2] - 1))
            await send_pieces(prepared.full.start, pieces, exchange)
    except FileNotFoundError:
        return False
    return True
