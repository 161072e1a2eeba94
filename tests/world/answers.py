"""The answers of an honest upstream, as values."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from packaging.utils import canonicalize_name

from world.hosted import HostedProject, html_list, html_page, json_list, json_page
from world.hosting import Hosting

SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
SIMPLE_HTML = "application/vnd.pypi.simple.v1+html"
_FILE_CACHE_CONTROL = "max-age=365000000, immutable, public"


@dataclass(frozen=True, slots=True)
class Reply:
    """What an honest upstream answers."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def honest_reply(
    hosting: Hosting, url: str, path: str, headers: Mapping[str, str], lie: bytes | None = None
) -> Reply:
    """What a GET of `path` is answered; `lie` takes the place of any body. `url` is the host's."""
    if path.startswith("/simple/"):
        return _page(hosting, url, headers, path.removeprefix("/simple/"), lie)
    if (file := hosting.files.get(path)) is not None:
        return _file(hosting, headers, file.body if lie is None else lie)
    file = hosting.files.get(path.removesuffix(".metadata"))
    if file is None or file.metadata is None or not hosting.pages.core_metadata:
        return Reply(404, b"404 Not Found", {"Content-Type": "text/plain"})
    return _file(hosting, headers, file.metadata if lie is None else lie)


def _page(
    hosting: Hosting, url: str, wanted: Mapping[str, str], name: str, lie: bytes | None
) -> Reply:
    if name and not name.endswith("/"):
        return Reply(301, b"", {"Location": f"/simple/{quote(name)}/"})
    normalized = canonicalize_name(name.rstrip("/"))
    if name and f"{normalized}/" != name:
        return Reply(301, b"", {"Location": f"/simple/{quote(normalized)}/"})
    project = hosting.projects.get(normalized)
    if name and project is None:
        return Reply(404, b"404 Not Found", {"Content-Type": "text/plain"})
    content_type = _page_type(hosting, wanted.get("Accept", ""))
    body = _page_body(hosting, url, project, content_type) if lie is None else lie
    headers = {
        "Content-Type": content_type,
        "Cache-Control": "max-age=600, public",
        "Vary": "Accept, Accept-Encoding",
    }
    if hosting.pages.serials:
        serial = project.serial if project else hosting.next_serial() - 1
        headers["X-PyPI-Last-Serial"] = str(serial)
    return _conditional(hosting, wanted, body, headers)


def _page_type(hosting: Hosting, accept: str) -> str:
    if hosting.serves_json and SIMPLE_JSON in accept:
        return SIMPLE_JSON
    return SIMPLE_HTML if SIMPLE_HTML in accept and hosting.serves_json else "text/html"


def _page_body(
    hosting: Hosting, url: str, project: HostedProject | None, content_type: str
) -> bytes:
    if project is None:
        if content_type == SIMPLE_JSON:
            return json_list(hosting.projects, hosting.pages)
        return html_list(hosting.projects)
    write = json_page if content_type == SIMPLE_JSON else html_page
    return write(project, hosting.pages, hosting.files_url or url)


def _conditional(
    hosting: Hosting, wanted: Mapping[str, str], body: bytes, headers: dict[str, str]
) -> Reply:
    if hosting.serves_etags:
        etag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
        headers["ETag"] = etag
        if wanted.get("If-None-Match") == etag:
            return Reply(304, b"", headers)
    if hosting.compresses and "gzip" in wanted.get("Accept-Encoding", ""):
        return Reply(200, gzip.compress(body), {**headers, "Content-Encoding": "gzip"})
    return Reply(200, body, headers)


def _file(hosting: Hosting, wanted: Mapping[str, str], body: bytes) -> Reply:
    headers = {
        "Content-Type": "application/octet-stream",
        "Cache-Control": _FILE_CACHE_CONTROL,
    }
    if hosting.serves_etags:
        headers["ETag"] = f'"{hashlib.md5(body).hexdigest()}"'
    if not hosting.serves_ranges:
        return Reply(200, body, headers)
    headers["Accept-Ranges"] = "bytes"
    part = wanted.get("Range")
    condition = wanted.get("If-Range")
    if part is None or (condition is not None and condition != headers.get("ETag")):
        return Reply(200, body, headers)
    return _part(body, part, headers)


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
