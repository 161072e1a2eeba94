"""Project pages and files in a folder, laid out for any web server: read as one would serve them.

Every answer is of the disk at that moment; nothing is remembered. What is gone from the disk is
missing, and what is there but cannot be read is unavailable.

Spec: https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from wheelyard.index import FileNotFound, ProjectNotFound, Unavailable
from wheelyard.model.files import DistributionFile
from wheelyard.model.metadata import SdistFacts
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ProjectPage
from wheelyard.wire import simple_html, simple_json
from wheelyard.wire.entries import InvalidPage
from wheelyard.wire.sdists import sdist_facts
from wheelyard.wire.wheels import wheel_metadata

# The forms of a page as static mirrors name them, the one that says most first.
PAGE_PARSERS: Mapping[str, Callable[[bytes, ProjectName, str], ProjectPage]] = {
    "index.v1_json": simple_json.parse_project_page,
    "index.v1_html": simple_html.parse_project_page,
    "index.html": simple_html.parse_project_page,
}


@dataclass(frozen=True, slots=True)
class StaticSite:
    """A static site with its pages below `root/simple/`.

    In the pages that it gives, the URLs of files are `file:` URLs, whatever they lead to; `hint` is
    what to do about a file that is not there.
    """

    root: Path  # absolute
    hint: str

    def page(self, name: ProjectName) -> ProjectPage:
        """The project's page. Raises ProjectNotFound, and Unavailable if it cannot be read or if
        there is no `simple/` at all, as on a disk that is not mounted.
        """
        simple = self.root / "simple"
        folder = simple / name
        for form, parse in PAGE_PARSERS.items():
            path = folder / form
            with told_by(path):
                try:
                    document = path.read_bytes()
                except (FileNotFoundError, NotADirectoryError):
                    continue
            try:
                return parse(document, name, f"{folder.as_uri()}/")
            except InvalidPage as error:
                raise Unavailable(f"`{path}`", error.reason, self.hint) from error
        if not simple.is_dir():
            raise Unavailable(f"`{simple}`", "there is no such folder")
        raise ProjectNotFound(name, f"`{simple}`")

    def path_of(self, file: DistributionFile) -> Path:
        """Where a file of one of the pages lies. Raises FileNotFound if it is not there, has
        another size than its page lists, or lies outside of the site; Unavailable.
        """
        path = path_of_url(file.url)
        if path is None or not path.is_relative_to(self.root):
            raise FileNotFound(file.url, f"is not in `{self.root}`", self.hint)
        with told_by(path):
            try:
                size = path.stat().st_size
            except (FileNotFoundError, NotADirectoryError):
                raise FileNotFound(f"`{path}`", hint=self.hint) from None
        if file.size not in (None, size):
            reason = f"has {size} bytes, and its page lists {file.size}"
            raise FileNotFound(f"`{path}`", reason, self.hint)
        return path

    def offered_metadata(self, file: DistributionFile) -> bytes | None:
        """The `.metadata` beside a wheel, or None if its page offers none. Raises FileNotFound if
        it is offered and not there, or not the document that the page lists; Unavailable.
        """
        if file.core_metadata is None:
            return None
        path = self.path_of(file)
        path = path.with_name(f"{path.name}.metadata")
        with told_by(path):
            try:
                document = path.read_bytes()
            except FileNotFoundError:
                raise FileNotFound(f"`{path}`", hint=self.hint) from None
        listed = file.core_metadata.sha256
        if listed is not None and hashlib.sha256(document).hexdigest() != listed:
            raise FileNotFound(f"`{path}`", "is not the document that its page lists", self.hint)
        return document

    def wheel_metadata(self, file: DistributionFile) -> bytes:
        """METADATA out of the wheel. Raises as `path_of` does, and InvalidArchive."""
        return read_wheel(self.path_of(file), file.filename)

    def sdist_facts(self, file: DistributionFile, project: ProjectName) -> SdistFacts:
        """What an sdist tells. Raises as `path_of` does; InvalidArchive or InvalidFilename."""
        return read_sdist(self.path_of(file), file.filename, project)


def path_of_url(url: str) -> Path | None:
    """The path that a `file:` URL names, without `..`; None for any other URL."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        return None
    return Path(os.path.normpath(unquote(parts.path)))


def read_wheel(path: Path, filename: str) -> bytes:
    """METADATA of a wheel on the disk. Raises InvalidArchive and Unavailable."""
    with told_by(path), path.open("rb") as archive:
        return wheel_metadata(archive, filename)


def read_sdist(path: Path, filename: str, project: ProjectName) -> SdistFacts:
    """Facts of an sdist on the disk. Raises InvalidArchive, InvalidFilename and Unavailable."""
    with told_by(path), path.open("rb") as archive:
        return sdist_facts(archive, filename, project)


@contextmanager
def told_by(path: Path) -> Iterator[None]:
    """Turn an OSError inside into Unavailable: it says nothing about what is on the disk."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        hint = "check the disk, and that this user may read it"
        raise Unavailable(f"`{path}`", reason, hint) from error
