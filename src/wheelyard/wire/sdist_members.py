"""The few members of an sdist that are read: PKG-INFO, pyproject.toml, egg-info's requires.txt.

An archive is read once from front to back, and nothing is unpacked to disk.
"""

import gzip
import io
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Self
from zipfile import ZipFile

from wheelyard.model.names import InvalidProjectName, ProjectName, parse_project_name
from wheelyard.wire.archives import (
    LARGEST_DOCUMENT,
    MOST_MEMBERS,
    InvalidArchive,
    damage_as_invalid,
    read_zip_member,
)

MOST_UNPACKED = 4 * 2**30  # bytes of a whole sdist; PyPI takes none that comes near it

_GZIP_MAGIC = b"\x1f\x8b"
_TOP_LEVEL = re.compile(r"(?:\./)*[^/]+/(?P<name>PKG-INFO|pyproject\.toml)")
_EGG_INFO = re.compile(r"(?:[^/]+/)+(?P<project>[^/]+)\.egg-info/requires\.txt")
# Headers of names and attributes are read into memory as a whole, however large they say they are.
_HEADER_TYPES = frozenset(
    {
        tarfile.GNUTYPE_LONGLINK,
        tarfile.GNUTYPE_LONGNAME,
        tarfile.SOLARIS_XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.XHDTYPE,
    }
)
_LARGEST_HEADER = 2**20


@dataclass(frozen=True, slots=True)
class SdistMembers:
    """The documents found; None where there is none. The first of each kind stands."""

    pkg_info: bytes | None = None
    pyproject: bytes | None = None
    requires_txt: bytes | None = None


def read_members(archive: BinaryIO, filename: str, project: ProjectName) -> SdistMembers:
    """Find the documents in the sdist `filename` of `project`. Raises InvalidArchive."""
    documents = _zip_documents if filename.endswith(".zip") else _tar_documents
    found: dict[str, bytes] = {}
    with damage_as_invalid(filename):
        for kind, document in documents(archive, filename, project):
            found.setdefault(kind, document)
            if len(found) == len(SdistMembers.__slots__):
                break
    return SdistMembers(**found)


def _kind(member: str, project: ProjectName) -> str | None:
    """Which field of SdistMembers the member is, if it is one."""
    if match := _TOP_LEVEL.fullmatch(member):
        return "pkg_info" if match["name"] == "PKG-INFO" else "pyproject"
    if (match := _EGG_INFO.fullmatch(member)) and _is_named(match["project"], project):
        return "requires_txt"
    return None


def _is_named(text: str, project: ProjectName) -> bool:
    try:
        return parse_project_name(text) == project
    except InvalidProjectName:
        return False


def _zip_documents(
    archive: BinaryIO, filename: str, project: ProjectName
) -> Iterator[tuple[str, bytes]]:
    with ZipFile(archive) as sdist:
        for member in sdist.namelist():
            if (kind := _kind(member, project)) is not None:
                yield kind, read_zip_member(sdist, member, filename)


def _tar_documents(
    archive: BinaryIO, filename: str, project: ProjectName
) -> Iterator[tuple[str, bytes]]:
    stream = _Unpacked(archive, filename)
    with tarfile.open(fileobj=stream, mode="r|", tarinfo=_WaryTarInfo) as sdist:
        for count, member in enumerate(sdist):
            if count == MOST_MEMBERS:
                raise InvalidArchive(filename, f"it has more than {MOST_MEMBERS} members")
            kind = _kind(member.name, project)
            if kind is not None and member.isreg() and not member.issparse():
                yield kind, _read_tar_member(sdist, member, filename)


def _read_tar_member(sdist: tarfile.TarFile, member: tarfile.TarInfo, filename: str) -> bytes:
    stream = sdist.extractfile(member)
    if stream is None or member.size > LARGEST_DOCUMENT:
        raise InvalidArchive(filename, f"`{member.name}` has more than {LARGEST_DOCUMENT} bytes")
    return stream.read()


class _Unpacked(io.BufferedIOBase):
    """The tar inside an archive, compressed or not, up to MOST_UNPACKED bytes."""

    def __init__(self, archive: BinaryIO, filename: str) -> None:
        start = archive.read(len(_GZIP_MAGIC))
        archive.seek(0)
        # Some indexes hold plain tars under the name of compressed ones.
        is_gzip = start == _GZIP_MAGIC
        self._stream = gzip.GzipFile(fileobj=archive) if is_gzip else archive
        self._filename = filename
        self._left = MOST_UNPACKED

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes, at most `size`; raises InvalidArchive beyond the limit."""
        unpacked = self._stream.read(-1 if size is None else size)
        self._left -= len(unpacked)
        if self._left < 0:
            raise InvalidArchive(self._filename, f"it unpacks to more than {MOST_UNPACKED} bytes")
        return unpacked


class _WaryTarInfo(tarfile.TarInfo):
    """A tar member whose header is refused when it claims to be longer than any real one."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Read a header block; raises tarfile.ReadError."""
        member = super().frombuf(buf, encoding, errors)
        if member.type in _HEADER_TYPES and member.size > _LARGEST_HEADER:
            raise tarfile.ReadError(f"a header claims to have {member.size} bytes")
        return member
