"""Project pages and project lists as JSON: `application/vnd.pypi.simple.v1+json`.

Reading is tolerant, writing is strict: what uv or pip rejects never leaves here.

Spec: https://packaging.python.org/en/latest/specifications/simple-repository-api/#json-serialization
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from wheelyard.model.files import DistributionFile, MetadataOffer, Yank
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import (
    ProjectList,
    ProjectPage,
    ProjectStatus,
    Status,
    UnreadableFile,
)
from wheelyard.wire.entries import (
    API_VERSION,
    LARGEST_NUMBER,
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
from wheelyard.wire.releases import all_releases, releases_of

_API_VERSION_WITHOUT_SIZES = "1.0"  # "size" and "versions" are mandatory from 1.1 on (PEP 700)


class _Entry(msgspec.Struct, rename="kebab", gc=False):
    """One file as pages list it; `Any` where real indexes disagree about the type."""

    filename: str
    url: str
    hashes: dict[str, str] | None = None
    size: Annotated[int, msgspec.Meta(ge=0, le=LARGEST_NUMBER)] | None = None
    upload_time: datetime | None = None
    requires_python: str | None = None
    yanked: bool | str | None = None
    core_metadata: Any = None
    dist_info_metadata: Any = None
    data_dist_info_metadata: Any = None
    provenance: Any = None


class _Page(msgspec.Struct, rename="kebab"):
    files: list[_Entry]
    meta: dict[str, Any] | None = None
    versions: list[str] | None = None
    project_status: Any = None


class _RoughPage(msgspec.Struct, rename="kebab"):
    """The same, for pages where something is amiss: each file is read on its own."""

    files: list[msgspec.Raw]
    meta: dict[str, Any] | None = None
    versions: Any = None
    project_status: Any = None


class _Named(msgspec.Struct):
    filename: str


class _ListedProject(msgspec.Struct, gc=False):
    name: str
    serial: Any = msgspec.field(name="_last-serial", default=None)


class _List(msgspec.Struct):
    projects: list[_ListedProject]
    meta: dict[str, Any] | None = None


class _RoughList(msgspec.Struct):
    projects: list[msgspec.Raw]
    meta: dict[str, Any] | None = None


class _RenderedFile(msgspec.Struct, rename="kebab", gc=False):
    """One file as we list it: what is not known is left out, and nothing is ever null."""

    filename: str
    url: str
    hashes: Mapping[str, str]
    size: int | UnsetType = UNSET
    upload_time: datetime | UnsetType = UNSET
    requires_python: str | UnsetType = UNSET
    core_metadata: bool | dict[str, str] | UnsetType = UNSET
    yanked: bool | str | UnsetType = UNSET
    provenance: str | UnsetType = UNSET


_decode_page = msgspec.json.Decoder(_Page).decode
_decode_rough_page = msgspec.json.Decoder(_RoughPage).decode
_decode_entry = msgspec.json.Decoder(_Entry).decode
_decode_named = msgspec.json.Decoder(_Named).decode
_decode_list = msgspec.json.Decoder(_List).decode
_decode_rough_list = msgspec.json.Decoder(_RoughList).decode
_decode_listed_project = msgspec.json.Decoder(_ListedProject).decode

_MISREAD = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_T = TypeVar("_T")


def parse_project_page(document: bytes, name: ProjectName, base_url: str) -> ProjectPage:
    """Read the page of the project `name`, found at `base_url` after redirects.

    A file that cannot be used is in `unreadable` and the rest of the page stands. Where the index
    lists no versions they are those of the files. The name in the document is passed over: indexes
    give it in display form, or not at all. Raises InvalidPage.
    """
    unreadable: list[UnreadableFile] = []
    page = _read_page(document, base_url, unreadable)
    meta = page.meta or {}
    check_api_version(meta.get("api-version", "1.0"), base_url)
    files = distinct_files(_read_files(page.files, base_url, unreadable), unreadable)
    versions = page.versions
    return ProjectPage(
        name=name,
        files=files,
        versions=releases_of(files, name) if versions is None else tuple(dict.fromkeys(versions)),
        status=_read_status(page),
        serial=read_number(meta.get("_last-serial")),
        unreadable=tuple(unreadable),
    )


def render_project_page(page: ProjectPage) -> bytes:
    """Write a page that every installer reads, with URLs as they stand in its files.

    A quarantined project's files are left out. Unless the size of every file is known the page is
    one of version 1.0, without `size` and `versions`. What could not be read is not written.
    """
    quarantined = page.status.status is Status.QUARANTINED
    files = () if quarantined else page.files
    sized = all(file.size is not None for file in files)
    document: dict[str, object] = {
        "meta": _render_meta(API_VERSION if sized else _API_VERSION_WITHOUT_SIZES, page.serial),
        "name": page.name,
        "files": [_render_file(file, sized) for file in files],
    }
    if sized:
        document["versions"] = all_releases(page.versions, files, page.name)
    if page.status.status is not Status.ACTIVE:
        document["project-status"] = _render_status(page.status)
    return msgspec.json.encode(document)


def parse_project_list(document: bytes) -> ProjectList:
    """Read an index's list of projects. Raises InvalidPage.

    Names may be in display form; an entry without a valid name is left out.
    """
    where = "the list of projects"
    try:
        found = _decode_list(document)
    except _MISREAD:
        rough = _decode_or_refuse(_decode_rough_list, document, where)
        found = _List(list(_readable(rough.projects, _decode_listed_project)), rough.meta)
    meta = found.meta or {}
    check_api_version(meta.get("api-version", "1.0"), where)
    return ProjectList(
        distinct_projects((line.name, read_number(line.serial)) for line in found.projects),
        read_number(meta.get("_last-serial")),
    )


def render_project_list(projects: ProjectList) -> bytes:
    """Write an index's list of projects, in its order."""
    lines = [
        {"name": line.name}
        if line.serial is None
        else {"name": line.name, "_last-serial": line.serial}
        for line in projects.projects
    ]
    return msgspec.json.encode(
        {"meta": _render_meta(API_VERSION, projects.serial), "projects": lines}
    )


def _read_page(document: bytes, where: str, unreadable: list[UnreadableFile]) -> _Page:
    try:
        return _decode_page(document)
    except _MISREAD:
        rough = _decode_or_refuse(_decode_rough_page, document, where)
    versions = rough.versions if isinstance(rough.versions, list) else []
    return _Page(
        files=list(_readable(rough.files, _decode_entry, unreadable)),
        meta=rough.meta,
        versions=[version for version in versions if isinstance(version, str)] or None,
        project_status=rough.project_status,
    )


def _decode_or_refuse(decode: Callable[[bytes], _T], document: bytes, where: str) -> _T:
    try:
        return decode(document)
    except _MISREAD as error:
        raise InvalidPage(where, str(error)) from error


def _readable(
    entries: Iterable[msgspec.Raw],
    decode: Callable[[msgspec.Raw], _T],
    unreadable: list[UnreadableFile] | None = None,
) -> Iterator[_T]:
    """The entries that can be read; the others are added to `unreadable`."""
    for entry in entries:
        try:
            yield decode(entry)
        except _MISREAD as error:
            if unreadable is not None:
                unreadable.append(UnreadableFile(_filename(entry), str(error)))


def _filename(entry: msgspec.Raw) -> str:
    try:
        return _decode_named(entry).filename
    except _MISREAD:
        return ""


def _read_files(
    entries: Iterable[_Entry], base_url: str, unreadable: list[UnreadableFile]
) -> Iterator[DistributionFile]:
    for entry in entries:
        try:
            yield _read_file(entry, base_url)
        except UnusableEntry as error:
            unreadable.append(UnreadableFile(entry.filename, error.reason))


def _read_file(entry: _Entry, base_url: str) -> DistributionFile:
    url, filename = locate(entry.url, base_url)
    if filename != entry.filename or not filename:
        # pip takes the file's name from the URL, uv from `filename`.
        raise UnusableEntry(f"its URL ends in `{filename}`")
    return DistributionFile(
        filename=filename,
        url=url,
        hashes=known_digests(entry.hashes) if entry.hashes else {},
        size=entry.size,
        uploaded=as_utc(entry.upload_time),
        requires_python=entry.requires_python or None,
        core_metadata=_read_core_metadata(entry),
        yank=None if entry.yanked in (None, False) else _read_yank(entry.yanked),
        provenance=entry.provenance if isinstance(entry.provenance, str) else None,
    )


def _read_core_metadata(entry: _Entry) -> MetadataOffer | None:
    # PEP 714 renamed the key, and PyPI writes the third, misspelt, beside the first.
    for offer in (entry.core_metadata, entry.dist_info_metadata, entry.data_dist_info_metadata):
        match offer:
            case None:
                continue
            case dict() if offer:
                return read_offer(offer)
            case _:
                return MetadataOffer() if offer is True else None
    return None


def _read_yank(yanked: bool | str | None) -> Yank:
    return Yank(yanked if isinstance(yanked, str) else "")


def _read_status(page: _Page) -> ProjectStatus:
    # The standard's text has it beside `meta`, its example inside.
    status = page.project_status or (page.meta or {}).get("project-status")
    if not isinstance(status, dict):
        return ProjectStatus()
    return read_status(status.get("status"), status.get("reason"))


def _render_meta(api_version: str, serial: int | None) -> dict[str, object]:
    meta: dict[str, object] = {"api-version": api_version}
    if serial is not None:
        meta["_last-serial"] = serial
    return meta


def _render_file(file: DistributionFile, sized: bool) -> _RenderedFile:
    offer = file.core_metadata
    return _RenderedFile(
        file.filename,
        file.url,
        file.hashes,
        file.size if sized and file.size is not None else UNSET,
        file.uploaded or UNSET,
        file.requires_python or UNSET,
        UNSET if offer is None else _render_offer(offer),
        # An empty reason is "not yanked" to pip and "yanked" to uv.
        UNSET if file.yank is None else file.yank.reason or True,
        file.provenance or UNSET,
    )


def _render_offer(offer: MetadataOffer) -> bool | dict[str, str]:
    return True if offer.sha256 is None else {"sha256": offer.sha256}


def _render_status(status: ProjectStatus) -> dict[str, str]:
    rendered = {"status": str(status.status)}
    if status.reason:
        rendered["reason"] = status.reason
    return rendered
