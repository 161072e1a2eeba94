"""Pages, lists and archives of every shape, for the properties of the formats."""

import io
import tarfile
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime

from hypothesis import strategies as st

from wheelyard.model.digests import DIGEST_LENGTHS, Sha256
from wheelyard.model.files import DistributionFile, MetadataOffer, Yank
from wheelyard.model.names import ProjectName, parse_project_name
from wheelyard.model.pages import ListedProject, ProjectList, ProjectPage, ProjectStatus, Status

HEX = "0123456789abcdef"
ALPHANUMERIC = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

raw_names = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,20}[A-Za-z0-9])?", fullmatch=True)
names = raw_names.map(parse_project_name)
lines = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30)
nonempty_lines = lines.filter(str.strip)
moments = st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC))
serials = st.none() | st.integers(0, 10**17)
versions = st.from_regex(r"[1-9][0-9]?\.[0-9](\.post[1-9])?", fullmatch=True)


def digests(algorithm: str) -> st.SearchStrategy[str]:
    length = DIGEST_LENGTHS[algorithm]
    return st.text(HEX, min_size=length, max_size=length)


hashes: st.SearchStrategy[Mapping[str, str]] = st.fixed_dictionaries(
    {}, optional={algorithm: digests(algorithm) for algorithm in DIGEST_LENGTHS}
)
offers = st.builds(MetadataOffer, st.none() | digests("sha256").map(Sha256))


def filenames(name: ProjectName) -> st.SearchStrategy[str]:
    stem = name.replace("-", "_")
    return st.one_of(
        versions.map(lambda version: f"{stem}-{version}.tar.gz"),
        versions.map(lambda version: f"{stem}-{version}-py3-none-any.whl"),
        versions.map(lambda version: f"{name}-{version}.zip"),
        versions.map(lambda version: f"{stem}-{version}.win32.exe"),
    )


@st.composite
def files(draw: st.DrawFn, name: ProjectName) -> DistributionFile:
    filename = draw(filenames(name))
    return DistributionFile(
        filename=filename,
        url=f"https://files.example/{draw(digests('md5'))}/{filename}",
        hashes=draw(hashes),
        size=draw(st.none() | st.integers(0, 2**63 - 1)),
        uploaded=draw(st.none() | moments),
        requires_python=draw(st.none() | nonempty_lines),
        core_metadata=draw(st.none() | offers),
        yank=draw(st.none() | st.builds(Yank, lines)),
        provenance=draw(st.none() | st.just("https://files.example/provenance")),
    )


statuses = st.builds(ProjectStatus, st.sampled_from(Status), st.none() | nonempty_lines).map(
    lambda status: ProjectStatus() if status.status is Status.ACTIVE else status
)


@st.composite
def pages(draw: st.DrawFn) -> ProjectPage:
    name = draw(names)
    listed = draw(st.lists(files(name), max_size=5, unique_by=lambda file: file.filename))
    return ProjectPage(
        name=name,
        files=tuple(listed),
        versions=tuple(draw(st.lists(versions, max_size=4, unique=True))),
        status=draw(statuses),
        serial=draw(serials),
    )


lists = st.builds(
    lambda found, serial: ProjectList(tuple(found), serial),
    st.lists(st.builds(ListedProject, names, serials), unique_by=lambda line: line.name),
    serials,
)


@st.composite
def damaged(draw: st.DrawFn, document: bytes) -> bytes:
    """The document with some bytes replaced, taken out or put in."""
    start = draw(st.integers(0, len(document)))
    end = draw(st.integers(start, min(start + 20, len(document))))
    return document[:start] + draw(st.binary(max_size=20)) + document[end:]


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as writer:
        for name, content in members.items():
            writer.writestr(name, content)
    archive.seek(0)
    return archive


def tarred(members: Mapping[str, bytes], compression: str = "gz") -> io.BytesIO:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode=f"w:{compression}") as writer:  # type: ignore[call-overload]
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            writer.addfile(member, io.BytesIO(content))
    archive.seek(0)
    return archive
