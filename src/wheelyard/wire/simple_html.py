"""Project pages and project lists as HTML: `text/html`, `application/vnd.pypi.simple.v1+html`.

PEP 833 froze this form at version 1.4. Sizes and upload times are not in it; uv reads them from
`data-size` and `data-upload-time` all the same, so they are read and written here too.

Spec: https://packaging.python.org/en/latest/specifications/simple-repository-api/#base-html-api
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html import escape
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import msgspec

from wheelyard.model.errors import WheelyardError
from wheelyard.model.files import DistributionFile, MetadataOffer, Yank
from wheelyard.model.names import ProjectName, parse_project_name
from wheelyard.model.pages import ProjectList, ProjectPage, ProjectStatus, Status, UnreadableFile
from wheelyard.wire.entries import (
    API_VERSION,
    InvalidPage,
    UnusableEntry,
    as_utc,
    check_api_version,
    distinct_files,
    distinct_projects,
    known_digests,
    locate,
    read_number,
    read_offer,
    read_status,
)
from wheelyard.wire.releases import releases_of

# The digests that uv takes in a fragment, best first; another one there costs the whole page.
_FRAGMENT_ALGORITHMS = ("sha256", "sha512", "sha384", "md5")
_SERIAL = re.compile(r"SERIAL (\d+)", re.ASCII)

Attributes = Mapping[str, str | None]  # a name's first value; None: the attribute has no value


def parse_project_page(document: bytes, name: ProjectName, base_url: str) -> ProjectPage:
    """Read the page of the project `name`, found at `base_url` after redirects.

    Every link to a file is an entry, named by its URL; links to directories are passed over. A file
    that cannot be used is in `unreadable`. The versions are those of the files. Raises InvalidPage.
    """
    page = _read(document, base_url)
    unreadable: list[UnreadableFile] = []
    files = distinct_files(_read_files(page, base_url, unreadable), unreadable)
    return ProjectPage(
        name=name,
        files=files,
        versions=releases_of(files, name),
        status=read_status(
            page.meta.get("pypi:project-status"), page.meta.get("pypi:project-status-reason")
        ),
        serial=page.serial,
        unreadable=tuple(unreadable),
    )


def render_project_page(page: ProjectPage) -> bytes:
    """Write a page that every installer reads, with URLs as they stand in its files.

    HTML has room for one digest per file, and none for versions. A quarantined project's files are
    left out. What could not be read is not written.
    """
    files = () if page.status.status is Status.QUARANTINED else page.files
    lines = [
        f'    <a href="{escape(_href(file))}"{_render_attributes(_attributes(file))}>'
        f"{escape(file.filename)}</a><br>\n"
        for file in files
    ]
    title = f"Links for {page.name}"
    return _render_document(title, _status_meta(page.status), lines, page.serial)


def parse_project_list(document: bytes) -> ProjectList:
    """Read an index's list of projects, from the links' texts or else their URLs.

    Links that name no project are left out. Raises InvalidPage.
    """
    page = _read(document, "the list of projects")
    return ProjectList(
        distinct_projects((_listed_name(anchor), None) for anchor in page.anchors), page.serial
    )


def render_project_list(projects: ProjectList) -> bytes:
    """Write an index's list of projects, in its order, with URLs relative to it."""
    lines = [f'    <a href="{line.name}/">{line.name}</a><br>\n' for line in projects.projects]
    return _render_document("Simple index", {}, lines, projects.serial)


class _Anchor:
    """One link of a document."""

    __slots__ = ("attributes", "href", "text")

    def __init__(self, href: str, attributes: Attributes) -> None:
        self.href, self.attributes, self.text = href, attributes, ""


class _Reader(HTMLParser):
    """Collects what the simple API puts into a document."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.anchors: list[_Anchor] = []
        self.meta: dict[str, str] = {}  # by name, the first of each
        self.base: str | None = None
        self.serial: int | None = None
        self.is_html = False
        self._open: _Anchor | None = None

    def handle_decl(self, decl: str) -> None:
        self.is_html = self.is_html or decl.lower().startswith("doctype html")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_html = True
        attributes = dict(reversed(attrs))
        if tag == "a":
            href = attributes.get("href")
            self._open = None if href is None else _Anchor(href, attributes)
            if self._open is not None:
                self.anchors.append(self._open)
        elif tag == "meta":
            self.meta.setdefault(attributes.get("name") or "", attributes.get("content") or "")
        elif tag == "base" and self.base is None:
            self.base = attributes.get("href")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open.text += data

    def handle_comment(self, data: str) -> None:
        if match := _SERIAL.fullmatch(data.strip()):
            self.serial = read_number(match[1])


def _read(document: bytes, where: str) -> _Reader:
    reader = _Reader()
    try:
        reader.feed(document.decode("utf-8-sig", errors="replace"))
        reader.close()
    except AssertionError as error:
        # The standard library's way of saying that it met a broken `<![section`.
        raise InvalidPage(where, str(error)) from error
    if not reader.is_html:
        raise InvalidPage(where, "it is no HTML document")
    check_api_version(reader.meta.get("pypi:repository-version", "1.0"), where)
    return reader


def _listed_name(anchor: _Anchor) -> str:
    text = anchor.text.strip()
    try:
        return parse_project_name(text)
    except WheelyardError:
        return anchor.href.rstrip("/").rpartition("/")[2]


def _read_files(
    page: _Reader, base_url: str, unreadable: list[UnreadableFile]
) -> Iterator[DistributionFile]:
    base_url = _based(page.base, base_url)
    for anchor in page.anchors:
        try:
            url, filename = locate(anchor.href, base_url)
            if filename:
                yield _read_file(url, filename, anchor)
        except UnusableEntry as error:
            unreadable.append(UnreadableFile(anchor.text.strip(), error.reason))


def _based(base: str | None, base_url: str) -> str:
    try:
        return base_url if base is None else urljoin(base_url, base)
    except ValueError:
        return base_url


def _read_file(url: str, filename: str, anchor: _Anchor) -> DistributionFile:
    attributes = anchor.attributes
    return DistributionFile(
        filename=filename,
        url=url,
        hashes=known_digests(_pairs(urlsplit(anchor.href).fragment)),
        size=read_number(attributes.get("data-size")),
        uploaded=_read_time(attributes.get("data-upload-time")),
        requires_python=attributes.get("data-requires-python") or None,
        core_metadata=_read_core_metadata(attributes),
        # "The value of the data-yanked attribute, if present, is an arbitrary string".
        yank=Yank(attributes["data-yanked"] or "") if "data-yanked" in attributes else None,
        provenance=attributes.get("data-provenance") or None,
    )


def _pairs(fragment: str) -> dict[str, str]:
    """The `algorithm=digest` pairs of a fragment; others, such as `egg=`, are no digests."""
    pairs = (pair.partition("=") for pair in fragment.split("&"))
    return {name: digest for name, _, digest in pairs}


def _read_time(text: str | None) -> datetime | None:
    try:
        return as_utc(msgspec.convert(text, datetime | None))
    except (msgspec.ValidationError, UnusableEntry):
        return None


def _read_core_metadata(attributes: Attributes) -> MetadataOffer | None:
    # PEP 714 renamed the attribute. pip counts one without a value as absent.
    value = attributes.get("data-core-metadata") or attributes.get("data-dist-info-metadata")
    if value is None or value in ("", "false"):
        return None
    return read_offer(_pairs(value))


def _href(file: DistributionFile) -> str:
    for algorithm in _FRAGMENT_ALGORITHMS:
        if algorithm in file.hashes:
            return f"{file.url}#{algorithm}={file.hashes[algorithm]}"
    return file.url


def _attributes(file: DistributionFile) -> Iterator[tuple[str, str]]:
    if file.requires_python:
        yield "data-requires-python", file.requires_python
    if (offer := file.core_metadata) is not None:
        value = "true" if offer.sha256 is None else f"sha256={offer.sha256}"
        yield "data-core-metadata", value
        yield "data-dist-info-metadata", value
    if file.yank is not None:
        yield "data-yanked", file.yank.reason
    if file.provenance:
        yield "data-provenance", file.provenance
    if file.size is not None:
        yield "data-size", str(file.size)
    if file.uploaded is not None:
        yield "data-upload-time", _render_time(file.uploaded)


def _render_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def _render_attributes(attributes: Iterator[tuple[str, str]]) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes)


def _status_meta(status: ProjectStatus) -> dict[str, str]:
    if status.status is Status.ACTIVE:
        return {}
    meta = {"pypi:project-status": str(status.status)}
    if status.reason:
        meta["pypi:project-status-reason"] = status.reason
    return meta


def _render_document(
    title: str, meta: Mapping[str, str], lines: list[str], serial: int | None
) -> bytes:
    named = {"pypi:repository-version": API_VERSION, **meta}
    head = "".join(
        f'    <meta name="{name}" content="{escape(content)}">\n' for name, content in named.items()
    )
    end = "" if serial is None else f"<!--SERIAL {serial}-->\n"
    return (
        f"<!DOCTYPE html>\n<html>\n  <head>\n{head}    <title>{title}</title>\n  </head>\n"
        f"  <body>\n    <h1>{title}</h1>\n{''.join(lines)}  </body>\n</html>\n{end}"
    ).encode()
