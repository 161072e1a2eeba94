"""Taking distribution files in: from a finished download to a held file with its metadata.

What holds: a file has its final name only if its digests were checked and its bytes are on disk,
and the catalogue lists it only after that. A run that is killed in between leaves a whole file
that nothing names yet; taking the file in again ends the work.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from wheelyard.index import DigestMismatch, Downloaded
from wheelyard.model.digests import Blake2b, Sha256
from wheelyard.model.errors import WheelyardError
from wheelyard.model.filenames import InvalidFilename, is_wheel, parse_filename
from wheelyard.model.files import DistributionFile
from wheelyard.model.names import ProjectName
from wheelyard.plan.inventory import HeldFile, PackagePath
from wheelyard.wire.archives import InvalidArchive
from wheelyard.wire.wheels import wheel_metadata
from wheelyard.yard import holdings
from wheelyard.yard.durable import Move, place, stage
from wheelyard.yard.errors import reading, writing
from wheelyard.yard.layout import UnsafeFilename, package_path
from wheelyard.yard.presence import is_whole
from wheelyard.yard.yard import YardWriter

_CHUNK = 1024 * 1024  # bytes


class FilenameTaken(WheelyardError):
    """The yard holds other bytes under this filename, and a published file never changes."""

    hint = (
        "the upstream has replaced a file, or two upstreams disagree about it; "
        "the file that came first is kept"
    )

    def __init__(self, held: HeldFile, got: Sha256) -> None:
        self.held, self.got = held, got
        super().__init__(
            f"`{held.filename}` of `{held.project}` is held with sha256 {held.sha256},"
            f" but what arrived has {got}"
        )


@dataclass(frozen=True, slots=True)
class Arrival:
    """A finished download: what the index listed, where the bytes are, what was measured."""

    project: ProjectName
    file: DistributionFile
    partial: Path  # on the yard's file system
    downloaded: Downloaded


# Why one file of a batch was not taken in; the others were.
Refusal = FilenameTaken | UnsafeFilename | DigestMismatch


def add_file(yard: YardWriter, arrival: Arrival) -> HeldFile:
    """Take one file in; see `add_files`. Raises what is wrong with it, and YardUnwritable."""
    (outcome,) = add_files(yard, [arrival])
    if isinstance(outcome, HeldFile):
        return outcome
    raise outcome


def add_files(yard: YardWriter, arrivals: Iterable[Arrival]) -> tuple[HeldFile | Refusal, ...]:
    """Take a batch of files in; the answers are in the order of `arrivals`.

    When it returns, every file and its `.metadata` are under their final names, on disk and in the
    catalogue, and the partial files are gone (a refused one stays). A file that is held already is
    no error. A wheel whose METADATA cannot be read is held without. The disk is waited for twice
    per batch, so batches of a hundred are much faster than single files. Raises YardUnwritable;
    the partial files that were not taken in stay, so nothing has to be fetched again.
    """
    with yard.turn, writing(yard.layout.root):
        batch = _Batch(yard)
        outcomes = [batch.take(arrival) for arrival in arrivals]
        place(batch.moves, yard.layout.root)
        holdings.save_files(yard.catalog, batch.new.values())
        for partial in batch.leftovers:
            partial.unlink(missing_ok=True)
    return tuple(outcomes)


def measure(path: Path) -> Downloaded:
    """Digests and size of a file that did not come through a FileSource. Raises YardUnreadable."""
    sha256, blake2b, size = hashlib.sha256(), hashlib.blake2b(digest_size=32), 0
    with reading(path), path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            sha256.update(chunk)
            blake2b.update(chunk)
            size += len(chunk)
    return Downloaded(Sha256(sha256.hexdigest()), Blake2b(blake2b.hexdigest()), size)


def version_in(filename: str, project: ProjectName) -> str | None:
    """The normalized version that a file's name tells, or None for eggs and other odd names."""
    try:
        return str(parse_filename(filename, project).version)
    except InvalidFilename:
        return None


class _Batch:
    """What becomes of the files of one batch, before any of it is done."""

    def __init__(self, yard: YardWriter) -> None:
        self.yard = yard
        self.moves: list[Move] = []
        self.new: dict[tuple[ProjectName, str], HeldFile] = {}
        self.leftovers: list[Path] = []  # partial files of what is held already

    def take(self, arrival: Arrival) -> HeldFile | Refusal:
        """Decide about one file, and stage what it needs."""
        got = arrival.downloaded.sha256
        if arrival.file.sha256 not in (None, got):
            return DigestMismatch(arrival.file, got)
        try:
            path = package_path(arrival.downloaded.blake2b, arrival.file.filename)
        except UnsafeFilename as error:
            return error
        key = (arrival.project, arrival.file.filename)
        held = self.new.get(key) or holdings.find_file(self.yard.catalog, *key)
        if held is not None and held.sha256 != got:
            return FilenameTaken(held, got)
        if held is not None and (key in self.new or is_whole(self.yard.layout, held)):
            self.leftovers.append(arrival.partial)
            return held
        self.new[key] = self._stage(arrival, held or _describe(arrival, path))
        return self.new[key]

    def _stage(self, arrival: Arrival, held: HeldFile) -> HeldFile:
        layout = self.yard.layout
        metadata = None
        if is_wheel(held.filename):
            metadata = _read_metadata(arrival.partial, held.filename)
        if metadata is not None:
            held = replace(held, core_metadata=Sha256(hashlib.sha256(metadata).hexdigest()))
            self.moves.append(Move(stage(layout.staging, metadata), layout.metadata(held.path)))
        self.moves.append(Move(arrival.partial, layout.file(held.path)))
        return held


def _describe(arrival: Arrival, path: PackagePath) -> HeldFile:
    file, downloaded = arrival.file, arrival.downloaded
    return HeldFile(
        project=arrival.project,
        version=version_in(file.filename, arrival.project),
        filename=file.filename,
        path=path,
        sha256=downloaded.sha256,
        blake2b=downloaded.blake2b,
        size=downloaded.size,
        hashes={**file.hashes, "sha256": downloaded.sha256},
        uploaded=file.uploaded,
        requires_python=file.requires_python,
        yank=file.yank,
        provenance=file.provenance,
        upstream_url=file.url,
    )


def _read_metadata(wheel: Path, filename: str) -> bytes | None:
    with wheel.open("rb") as archive:
        try:
            return wheel_metadata(archive, filename)
        except InvalidArchive:
            return None
