"""Where everything lies in a yard: path arithmetic, nothing is opened here.

`web/` is a complete static site, laid out as PyPI and its mirrors lay theirs out. All paths that
are stored or published are relative, so a yard can be moved, mounted elsewhere or carried.
"""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from wheelyard.model.digests import Blake2b, parse_digest
from wheelyard.model.errors import InvalidInput
from wheelyard.model.files import DistributionFile
from wheelyard.model.names import ProjectName
from wheelyard.plan.inventory import PackagePath

# Letters that are the same in a file system, a URL path and an HTML attribute, so that a filename
# needs no quoting anywhere. `!` and `+` are in versions (`1!2.0`, `1.0+cu121`).
_SAFE_FILENAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+!~-]*")
_SIDE_FILES = (".metadata", ".provenance")
_LONGEST = 255 - max(map(len, _SIDE_FILES))  # bytes in one name on ext4, XFS, btrfs, APFS, NTFS
_PACKAGE_PATH = re.compile(r"packages/([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{60})/([^/]+)")


class UnsafeFilename(InvalidInput):
    """The filename could leave its folder, or be read as something else in a URL or a page."""

    def __init__(self, filename: str) -> None:
        self.filename = filename
        super().__init__(f"`{filename[:80]!a}` cannot be a file's name in a yard")


class InvalidPackagePath(InvalidInput):
    """The text is no path of a distribution file in a yard."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"`{text[:200]!a}` is not the path of a distribution file in a yard")


class PageForm(StrEnum):
    """The forms of a page, by the names that bandersnatch and the web servers behind it use."""

    HTML = "index.html"  # what a server without content negotiation gives; same bytes as V1_HTML
    V1_HTML = "index.v1_html"
    V1_JSON = "index.v1_json"


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one yard."""

    root: Path

    @property
    def web(self) -> Path:
        """The static site."""
        return self.root / "web"

    @property
    def simple(self) -> Path:
        """The pages: its own three forms, and a folder for each project."""
        return self.web / "simple"

    @property
    def packages(self) -> Path:
        """The distribution files."""
        return self.web / "packages"

    @property
    def state(self) -> Path:
        """What is not for the public."""
        return self.root / "state"

    @property
    def catalog(self) -> Path:
        """The SQLite database of what is held and why."""
        return self.state / "catalog.sqlite"

    @property
    def lock(self) -> Path:
        """The file whose `flock` makes one process the writer; it always stays."""
        return self.state / "lock"

    @property
    def lock_holder(self) -> Path:
        """Who holds the lock, as JSON."""
        return self.state / "lock.holder"

    @property
    def upstream(self) -> Path:
        """What upstreams said when they were last asked: pages, metadata, facts of sdists."""
        return self.state / "upstream"

    @property
    def resolved(self) -> Path:
        """What uv answered when it was last asked to resolve a group."""
        return self.state / "resolved"

    @property
    def proof(self) -> Path:
        """The last proof of what the yard is complete for."""
        return self.state / "proof.json"

    @property
    def partials(self) -> Path:
        """Unfinished downloads, kept from run to run so that they can be resumed."""
        return self.root.joinpath("state", "partial")

    @property
    def staging(self) -> Path:
        """Pages and metadata before they get their final name; emptied when a run begins."""
        return self.root.joinpath("state", "staging")

    def root_page(self, form: PageForm) -> Path:
        """One form of the list of projects."""
        return self.root.joinpath("web", "simple", form.value)

    def project_page(self, name: ProjectName, form: PageForm) -> Path:
        """One form of a project's page."""
        return self.root.joinpath("web", "simple", name, form.value)

    def file(self, path: PackagePath) -> Path:
        """A distribution file."""
        return self.root.joinpath("web", path)

    def metadata(self, path: PackagePath) -> Path:
        """The core metadata served beside a distribution file (PEP 658)."""
        return self.root.joinpath("web", f"{path}.metadata")

    def partial(self, file: DistributionFile) -> Path:
        """Where a download of `file` is written, by its sha256 or else by its URL."""
        if file.sha256 is not None:
            return self.partials / file.sha256
        return self.partials / f"url-{hashlib.sha256(file.url.encode()).hexdigest()}"


def package_path(blake2b: Blake2b, filename: str) -> PackagePath:
    """PyPI's path for a file: its BLAKE2b-256 in pieces of 2, 2 and 60 digits, then its name.

    Raises InvalidDigest, and UnsafeFilename for a name that is not one plain path segment.
    """
    digest = parse_digest("blake2b_256", blake2b)
    return PackagePath(
        f"packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{_safe_filename(filename)}"
    )


def parse_package_path(text: str) -> tuple[Blake2b, str]:
    """The digest and the filename in a package path; the opposite of `package_path`.

    Raises InvalidPackagePath for anything that `package_path` would not have made.
    """
    match = _PACKAGE_PATH.fullmatch(text)
    if match is None or not _is_safe(match[4]):
        raise InvalidPackagePath(text)
    return Blake2b(match[1] + match[2] + match[3]), match[4]


def is_side_file(filename: str) -> bool:
    """Whether it is served beside a distribution file: its metadata or its attestations."""
    return filename.endswith(_SIDE_FILES)


def page_link(path: PackagePath) -> str:
    """The URL of a file as a project's page gives it: relative, so that a yard can be moved.

    Spec: PEP 503 and RFC 3986 section 5; pip and uv resolve it against the page's final URL.
    """
    return f"../../{path}"


def _safe_filename(filename: str) -> str:
    if not _is_safe(filename):
        raise UnsafeFilename(filename)
    return filename


def _is_safe(filename: str) -> bool:
    return (
        len(filename) <= _LONGEST
        and _SAFE_FILENAME.fullmatch(filename) is not None
        and not is_side_file(filename)
    )
