"""What commands print: plans, problems and summaries as text, and JSON documents."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from wheelyard.cli.sizes import format_count, format_size
from wheelyard.closure.obligations import Obligation, Problem
from wheelyard.mirror.run import Report
from wheelyard.plan.changes import change_lines
from wheelyard.plan.document import plan_document, totals
from wheelyard.plan.plan import Plan, PlannedFile


def print_json(document: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(document, indent=2))


def print_lines(lines: Iterable[str]) -> None:
    """Data, on stdout."""
    for line in lines:
        print(line)


def tell(lines: Iterable[str]) -> None:
    """Everything else, on stderr."""
    for line in lines:
        print(line, file=sys.stderr)


def plan_lines(plan: Plan) -> list[str]:
    """The plan, a line for each file that comes or goes, then the totals."""
    lines = [f"+ {_file_line(planned)}" for planned in plan.add]
    lines += [f"- {_file_line(planned)}" for planned in plan.drop]
    targets = sorted({str(target) for group in plan.groups for target in group.targets})
    return [
        *lines,
        *change_lines(plan.changes),
        f"groups:  {', '.join(group.name for group in plan.groups)}",
        f"targets: {', '.join(targets)}",
        f"add:     {_total(plan.add)}",
        f"keep:    {_total(plan.keep)}",
        f"drop:    {_total(plan.drop)}",
    ]


def report_document(report: Report, requests: int) -> dict[str, Any]:
    """A mirror run as one JSON object: its plan, and what it did."""
    return {
        **plan_document(report.plan),
        "complete": report.is_complete,
        **report_totals(report),
        "requests": requests,
        "failed": [
            {
                "project": failed.planned.project,
                "filename": failed.planned.file.filename,
                "message": str(failed.error),
                "hint": failed.error.hint,
            }
            for failed in report.failed
        ],
        "missing": [planned.file.filename for planned in report.missing],
    }


def report_totals(report: Report) -> dict[str, Any]:
    """The numbers of a mirror run."""
    return {
        "fetched": {"files": report.fetched_files, "bytes": report.fetched_size},
        "pages_written": report.written_pages,
    }


def problem_lines(problems: Sequence[Problem]) -> list[str]:
    """Problems as a person reads them, with a hint each."""
    lines: list[str] = []
    for problem in problems:
        where = f" on {', '.join(problem.targets)}" if problem.targets else ""
        lines += [f"error: group `{problem.group}`{where}: {problem.message}"]
        lines += [f"hint: {problem.hint}", ""] if problem.hint else [""]
    return lines


def obligation_lines(obligations: Sequence[Obligation]) -> list[str]:
    """What no proof can close."""
    return [f"note: {obligation.message}" for obligation in obligations]


def _file_line(planned: PlannedFile) -> str:
    size = format_size(planned.file.size) if planned.file.size is not None else "size unknown"
    reason = f"   {planned.reasons[0]}" if planned.reasons else ""
    return f"{planned.file.filename}  {size}{reason}"


def _total(files: Sequence[PlannedFile]) -> str:
    total = totals(files)
    return f"{format_count(total['files'], 'file')}, {format_size(total['bytes'])}"
