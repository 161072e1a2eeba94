"""What JSON and HTML pages share: how the fields of one listed file are read and checked.

Upstreams are often degraded proxies, so reading is tolerant. One entry that cannot be used is an
UnusableEntry and leaves the rest of its page alone.

Spec: https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from wheelyard.model.digests import DIGEST_LENGTHS, InvalidDigest, parse_digest, parse_sha256
from wheelyard.model.errors import WheelyardError
from wheelyard.model.files import DistributionFile, MetadataOffer
from wheelyard.model.names import InvalidProjectName, ProjectName, parse_project_name
from wheelyard.model.pages import ListedProject, ProjectStatus, Status, UnreadableFile

API_VERSION = "1.4"
LARGEST_NUMBER = 2**63 - 1  # of bytes or changes: the largest integer of SQLite and msgspec

# What nearly every listed URL looks like; taking one apart properly costs ten times as much.
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9.:-]+/[A-Za-z0-9._/+~!-]*")

# A relative URL has no scheme when the page's own address has none.
_SCHEMES = frozenset({"", "http", "https", "file"})
_LOWERCASE_SHA256 = re.compile(r"[0-9a-f]{64}")


class InvalidPage(WheelyardError):
    """The document is no page of the simple API that can be read."""

    hint = "check that the upstream's URL is that of its simple index, ending in `/simple/`"

    def __init__(self, where: str, reason: str) -> None:
        self.where, self.reason = where, reason
        super().__init__(f"{where} is not a simple API page: {reason}")


class UnusableEntry(WheelyardError):
    """One entry of a page cannot be used, for the given reason."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def check_api_version(version: object, where: str) -> None:
    """Refuse a page of another major version of the simple API (PEP 629); raises InvalidPage.

    "If the major version of the repository is greater than the client's, the client MUST fail".
    """
    major = str(version).partition(".")[0].strip()
    if not (major.isascii() and major.isdecimal()):
        raise InvalidPage(where, f"its API version `{str(version)[:40]}` cannot be read")
    if major.lstrip("0") not in ("", "1"):
        raise InvalidPage(where, f"it speaks version {major[:40]} of the API, and wheelyard only 1")


def read_number(value: object) -> int | None:
    """A size or serial, given as a number or as its decimal text; None if it is neither.

    Serials come as text from some indexes. What a database cannot hold is no number either.
    """
    text = str(value) if isinstance(value, (int, str)) else ""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_NUMBER))):
        return None
    number = int(text)
    return number if number <= LARGEST_NUMBER else None


def read_status(status: object, reason: object) -> ProjectStatus:
    """A project's status; one that PEP 792 does not name counts as active."""
    try:
        known = Status(str(status))
    except ValueError:
        return ProjectStatus()
    return ProjectStatus(known, reason if isinstance(reason, str) and reason else None)


def locate(url: str, base_url: str) -> tuple[str, str]:
    """A file's absolute URL without credentials, query and fragment, and its file name.

    The name is "" for the URL of a directory. Raises UnusableEntry for a URL that cannot be
    fetched or a name that is not safe as the name of a file.
    """
    if _PLAIN_URL.fullmatch(url):
        absolute, filename, scheme = url, url.rpartition("/")[2], "https"
    else:
        absolute, filename, scheme = _resolve(url, base_url)
    if scheme not in _SCHEMES:
        raise UnusableEntry(f"its URL has the scheme `{scheme}`")
    if not is_safe(filename):
        raise UnusableEntry("its URL does not end in the name of a file")
    return absolute, filename


def _resolve(url: str, base_url: str) -> tuple[str, str, str]:
    try:
        parts = urlsplit(urljoin(base_url, url))
        # Credentials in a page are those of whoever asked for it; they are not passed on.
        host = parts.netloc.rpartition("@")[2]
        absolute = urlunsplit(parts._replace(netloc=host, query="", fragment=""))
        filename = unquote(parts.path.rpartition("/")[2], errors="strict")
    except ValueError as error:
        raise UnusableEntry(f"its URL cannot be read: {error}") from error
    return absolute, filename, parts.scheme


def is_safe(filename: str) -> bool:
    """Whether the text names nothing but a file in the directory at hand."""
    return (
        "/" not in filename
        and "\\" not in filename
        and filename not in (".", "..")
        and filename.isprintable()
    )


def known_digests(hashes: Mapping[str, str]) -> Mapping[str, str]:
    """The digests that are well formed and of an algorithm that installers know.

    uv rejects a whole page for one digest of the wrong length, so those are dropped here.
    """
    sha256 = hashes.get("sha256")
    if sha256 is not None and len(hashes) == 1 and _LOWERCASE_SHA256.fullmatch(sha256):
        return hashes
    known = {}
    for algorithm, text in hashes.items():
        name = algorithm.lower()
        try:
            digest = parse_digest(name, text)
        except InvalidDigest:
            continue
        if name in DIGEST_LENGTHS:
            known[name] = digest
    return known


def read_offer(hashes: Mapping[str, object]) -> MetadataOffer:
    """An offer of core metadata with the digests listed for it."""
    digest = hashes.get("sha256")
    try:
        return MetadataOffer(parse_sha256(digest) if isinstance(digest, str) else None)
    except InvalidDigest:
        return MetadataOffer()


def as_utc(moment: datetime | None) -> datetime | None:
    """A listed time in UTC; one without an offset is taken to be in UTC already."""
    if moment is None or moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise UnusableEntry("its upload time is out of range") from error


def distinct_files(
    files: Iterable[DistributionFile], unreadable: list[UnreadableFile]
) -> tuple[DistributionFile, ...]:
    """The first file of each name, in order; the later ones are added to `unreadable`."""
    files = tuple(files)
    by_name = {file.filename: file for file in reversed(files)}
    if len(by_name) == len(files):
        return files
    unreadable += [
        UnreadableFile(file.filename, "an earlier entry has the same file name")
        for file in files
        if by_name[file.filename] is not file
    ]
    return tuple(file for file in files if by_name[file.filename] is file)


def distinct_projects(listed: Iterable[tuple[str, int | None]]) -> tuple[ListedProject, ...]:
    """The projects of a list, in order; names that are none are left out, and so are repetitions.

    Root lists hold names in display form (PyPI's JSON does), so two spellings may be one project.
    """
    projects: dict[ProjectName, ListedProject] = {}
    for text, serial in listed:
        try:
            name = parse_project_name(text)
        except InvalidProjectName:
            continue
        if name not in projects:
            projects[name] = ListedProject(name, serial)
    return tuple(projects.values())
