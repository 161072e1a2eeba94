"""How a yard stands: totals, groups, the last run, failures."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Any

from wheelyard.cli.sizes import format_count, format_size
from wheelyard.closure.obligations import Problem
from wheelyard.mirror.record import recorded_problems
from wheelyard.plan.document import problem_document
from wheelyard.plan.inventory import HeldFile
from wheelyard.yard.ledger import Failure, Outcome, Run, failures, last_runs, selections
from wheelyard.yard.yard import Yard


@dataclass(frozen=True, slots=True)
class GroupStanding:
    """What a group wants, what of it the yard lacks, and what could not be planned."""

    name: str
    targets: tuple[str, ...]  # those known to want something or to have a problem
    files: int
    size: int  # bytes, of the files that are held
    missing: tuple[str, ...]  # file names
    problems: tuple[Problem, ...]  # of the last run that took the group

    @property
    def is_complete(self) -> bool:
        """Whether all that the group takes is known, and in the yard."""
        return not (self.missing or self.problems)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a yard stands."""

    root: Path
    projects: int
    files: int
    size: int  # bytes
    groups: tuple[GroupStanding, ...]
    last_run: Run | None
    failures: tuple[Failure, ...]

    @property
    def is_complete(self) -> bool:
        """Whether the last run ended well and every group is complete."""
        ran_well = self.last_run is not None and self.last_run.outcome is Outcome.COMPLETE
        return ran_well and not self.failures and all(group.is_complete for group in self.groups)


def read_standing(yard: Yard) -> Standing:
    """Read it from the catalogue."""
    held = {(file.project, file.filename): file for file in yard.inventory()}
    runs = last_runs(yard.catalog, 1)
    return Standing(
        root=yard.layout.root,
        projects=len({project for project, _ in held}),
        files=len(held),
        size=sum(file.size for file in held.values()),
        groups=_groups(yard, held),
        last_run=runs[0] if runs else None,
        failures=tuple(failures(yard.catalog)),
    )


def _groups(yard: Yard, held: dict[tuple[Any, str], HeldFile]) -> tuple[GroupStanding, ...]:
    wanted: defaultdict[str, set[tuple[Any, str]]] = defaultdict(set)
    targets: defaultdict[str, set[str]] = defaultdict(set)
    for selection in selections(yard.catalog):
        wanted[selection.group].add((selection.project, selection.filename))
        # A lock's other files are for no one target.
        targets[selection.group].update([selection.target] if selection.target else [])
    problems = recorded_problems(yard.catalog)
    for name, found in problems.items():
        targets[name].update(target for problem in found for target in problem.targets)
    return tuple(
        GroupStanding(
            name=name,
            targets=tuple(sorted(targets[name])),
            files=len(wanted[name]),
            size=sum(held[key].size for key in wanted[name] if key in held),
            missing=tuple(sorted(filename for _, filename in wanted[name] - held.keys())),
            problems=problems.get(name, ()),
        )
        for name in sorted(targets)
    )


def standing_lines(standing: Standing) -> list[str]:
    """The standing as a person reads it."""
    holds = ", ".join(
        [
            format_count(standing.projects, "project"),
            format_count(standing.files, "file"),
            format_size(standing.size),
        ]
    )
    lines = [f"yard:     {standing.root}", f"holds:    {holds}"]
    for group in standing.groups:
        lines += _group_lines(group)
    lines.append(f"last run: {_run_text(standing.last_run)}")
    return lines + [
        f"failed:   {failure.project}: {line}"
        for failure in standing.failures
        for line in failure.message.splitlines()
    ]


def standing_document(standing: Standing) -> dict[str, Any]:
    """The standing as one JSON object, schema 1."""
    run = standing.last_run
    return {
        "schema": 1,
        "yard": str(standing.root),
        "complete": standing.is_complete,
        "projects": standing.projects,
        "files": standing.files,
        "bytes": standing.size,
        "groups": [
            {
                "name": group.name,
                "targets": list(group.targets),
                "files": group.files,
                "bytes": group.size,
                "missing": list(group.missing),
                "problems": [problem_document(problem) for problem in group.problems],
            }
            for group in standing.groups
        ],
        "last_run": run
        and {
            "started": run.started.isoformat(),
            "finished": run.finished and run.finished.isoformat(),
            "outcome": run.outcome and run.outcome.value,
        },
        "failures": [
            {
                "project": failure.project,
                "message": failure.message,
                "at": failure.at.isoformat(),
            }
            for failure in standing.failures
        ],
    }


def _group_lines(group: GroupStanding) -> list[str]:
    states = [f"{len(group.missing):,} missing"] if group.missing else []
    states += [format_count(len(group.problems), "problem")] if group.problems else []
    size = f"{format_count(group.files, 'file')}, {format_size(group.size)}"
    where = f"; for {', '.join(group.targets)}" if group.targets else ""
    lines = [f"group:    {group.name}: {size}, {', '.join(states) or 'complete'}{where}"]
    lines += [f"  missing {filename}" for filename in group.missing]
    for problem in group.problems:
        on = f" on {', '.join(problem.targets)}" if problem.targets else ""
        told = indent(problem.message, "    ").lstrip()
        lines += [f"  problem{on}: {told}"]
        lines += [f"  hint: {problem.hint}"] if problem.hint else []
    return lines


def _run_text(run: Run | None) -> str:
    if run is None:
        return "none"
    started = run.started.strftime("%Y-%m-%d %H:%M:%S UTC")
    if run.finished is None or run.outcome is None:
        return f"{started}, at work still, or it was killed"
    took = (run.finished - run.started).total_seconds()
    return f"{started}, {run.outcome.value}, took {took:.1f} s"
