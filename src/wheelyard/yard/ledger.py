"""The catalogue's memory of why files are held, what could not be had, and what runs did."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from sqlite3 import Row

from wheelyard.model.digests import Sha256
from wheelyard.model.names import ProjectName
from wheelyard.yard.catalog import Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """One reason why a group wants a file for a target."""

    group: str
    target: str  # as `str(target)` writes it; "" for a sweep, which has no targets
    project: ProjectName
    filename: str
    sha256: Sha256 | None  # None: the index lists none
    reason: str  # the chain of requirements, or the rule, that brought it in


@dataclass(frozen=True, slots=True)
class Failure:
    """What kept a project from being mirrored as it should be."""

    project: ProjectName
    message: str
    at: datetime  # UTC


class Outcome(StrEnum):
    """How a run ended."""

    COMPLETE = "complete"
    FELL_SHORT = "fell short"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run that wrote into the yard."""

    number: int
    started: datetime  # UTC
    finished: datetime | None  # UTC; None: it is still at work, or it was killed
    outcome: Outcome | None  # None as `finished` is
    summary: str | None  # a JSON document; None as `finished` is


def replace_selections(catalog: Catalog, group: str, selections: Iterable[Selection]) -> None:
    """Put these in place of all selections of the group, in one transaction."""
    rows = [
        (group, one.target, one.project, one.filename, one.sha256, one.reason) for one in selections
    ]
    with catalog.transaction() as connection:
        connection.execute("DELETE FROM selections WHERE group_name = ?", (group,))
        connection.executemany("INSERT INTO selections VALUES (?, ?, ?, ?, ?, ?)", rows)


def selections(catalog: Catalog) -> list[Selection]:
    """All selections, by group and in the order they were given."""
    return _selections(catalog.read("SELECT * FROM selections ORDER BY group_name, rowid"))


def selections_of(catalog: Catalog, project: ProjectName) -> list[Selection]:
    """The selections of a project's files, by group and in the order they were given."""
    query = "SELECT * FROM selections WHERE project = ? ORDER BY group_name, rowid"
    return _selections(catalog.read(query, (project,)))


def recorded_groups(catalog: Catalog) -> set[str]:
    """Every group that has a selection or a plan."""
    query = "SELECT group_name FROM selections UNION SELECT group_name FROM plans"
    return {row["group_name"] for row in catalog.read(query)}


def forget_group(catalog: Catalog, group: str) -> None:
    """Forget a group's selections and plan; its files stay in the yard."""
    with catalog.transaction() as connection:
        connection.execute("DELETE FROM selections WHERE group_name = ?", (group,))
        connection.execute("DELETE FROM plans WHERE group_name = ?", (group,))


def save_plan(catalog: Catalog, group: str, document: str) -> None:
    """Keep what is told of the group's last plan, a document that is nothing but text here."""
    with catalog.transaction() as connection:
        connection.execute("INSERT OR REPLACE INTO plans VALUES (?, ?)", (group, document))


def plans(catalog: Catalog) -> dict[str, str]:
    """What was told of the last plan of every group, by name."""
    rows = catalog.read("SELECT * FROM plans ORDER BY group_name")
    return {row["group_name"]: row["document"] for row in rows}


def save_failure(catalog: Catalog, failure: Failure) -> None:
    """Note a project's failure, in place of an earlier one."""
    with catalog.transaction() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO failures VALUES (?, ?, ?)",
            (failure.project, failure.message, failure.at.isoformat()),
        )


def forget_failure(catalog: Catalog, project: ProjectName) -> None:
    """Forget a project's failure, if there is one."""
    with catalog.transaction() as connection:
        connection.execute("DELETE FROM failures WHERE project = ?", (project,))


def failures(catalog: Catalog) -> list[Failure]:
    """All failures, by project."""
    return [
        Failure(ProjectName(row["project"]), row["message"], datetime.fromisoformat(row["at"]))
        for row in catalog.read("SELECT * FROM failures ORDER BY project")
    ]


def start_run(catalog: Catalog, at: datetime) -> int:
    """Note that a run begins; gives its number, for `finish_run`."""
    with catalog.transaction() as connection:
        connection.execute("INSERT INTO runs (started) VALUES (?)", (at.isoformat(),))
        return int(connection.execute("SELECT last_insert_rowid()").fetchone()[0])


def finish_run(catalog: Catalog, number: int, at: datetime, outcome: Outcome, summary: str) -> None:
    """Note how a run ended; `summary` is a JSON document."""
    with catalog.transaction() as connection:
        connection.execute(
            "UPDATE runs SET finished = ?, outcome = ?, summary = ? WHERE id = ?",
            (at.isoformat(), outcome.value, summary, number),
        )


def last_runs(catalog: Catalog, count: int) -> list[Run]:
    """The last runs, the newest first."""
    return [
        Run(
            number=row["id"],
            started=datetime.fromisoformat(row["started"]),
            finished=None if row["finished"] is None else datetime.fromisoformat(row["finished"]),
            outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
            summary=row["summary"],
        )
        for row in catalog.read("SELECT * FROM runs ORDER BY id DESC LIMIT ?", (count,))
    ]


def _selections(rows: list[Row]) -> list[Selection]:
    return [
        Selection(
            group=row["group_name"],
            target=row["target"],
            project=ProjectName(row["project"]),
            filename=row["filename"],
            sha256=None if row["sha256"] is None else Sha256(row["sha256"]),
            reason=row["reason"],
        )
        for row in rows
    ]
