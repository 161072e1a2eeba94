"""The catalogue's projects and files: what is held.

A project's `revision` grows with every change that its page shows; publishing notes the revision
that the page was made of, so a page is stale where the two differ.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection, Row

from wheelyard.model.digests import Blake2b, Sha256
from wheelyard.model.files import Yank
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ProjectStatus, Status
from wheelyard.plan.inventory import HeldFile, PackagePath
from wheelyard.yard.catalog import Catalog

_SERIAL = "serial"
_SAVE_FILE = """
INSERT OR REPLACE INTO files (
  project, filename, version, path, sha256, blake2b, size, hashes, uploaded, requires_python,
  yank_reason, core_metadata, provenance, upstream_url
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldProject:
    """One project of the yard."""

    name: ProjectName
    status: ProjectStatus
    upstream_serial: int | None  # of the page last seen; None: the upstream keeps no serials
    revision: int
    published_revision: int | None  # None: it has no page yet
    serial: int | None  # the yard's own, of its page; None: it has no page yet

    @property
    def is_stale(self) -> bool:
        """Whether the page tells less than the catalogue."""
        return self.revision != self.published_revision


def projects(catalog: Catalog) -> list[HeldProject]:
    """All projects, by name."""
    return [_project(row) for row in catalog.read("SELECT * FROM projects ORDER BY name")]


def find_project(catalog: Catalog, name: ProjectName) -> HeldProject | None:
    """One project, or None if the yard has never held a file of it."""
    rows = catalog.read("SELECT * FROM projects WHERE name = ?", (name,))
    return _project(rows[0]) if rows else None


def files(catalog: Catalog) -> list[HeldFile]:
    """All files, by project and filename."""
    return [_file(row) for row in catalog.read("SELECT * FROM files ORDER BY project, filename")]


def files_of(catalog: Catalog, project: ProjectName) -> list[HeldFile]:
    """A project's files, by filename."""
    query = "SELECT * FROM files WHERE project = ? ORDER BY filename"
    return [_file(row) for row in catalog.read(query, (project,))]


def find_file(catalog: Catalog, project: ProjectName, filename: str) -> HeldFile | None:
    """One file, or None if it is not held."""
    query = "SELECT * FROM files WHERE project = ? AND filename = ?"
    rows = catalog.read(query, (project, filename))
    return _file(rows[0]) if rows else None


def serial(catalog: Catalog) -> int:
    """The last serial that was handed out; 0 if none was."""
    rows = catalog.read("SELECT value FROM counters WHERE name = ?", (_SERIAL,))
    return int(rows[0]["value"]) if rows else 0


def take_serials(catalog: Catalog, count: int) -> range:
    """Serials that nobody had before and nobody gets again, whatever becomes of the caller."""
    with catalog.transaction() as connection:
        last = serial(catalog)
        connection.execute(
            "INSERT OR REPLACE INTO counters (name, value) VALUES (?, ?)", (_SERIAL, last + count)
        )
    return range(last + 1, last + 1 + count)


def save_files(catalog: Catalog, held: Collection[HeldFile]) -> None:
    """Add files or replace what is said of them; their projects' pages are stale then."""
    with catalog.transaction() as connection:
        _touch(connection, {file.project for file in held})
        connection.executemany(_SAVE_FILE, map(_file_values, held))


def save_unshown(catalog: Catalog, held: Collection[HeldFile]) -> None:
    """Replace what is said of files where their pages show nothing of the change."""
    with catalog.transaction() as connection:
        connection.executemany(_SAVE_FILE, map(_file_values, held))


def save_status(catalog: Catalog, name: ProjectName, status: ProjectStatus) -> None:
    """Set the status of a held project; its page is stale then."""
    with catalog.transaction() as connection:
        _touch(connection, [name])
        connection.execute(
            "UPDATE projects SET status = ?, status_reason = ? WHERE name = ?",
            (status.status.value, status.reason, name),
        )


def save_upstream_serial(catalog: Catalog, name: ProjectName, upstream_serial: int | None) -> None:
    """Note the serial of the upstream's page; the project's own page does not show it."""
    with catalog.transaction() as connection:
        connection.execute(
            "UPDATE projects SET upstream_serial = ? WHERE name = ?", (upstream_serial, name)
        )


def save_published(catalog: Catalog, published: Sequence[tuple[HeldProject, int | None]]) -> None:
    """Note that projects, as they were read, have pages with these serials."""
    with catalog.transaction() as connection:
        connection.executemany(
            "UPDATE projects SET published_revision = ?, serial = ? WHERE name = ?",
            [(project.revision, own, project.name) for project, own in published],
        )


def _touch(connection: Connection, names: Iterable[ProjectName]) -> None:
    connection.executemany(
        "INSERT INTO projects (name, status, revision) VALUES (?, ?, 1)"
        " ON CONFLICT (name) DO UPDATE SET revision = revision + 1",
        [(name, Status.ACTIVE.value) for name in names],
    )


def _project(row: Row) -> HeldProject:
    return HeldProject(
        name=ProjectName(row["name"]),
        status=ProjectStatus(Status(row["status"]), row["status_reason"]),
        upstream_serial=row["upstream_serial"],
        revision=row["revision"],
        published_revision=row["published_revision"],
        serial=row["serial"],
    )


def _file(row: Row) -> HeldFile:
    uploaded, yank_reason = row["uploaded"], row["yank_reason"]
    return HeldFile(
        project=ProjectName(row["project"]),
        version=row["version"],
        filename=row["filename"],
        path=PackagePath(row["path"]),
        sha256=Sha256(row["sha256"]),
        blake2b=Blake2b(row["blake2b"]),
        size=row["size"],
        hashes=json.loads(row["hashes"]),
        uploaded=None if uploaded is None else datetime.fromisoformat(uploaded),
        requires_python=row["requires_python"],
        yank=None if yank_reason is None else Yank(yank_reason),
        core_metadata=None if row["core_metadata"] is None else Sha256(row["core_metadata"]),
        provenance=row["provenance"],
        upstream_url=row["upstream_url"],
    )


def _file_values(file: HeldFile) -> tuple[object, ...]:
    return (
        file.project,
        file.filename,
        file.version,
        file.path,
        file.sha256,
        file.blake2b,
        file.size,
        json.dumps(dict(file.hashes), sort_keys=True),
        None if file.uploaded is None else file.uploaded.isoformat(),
        file.requires_python,
        None if file.yank is None else file.yank.reason,
        file.core_metadata,
        file.provenance,
        file.upstream_url,
    )
