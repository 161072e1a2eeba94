"""Pages of an index over HTTP: one conditional request for each, JSON preferred, HTML accepted.

What was read is kept with its ETag, so a page that has not changed costs an answer without a
body, and the caller learns that it has not changed.

Spec: https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec
from aiohttp import ClientResponse

from wheelyard.index import FileNotFound, ProjectNotFound, Unavailable
from wheelyard.model.names import InvalidProjectName, ProjectName, parse_project_name
from wheelyard.model.pages import ProjectList, ProjectPage
from wheelyard.upstream.cache import CacheFolder
from wheelyard.upstream.credentials import displayed
from wheelyard.upstream.transport import Transport
from wheelyard.wire import simple_html, simple_json
from wheelyard.wire.entries import InvalidPage

_JSON = "application/vnd.pypi.simple.v1+json"
_ACCEPT = f"{_JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_LIST = "-projects"  # no project's name starts with a hyphen


@dataclass(frozen=True, slots=True)
class _Format:
    parse_project_page: Callable[[bytes, ProjectName, str], ProjectPage]
    parse_project_list: Callable[[bytes], ProjectList]


_HTML_FORMAT = _Format(simple_html.parse_project_page, simple_html.parse_project_list)
_FORMATS = {
    _JSON: _Format(simple_json.parse_project_page, simple_json.parse_project_list),
    "application/vnd.pypi.simple.v1+html": _HTML_FORMAT,
    "text/html": _HTML_FORMAT,
}


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A project page and whether it says anything new."""

    page: ProjectPage
    digest: str  # sha256 of what was read and where; the same digest means the same page
    changed: bool  # since the last time it was read, by this or an earlier run


@dataclass(frozen=True, slots=True)
class ReadList:
    """An index's list of projects and whether it says anything new."""

    projects: ProjectList
    digest: str
    changed: bool


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

    @property
    def digest(self) -> str:
        context = f"{self.validators.content_type}\n{self.validators.url}\n".encode()
        return hashlib.sha256(context + self.body).hexdigest()

    def says_the_same(self, other: "_StoredPage | None") -> bool:
        """Whether both are the same page; their validators may differ."""
        return other is not None and self.digest == other.digest


_decode_validators = msgspec.json.Decoder(_Validators).decode


@dataclass(frozen=True, slots=True)
class PageReader:
    """Reads project pages of the simple index at `simple_url`, which ends in `/`."""

    transport: Transport
    simple_url: str  # without credentials
    cache: CacheFolder

    async def read(self, name: ProjectName) -> ReadPage:
        """The project's page as it is now. Raises ProjectNotFound, Unavailable or Refused."""
        url = f"{self.simple_url}{name}/"
        stored = self._stored(name)
        try:
            current = await self._ask(url, stored)
        except FileNotFound:
            self.cache.forget(name)
            raise ProjectNotFound(name, self.simple_url) from None
        page = _parse_page(current, name, url)
        self._keep(name, stored, current)
        return ReadPage(page, current.digest, not current.says_the_same(stored))

    async def read_list(self) -> ReadList:
        """All projects of the index as it is now. Raises FileNotFound, Unavailable or Refused."""
        stored = self._stored(_LIST)
        current = await self._ask(self.simple_url, stored)
        with _as_unavailable(self.simple_url):
            projects = _format(current, self.simple_url).parse_project_list(current.body)
        self._keep(_LIST, stored, current)
        return ReadList(projects, current.digest, not current.says_the_same(stored))

    def recall(self, name: ProjectName, changed: bool) -> ReadPage | None:
        """The page as it was last read, without asking the index; None if it is not kept."""
        stored = self._stored(name)
        if stored is None:
            return None
        return ReadPage(_parse_page(stored, name, self.simple_url), stored.digest, changed)

    async def _ask(self, url: str, stored: "_StoredPage | None") -> "_StoredPage":
        return await self.transport.persist(url, lambda: self._request(url, stored))

    def _keep(self, key: str, stored: "_StoredPage | None", current: "_StoredPage") -> None:
        if stored != current:
            self.cache.write(key, _encode(current))

    async def _request(self, url: str, stored: _StoredPage | None) -> _StoredPage:
        headers = {"Accept": _ACCEPT, **_conditions(stored)}
        async with self.transport.send(url, headers, decompress=True) as response:
            if response.status == 304 and stored is not None:
                return stored
            if response.status != 200:
                raise Unavailable(url, f"it answered {response.status} to a request for a page")
            return _StoredPage(_validators(response), await self.transport.read_body(response))

    def _stored(self, key: str) -> _StoredPage | None:
        content = self.cache.read(key)
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
    with _as_unavailable(url):
        return _format(stored, url).parse_project_page(stored.body, name, found_at)


def _format(stored: _StoredPage, url: str) -> _Format:
    found = _FORMATS.get(stored.validators.content_type)
    if found is None:
        content_type = stored.validators.content_type
        raise Unavailable(url, f"it answers with `{content_type}`, not with a page")
    return found


@contextmanager
def _as_unavailable(url: str) -> Iterator[None]:
    try:
        yield
    except InvalidPage as error:
        raise Unavailable(url, error.reason, error.hint) from error


def _names_project(url: str, name: ProjectName) -> bool:
    return any(_is_name(segment, name) for segment in urlsplit(url).path.split("/"))


def _is_name(segment: str, name: ProjectName) -> bool:
    try:
        return segment == name or parse_project_name(segment) == name
    except InvalidProjectName:
        return False
