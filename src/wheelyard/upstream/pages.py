"""Pages of an index over HTTP: one conditional request for each, JSON preferred, HTML accepted.

What was read is kept with its ETag, so a page that has not changed costs an answer without a body.

Spec: https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec
from aiohttp import ClientResponse

from wheelyard.index import FileNotFound, ProjectNotFound, Refused, Unavailable
from wheelyard.model.names import InvalidProjectName, ProjectName, parse_project_name
from wheelyard.model.pages import ProjectPage
from wheelyard.upstream.cache import CacheFolder
from wheelyard.upstream.credentials import displayed
from wheelyard.upstream.transport import Transport
from wheelyard.wire import simple_html, simple_json
from wheelyard.wire.entries import InvalidPage

_JSON = "application/vnd.pypi.simple.v1+json"
_ACCEPT = f"{_JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"

_PARSERS: Mapping[str, Callable[[bytes, ProjectName, str], ProjectPage]] = {
    _JSON: simple_json.parse_project_page,
    "application/vnd.pypi.simple.v1+html": simple_html.parse_project_page,
    "text/html": simple_html.parse_project_page,
}


class _Validators(msgspec.Struct, frozen=True):
    """What a stored page starts with, on a line of its own."""

    url: str  # where it was found, after redirects
    content_type: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class _StoredPage:
    validators: _Validators
    body: bytes


_decode_validators = msgspec.json.Decoder(_Validators).decode


@dataclass(frozen=True, slots=True)
class PageReader:
    """Reads project pages of the simple index at `simple_url`, which ends in `/`."""

    transport: Transport
    simple_url: str  # without credentials
    cache: CacheFolder
    refusals: Collection[int] = ()  # statuses with which this index says that a project is missing

    async def read(self, name: ProjectName) -> ProjectPage:
        """The project's page as it is now. Raises ProjectNotFound, Unavailable or Refused."""
        url = f"{self.simple_url}{name}/"
        stored = _stored(self.cache, name)
        try:
            current = await self.transport.persist(url, lambda: self._request(url, stored))
        except (FileNotFound, Refused) as error:
            if isinstance(error, Refused) and error.status not in self.refusals:
                raise
            self.cache.forget(name)
            raise ProjectNotFound(name, self.simple_url, self._hint()) from None
        page = _parse_page(current, name, url)
        if current != stored:
            self.cache.write(name, _encode(current))
        return page

    def _hint(self) -> str | None:
        if "simple" in urlsplit(self.simple_url).path:
            return None
        # pip's users know the mistake: `https://host/` for `https://host/simple/`.
        return f"most indexes have a URL that ends in `/simple/`; {self.simple_url} does not"

    async def _request(self, url: str, stored: _StoredPage | None) -> _StoredPage:
        headers = {"Accept": _ACCEPT, **_conditions(stored)}
        async with self.transport.send(url, headers, decompress=True) as response:
            if response.status == 304 and stored is not None:
                return stored
            if response.status != 200:
                raise Unavailable(url, f"it answered {response.status} to a request for a page")
            return _StoredPage(_validators(response), await self.transport.read_body(response))


def kept_page(cache: CacheFolder, name: ProjectName) -> ProjectPage | None:
    """The project's page as a PageReader last read it into `cache`, or None if there is none."""
    stored = _stored(cache, name)
    if stored is None:
        return None
    try:
        return _parse_page(stored, name, stored.validators.url)
    except Unavailable:
        return None


def _stored(cache: CacheFolder, key: str) -> _StoredPage | None:
    content = cache.read(key)
    if content is None:
        return None
    head, _, body = content.partition(b"\n")
    try:
        return _StoredPage(_decode_validators(head), body)
    except msgspec.DecodeError:
        return None


def _encode(stored: _StoredPage) -> bytes:
    return msgspec.json.encode(stored.validators) + b"\n" + stored.body


def _conditions(stored: _StoredPage | None) -> dict[str, str]:
    """The headers that make a request conditional; a strong ETag alone is enough."""
    if stored is None:
        return {}
    if stored.validators.etag is not None:
        return {"If-None-Match": stored.validators.etag}
    if stored.validators.last_modified is not None:
        return {"If-Modified-Since": stored.validators.last_modified}
    return {}


def _validators(response: ClientResponse) -> _Validators:
    return _Validators(
        url=str(response.url),
        content_type=response.content_type,
        etag=response.headers.get("ETag"),
        last_modified=response.headers.get("Last-Modified"),
    )


def _parse_page(stored: _StoredPage, name: ProjectName, url: str) -> ProjectPage:
    """The page, or Unavailable: what answers something else, as the login page of a hotel's
    network does, has said nothing about the project.
    """
    found_at = stored.validators.url
    if not _names_project(found_at, name):
        raise Unavailable(url, f"it redirects to {displayed(found_at)}, not a page of `{name}`")
    content_type = stored.validators.content_type
    if (parse := _PARSERS.get(content_type)) is None:
        raise Unavailable(url, f"it answers with `{content_type}`, not with a page")
    try:
        return parse(stored.body, name, found_at)
    except InvalidPage as error:
        raise Unavailable(url, error.reason, error.hint) from error


def _names_project(url: str, name: ProjectName) -> bool:
    return any(_is_name(segment, name) for segment in urlsplit(url).path.split("/"))


def _is_name(segment: str, name: ProjectName) -> bool:
    try:
        return segment == name or parse_project_name(segment) == name
    except InvalidProjectName:
        return False
