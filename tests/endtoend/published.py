"""What a yard has published, read from its folder without wheelyard's own code."""

import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

FORMS = ("index.v1_json", "index.v1_html", "index.html")

_ORIGIN = "http://yard.example"
_SERIALS = re.compile(rb'"_last-serial":\s*\d+|<!--SERIAL \d+-->')


@dataclass(frozen=True, slots=True, order=True)
class Listed:
    """A file as a project's page lists it."""

    filename: str
    path: str  # below `web`
    sha256: str
    size: int
    requires_python: str | None
    is_yanked: bool
    metadata_sha256: str | None  # None: no `.metadata` is offered


def project_names(web: Path) -> list[str]:
    """The projects that have a folder of pages, though not every form may be there."""
    return sorted(path.name for path in (web / "simple").glob("*/"))


def read_page(web: Path, project: str, form: str) -> list[Listed] | None:
    """The files that one form of a project's page lists, sorted, or None if it is not there."""
    try:
        body = (web / "simple" / project / form).read_bytes()
    except FileNotFoundError:
        return None
    base = f"{_ORIGIN}/simple/{project}/"
    return sorted(_from_json(body, base) if form.endswith("json") else _from_html(body, base))


def listed_projects(web: Path, form: str) -> list[str] | None:
    """The projects on one form of the list of projects, sorted, or None if it is not there."""
    try:
        body = (web / "simple" / form).read_bytes()
    except FileNotFoundError:
        return None
    if form.endswith("json"):
        return sorted(project["name"] for project in json.loads(body)["projects"])
    return sorted(text for _, text in _anchors(body))


def check_packages(web: Path) -> int:
    """Hold every file under its final name to its path and its metadata; gives how many there are.

    Raises AssertionError.
    """
    count = 0
    for path in (web / "packages").glob("*/*/*/*"):
        if path.name.endswith(".metadata"):
            continue
        digest = hashlib.blake2b(path.read_bytes(), digest_size=32).hexdigest()
        place = f"packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{path.name}"
        assert path.relative_to(web).as_posix() == place, "a final name has other bytes"
        if path.suffix == ".whl":
            beside = path.with_name(f"{path.name}.metadata")
            assert beside.read_bytes() == _metadata_inside(path)
        count += 1
    return count


def check_pages(web: Path) -> list[str]:
    """Hold every form of every page to the files that it names.

    Gives the pages whose forms do not agree, by project; `/` stands for the list of projects. A
    page that is being replaced is one for a moment, for each form has a rename of its own. Raises
    AssertionError.
    """
    uneven = []
    for project in project_names(web):
        pages = [read_page(web, project, form) for form in FORMS]
        for listed in (page for page in pages if page is not None):
            _check_listed(web, listed)
        if any(page != pages[0] for page in pages):
            uneven.append(project)
    lists = [listed_projects(web, form) for form in FORMS]
    for names in (names for names in lists if names is not None):
        for name in names:
            for form in FORMS:
                assert (web / "simple" / name / form).is_file(), f"`{name}` is listed without page"
    if any(names != lists[0] for names in lists):
        uneven.append("/")
    return uneven


def contents(web: Path, *, blank_serials: bool = True) -> dict[str, bytes]:
    """All files below `web` by their path; pages with or without the yard's own serials."""
    return {
        path.relative_to(web).as_posix(): _content(path, blank_serials)
        for path in web.rglob("*")
        if path.is_file()
    }


def _content(path: Path, blank_serials: bool) -> bytes:
    body = path.read_bytes()
    return _SERIALS.sub(b"", body) if blank_serials and path.name in FORMS else body


def _check_listed(web: Path, listed: Iterable[Listed]) -> None:
    for file in listed:
        body = (web / file.path).read_bytes()
        assert len(body) == file.size, f"`{file.filename}` is cut short"
        assert hashlib.sha256(body).hexdigest() == file.sha256
        if file.metadata_sha256 is not None:
            metadata = (web / f"{file.path}.metadata").read_bytes()
            assert hashlib.sha256(metadata).hexdigest() == file.metadata_sha256


def _from_json(body: bytes, base: str) -> Iterator[Listed]:
    for file in json.loads(body)["files"]:
        metadata = file.get("core-metadata") or {}
        yield Listed(
            filename=file["filename"],
            path=_path(file["url"], base),
            sha256=file["hashes"]["sha256"],
            size=file["size"],
            requires_python=file.get("requires-python"),
            is_yanked=file.get("yanked", False) is not False,
            metadata_sha256=metadata.get("sha256"),
        )


def _from_html(body: bytes, base: str) -> Iterator[Listed]:
    for attributes, filename in _anchors(body):
        url, fragment = urldefrag(attributes["href"] or "")
        metadata = attributes.get("data-core-metadata")
        yield Listed(
            filename=filename,
            path=_path(url, base),
            sha256=fragment.removeprefix("sha256="),
            size=int(attributes["data-size"] or ""),
            requires_python=attributes.get("data-requires-python"),
            is_yanked="data-yanked" in attributes,
            metadata_sha256=metadata and metadata.removeprefix("sha256="),
        )


def _path(url: str, base: str) -> str:
    return unquote(urlsplit(urljoin(base, url)).path).removeprefix("/")


def _metadata_inside(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return archive.read(name)


def _anchors(body: bytes) -> list[tuple[dict[str, str | None], str]]:
    reader = _AnchorReader()
    reader.feed(body.decode())
    reader.close()
    return reader.anchors


class _AnchorReader(HTMLParser):
    """Collects the attributes and the text of each anchor."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: list[tuple[dict[str, str | None], str]] = []
        self._open: dict[str, str | None] | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._open = dict(attributes)

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self.anchors.append((self._open, data))
            self._open = None
