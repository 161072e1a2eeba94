"""The core metadata inside a wheel.

Spec: https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

from collections.abc import Iterable
from typing import BinaryIO
from zipfile import ZipFile

from packaging.version import InvalidVersion, Version

from wheelyard.model.names import InvalidProjectName, parse_project_name
from wheelyard.wire.archives import InvalidArchive, damage_as_invalid, read_zip_member

_MEMBER = ".dist-info/METADATA"


def wheel_metadata(archive: BinaryIO, filename: str) -> bytes:
    """The METADATA of the wheel's own `.dist-info` directory, whatever spelling it has.

    Reads only the end of the archive, its directory and that member, so `archive` may fetch what
    it is asked for. Raises InvalidArchive; what `archive` itself raises of ours passes through.
    """
    with damage_as_invalid(filename), ZipFile(archive) as wheel:
        member = _find(wheel.namelist(), filename)
        return read_zip_member(wheel, member, filename)


def _find(members: Iterable[str], filename: str) -> str:
    stems = {
        member.removesuffix(_MEMBER): member
        for member in members
        if member.endswith(_MEMBER) and member.count("/") == 1
    }
    name, version, *_ = [*filename.removesuffix(".whl").split("-"), ""]
    own = [stem for stem in stems if _same_project(stem.rpartition("-")[0], name)]
    if len(own) > 1:
        own = [stem for stem in own if _same_version(stem.rpartition("-")[2], version)]
    if len(own) != 1:
        found = ", ".join(f"`{stem}.dist-info`" for stem in sorted(stems)[:5]) or "none"
        raise InvalidArchive(
            filename, f"it needs one `.dist-info` directory of its own, and has {found}"
        )
    return stems[own[0]]


def _same_project(one: str, other: str) -> bool:
    try:
        return parse_project_name(one) == parse_project_name(other)
    except InvalidProjectName:
        return False


def _same_version(one: str, other: str) -> bool:
    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return False
