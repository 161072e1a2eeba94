"""The catalogue's database: opening it, its schema, transactions.

It is SQLite in WAL mode, so that readers work while a run writes, and every commit is flushed
(`synchronous=FULL`): what a commit says is held is held after a power cut. What the tables mean is
in `holdings.py` (projects and files) and `ledger.py` (why they are held, and what runs did).
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Self

from wheelyard.model.errors import InvalidInput, Unreachable
from wheelyard.yard.errors import YardUnreadable, YardUnwritable

SCHEMA_VERSION = 1

_BUSY_SECONDS = 30
_SCHEMA = """
CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE projects (
  name TEXT PRIMARY KEY,
  status TEXT NOT NULL,
  status_reason TEXT,
  upstream_serial INTEGER,
  revision INTEGER NOT NULL,
  published_revision INTEGER,
  serial INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE files (
  project TEXT NOT NULL REFERENCES projects (name),
  filename TEXT NOT NULL,
  version TEXT,
  path TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  blake2b TEXT NOT NULL,
  size INTEGER NOT NULL,
  hashes TEXT NOT NULL,
  uploaded TEXT,
  requires_python TEXT,
  yank_reason TEXT,
  core_metadata TEXT,
  provenance TEXT,
  upstream_url TEXT,
  PRIMARY KEY (project, filename)
) STRICT, WITHOUT ROWID;
CREATE INDEX files_by_sha256 ON files (sha256);
CREATE INDEX files_by_path ON files (path);

CREATE TABLE selections (
  group_name TEXT NOT NULL,
  target TEXT NOT NULL,
  project TEXT NOT NULL,
  filename TEXT NOT NULL,
  sha256 TEXT,
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX selections_by_group ON selections (group_name);
CREATE INDEX selections_by_file ON selections (project, filename);

CREATE TABLE plans (
  group_name TEXT PRIMARY KEY,
  document TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE failures (
  project TEXT PRIMARY KEY,
  message TEXT NOT NULL,
  at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  started TEXT NOT NULL,
  finished TEXT,
  outcome TEXT,
  summary TEXT
) STRICT;
"""


class CatalogTooNew(InvalidInput):
    """A later wheelyard has written this catalogue."""

    hint = "use that later version of wheelyard, or a yard of its own for this one"

    def __init__(self, path: Path, version: int) -> None:
        self.path, self.version = path, version
        super().__init__(
            f"`{path}` has schema {version}, but this wheelyard knows no later one than"
            f" {SCHEMA_VERSION}"
        )


class CatalogDamaged(Unreachable):
    """The catalogue is no longer a database; the files and pages are not affected."""

    hint = "bring back a copy of it, or mirror into another `--yard`; `serve` works without it"

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"`{path}` is damaged: {reason}")


class Catalog:
    """An open catalogue. Threads may share it: their transactions come one after the other."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection, self.path = connection, path
        self._turn = threading.RLock()

    def read(self, query: str, values: Iterable[object] = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        with self._turn, _translated(self.path):
            return self._connection.execute(query, tuple(values)).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All that is executed inside, or nothing of it; on disk when it ends.

        One inside another is part of the outer one. Raises YardUnwritable.
        """
        with self._turn, _translated(self.path):
            if self._connection.in_transaction:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def settle(self) -> None:
        """Move what the WAL holds into the database itself, for those who cannot read the WAL."""
        with self._turn, _translated(self.path):
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        """Close the database."""
        with self._turn:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _ReopenedCatalog(Catalog):
    """A catalogue beside which nothing can be written, by us: it is opened anew for every query.

    WAL wants a shared-memory file. If a writer is at work it has made one and we can read along;
    if not, the database lies still, and can be read as long as no writer comes.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(_connect_to_read(path), path)

    def read(self, query: str, values: Iterable[object] = ()) -> list[sqlite3.Row]:
        with self._turn:
            self._connection.close()
            self._connection = _connect_to_read(self.path)
        return super().read(query, values)


def create_catalog(path: Path) -> None:
    """Make an empty catalogue, unless there is one."""
    with _translated(path), closing(_connect(path, "mode=rwc")) as connection:
        # `executescript` ends the transaction before it, so the schema brings its own.
        connection.execute("PRAGMA journal_mode=WAL")
        if _schema_version(connection) == 0:
            connection.executescript(
                f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;"
            )


def open_catalog(path: Path) -> Catalog:
    """Open it for writing. Raises YardUnwritable, CatalogTooNew, CatalogDamaged."""
    with _translated(path):
        return Catalog(_checked(_connect(path, "mode=rw"), path), path)


def open_catalog_to_read(path: Path) -> Catalog:
    """Open it for reading, also where nothing can be written, such as a read-only disk.

    Raises YardUnreadable, CatalogTooNew, CatalogDamaged.
    """
    try:
        return Catalog(_connect_along(path), path)
    except YardUnreadable:
        return _ReopenedCatalog(path)


def _connect_to_read(path: Path) -> sqlite3.Connection:
    try:
        return _connect_along(path)
    except YardUnreadable:
        with _translated(path):
            return _checked(_connect(path, "mode=ro&immutable=1"), path)


def _connect_along(path: Path) -> sqlite3.Connection:
    with _translated(path):
        return _checked(_connect(path, "mode=ro"), path)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{mode}",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.row_factory = sqlite3.Row
    return connection


def _checked(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    try:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        version = _schema_version(connection)
        if version > SCHEMA_VERSION:
            raise CatalogTooNew(path, version)
        if version == 0:
            raise CatalogDamaged(path, "it has no tables")
        connection.execute("SELECT count(*) FROM counters").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _schema_version(connection: sqlite3.Connection) -> int:
    row: Any = connection.execute("PRAGMA user_version").fetchone()
    return int(row[0])


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        # An error that the module raises by itself has no code; that one is a bug of ours.
        match getattr(error, "sqlite_errorcode", 0) & 0xFF:
            case sqlite3.SQLITE_FULL:
                raise YardUnwritable.full(path) from error
            case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_IOERR | sqlite3.SQLITE_BUSY:
                raise YardUnwritable(path, str(error)) from error
            case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
                raise YardUnreadable(path, str(error)) from error
            case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
                raise CatalogDamaged(path, str(error)) from error
        raise
