"""What the small world hosts, and its project pages in JSON and HTML."""

import hashlib
import html
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote


@dataclass(slots=True, kw_only=True)
class HostedFile:
    """One file as the world lists it; change an attribute to change what is listed."""

    filename: str
    body: bytes
    hashes: dict[str, str]
    metadata: bytes | None = None  # served at `<path>.metadata`; None: not offered
    requires_python: str | None = None
    uploaded: str | None = "2024-01-02T03:04:05.678901Z"
    yanked: bool | str = False
    size: int | None = None  # None: as long as the body
    provenance: str | None = None

    @property
    def path(self) -> str:
        """The path PyPI would give it: the blake2b-256 of its first body, split 2/2/60."""
        digest = self.hashes["blake2b_256"]
        return f"/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{self.filename}"

    @property
    def listed_hashes(self) -> dict[str, str]:
        """The digests its page shows; blake2b is only in the path, as on PyPI."""
        return {name: digest for name, digest in self.hashes.items() if name != "blake2b_256"}


@dataclass(slots=True, kw_only=True)
class HostedProject:
    """One project; `files` keeps the order of the page."""

    name: str  # normalized
    display_name: str
    files: list[HostedFile] = field(default_factory=list)
    status: str | None = None
    status_reason: str | None = None
    serial: int = 1


@dataclass(slots=True)
class PageSettings:
    """How pages are written; the defaults are PyPI's."""

    core_metadata: bool = True  # offer `.metadata` files (PEP 658)
    sizes: bool = True  # list `size`
    upload_times: bool = True  # list `upload-time`
    serials: bool = True  # give `_last-serial` and X-PyPI-Last-Serial
    serial_as_text: bool = False  # give the serial as a string
    relative_urls: bool = False  # `../../packages/...` in place of whole URLs
    hash_names: tuple[str, ...] | None = None  # list only these digests; None: all


def digests(body: bytes) -> dict[str, str]:
    """The digests PyPI computes for a file."""
    return {
        "md5": hashlib.md5(body).hexdigest(),
        "sha256": hashlib.sha256(body).hexdigest(),
        "blake2b_256": hashlib.blake2b(body, digest_size=32).hexdigest(),
    }


def json_page(project: HostedProject, settings: PageSettings, files_url: str) -> bytes:
    """The project page as PEP 691 JSON."""
    files = [] if project.status == "quarantined" else project.files
    page: dict[str, Any] = {
        "meta": {"api-version": "1.4"},
        "name": project.name,
        "versions": sorted({file.filename.split("-")[1] for file in files if "-" in file.filename}),
        "files": [_json_file(file, settings, files_url) for file in files],
    }
    if settings.serials:
        serial = project.serial
        page["meta"]["_last-serial"] = str(serial) if settings.serial_as_text else serial
    if project.status is not None:
        page["project-status"] = {"status": project.status}
        if project.status_reason is not None:
            page["project-status"]["reason"] = project.status_reason
    return json.dumps(page).encode()


def html_page(project: HostedProject, settings: PageSettings, files_url: str) -> bytes:
    """The project page as PEP 503 HTML with the attributes of PEP 592, 658 and 714."""
    files = [] if project.status == "quarantined" else project.files
    links = "".join(f"{_anchor(file, settings, files_url)}<br>\n" for file in files)
    status = f'<meta name="pypi:project-status" content="{project.status}">\n'
    return (
        "<!DOCTYPE html>\n<html><head>\n"
        '<meta name="pypi:repository-version" content="1.4">\n'
        f"{status if project.status else ''}<title>Links for {project.name}</title>\n"
        f"</head><body>\n<h1>Links for {project.name}</h1>\n{links}</body></html>\n"
        + (f"<!--SERIAL {project.serial}-->\n" if settings.serials else "")
    ).encode()


def json_list(projects: Mapping[str, HostedProject], settings: PageSettings) -> bytes:
    """The list of projects as PEP 691 JSON with PyPI's serials."""
    listed = [project for project in projects.values() if project.status != "quarantined"]

    def serial_of(number: int) -> dict[str, Any]:
        if not settings.serials:
            return {}
        return {"_last-serial": str(number) if settings.serial_as_text else number}

    newest = max((project.serial for project in projects.values()), default=0)
    return json.dumps(
        {
            "meta": {"api-version": "1.4", **serial_of(newest)},
            "projects": [{"name": one.display_name, **serial_of(one.serial)} for one in listed],
        }
    ).encode()


def html_list(projects: Mapping[str, HostedProject]) -> bytes:
    """The list of projects as PEP 503 HTML."""
    links = "".join(
        f'<a href="/simple/{project.name}/">{html.escape(project.display_name)}</a>\n'
        for project in projects.values()
        if project.status != "quarantined"
    )
    return f"<!DOCTYPE html>\n<html><body>\n{links}</body></html>\n".encode()


def _listed(file: HostedFile, settings: PageSettings) -> dict[str, str]:
    names = settings.hash_names
    return {
        name: digest
        for name, digest in file.listed_hashes.items()
        if names is None or name in names
    }


def _url(file: HostedFile, settings: PageSettings, files_url: str) -> str:
    path = quote(file.path)
    return f"../..{path}" if settings.relative_urls else f"{files_url}{path}"


def _json_file(file: HostedFile, settings: PageSettings, files_url: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "filename": file.filename,
        "url": _url(file, settings, files_url),
        "hashes": _listed(file, settings),
        "requires-python": file.requires_python,
        "yanked": file.yanked,
    }
    if settings.sizes:
        entry["size"] = len(file.body) if file.size is None else file.size
    if settings.upload_times and file.uploaded is not None:
        entry["upload-time"] = file.uploaded
    if settings.core_metadata:
        metadata = file.metadata
        entry["core-metadata"] = metadata is not None and {
            "sha256": hashlib.sha256(metadata).hexdigest()
        }
    if file.provenance is not None:
        entry["provenance"] = file.provenance
    return entry


def _anchor(file: HostedFile, settings: PageSettings, files_url: str) -> str:
    hashes = _listed(file, settings)
    best = "sha256" if "sha256" in hashes else next(iter(hashes), None)
    attributes = {
        "href": _url(file, settings, files_url) + (f"#{best}={hashes[best]}" if best else "")
    }
    if file.requires_python is not None:
        attributes["data-requires-python"] = file.requires_python
    if file.yanked is not False:
        attributes["data-yanked"] = "" if file.yanked is True else file.yanked
    if settings.core_metadata and file.metadata is not None:
        digest = hashlib.sha256(file.metadata).hexdigest()
        attributes["data-core-metadata"] = f"sha256={digest}"
        attributes["data-dist-info-metadata"] = f"sha256={digest}"
    if file.provenance is not None:
        attributes["data-provenance"] = file.provenance
    written = " ".join(f'{name}="{html.escape(value)}"' for name, value in attributes.items())
    return f"<a {written}>{html.escape(file.filename)}</a>"
