"""Giving a wheel that was built here its own name: a build tag, and tags that it can stand for.

All members stay as they are, but for `WHEEL`, which says the same as the name, and `RECORD`.

Spec: https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

import base64
import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from wheelyard.wire.archives import InvalidArchive, damage_as_invalid

# What the loader of an operating system takes for its own: ELF, and Mach-O of 64 bits.
_NATIVE = (b"\x7fELF", b"\xcf\xfa\xed\xfe")


@dataclass(frozen=True, slots=True)
class WheelTags:
    """The three tags of a wheel's name, each of which may be several joined by dots."""

    python: str
    abi: str
    platform: str

    def __str__(self) -> str:
        return f"{self.python}-{self.abi}-{self.platform}"


def tags_of(filename: str) -> WheelTags:
    """The tags in a wheel's name."""
    return WheelTags(*filename.removesuffix(".whl").split("-")[-3:])


def has_native_code(wheel: Path) -> bool:
    """Whether any member is a program or a library. Raises InvalidArchive."""
    with damage_as_invalid(wheel.name), ZipFile(wheel) as archive:
        for member in archive.infolist():
            with archive.open(member) as stream:
                if stream.read(4).startswith(_NATIVE):
                    return True
    return False


def retag(wheel: Path, folder: Path, build: str, tags: WheelTags) -> Path:
    """Write the wheel with this build tag and these tags into `folder`. Raises InvalidArchive."""
    distribution, version, *_ = wheel.name.split("-")
    renamed = folder / f"{distribution}-{version}-{build}-{tags}.whl"
    with damage_as_invalid(wheel.name), ZipFile(wheel) as archive:
        replaced = _replaced(archive, wheel.name, build, tags)
        with ZipFile(renamed, "w") as copy:
            for member in archive.infolist():
                content = replaced.get(member.filename)
                copy.writestr(member, archive.read(member) if content is None else content)
    return renamed


def _replaced(archive: ZipFile, filename: str, build: str, tags: WheelTags) -> Mapping[str, bytes]:
    """The new contents of `WHEEL` and `RECORD`, by the members' names."""
    found = [name for name in archive.namelist() if name.endswith(".dist-info/WHEEL")]
    if len(found) != 1:
        raise InvalidArchive(filename, "it needs one `WHEEL`")
    record = found[0].removesuffix("WHEEL") + "RECORD"
    content = _wheel_file(archive.read(found[0]).decode(), build, tags)
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    for row in csv.reader(io.StringIO(archive.read(record).decode())):
        is_wheel_file = row[:1] == found
        writer.writerow([row[0], f"sha256={digest}", len(content)] if is_wheel_file else row)
    return {found[0]: content, record: rows.getvalue().encode()}


def _wheel_file(text: str, build: str, tags: WheelTags) -> bytes:
    own = ("tag:", "build:")
    kept = [line for line in text.splitlines() if line and not line.lower().startswith(own)]
    listed = [
        f"Tag: {python}-{abi}-{platform}"
        for python in tags.python.split(".")
        for abi in tags.abi.split(".")
        for platform in tags.platform.split(".")
    ]
    return "".join(f"{line}\n" for line in [*kept, f"Build: {build}", *listed]).encode()
