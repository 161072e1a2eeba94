"""The plan as the JSON document of `wheelyard plan --json`, schema 1 (docs/commands.md)."""

from collections.abc import Iterable
from typing import Any

from wheelyard.closure.obligations import Obligation, Problem, ProblemKind
from wheelyard.plan.changes import changes_document
from wheelyard.plan.plan import Plan, PlannedFile

SCHEMA = 1


def plan_document(plan: Plan) -> dict[str, Any]:
    """The plan as one JSON object."""
    parts = {"add": plan.add, "keep": plan.keep, "drop": plan.drop}
    return {
        "schema": SCHEMA,
        "targets": sorted({str(target) for group in plan.groups for target in group.targets}),
        "groups": [group.name for group in plan.groups],
        **{name: [_file(planned) for planned in files] for name, files in parts.items()},
        "totals": {name: totals(files) for name, files in parts.items()},
        "changes": changes_document(plan.changes),
        "problems": [problem_document(problem) for problem in plan.problems],
        "obligations": [obligation_document(item) for item in plan.obligations],
    }


def totals(files: Iterable[PlannedFile]) -> dict[str, int]:
    """Number of files and their bytes; a file whose size the index does not say counts as none."""
    sizes = [planned.file.size or 0 for planned in files]
    return {"files": len(sizes), "bytes": sum(sizes)}


def problem_document(problem: Problem) -> dict[str, Any]:
    """One problem as a JSON object."""
    return {
        "kind": problem.kind.value,
        "group": problem.group,
        "targets": list(problem.targets),
        "project": problem.project,
        "message": problem.message,
        "hint": problem.hint,
    }


def read_problem(document: dict[str, Any]) -> Problem:
    """The problem that `problem_document` made this of."""
    return Problem(
        kind=ProblemKind(document["kind"]),
        group=document["group"],
        targets=tuple(document["targets"]),
        project=document["project"],
        message=document["message"],
        hint=document["hint"],
    )


def obligation_document(obligation: Obligation) -> dict[str, Any]:
    """One obligation as a JSON object."""
    return {
        "kind": obligation.kind.value,
        "project": obligation.project,
        "message": obligation.message,
    }


def _file(planned: PlannedFile) -> dict[str, Any]:
    return {
        "project": planned.project,
        "version": planned.version,
        "filename": planned.file.filename,
        "size": planned.file.size,
        "sha256": planned.file.sha256,
        "url": planned.file.url,
        "targets": list(planned.targets),
        "reasons": list(planned.reasons),
    }
