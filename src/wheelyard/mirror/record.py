"""What a run leaves in the catalogue: which group wants which file and why, and what fell short.

The document of a group in the table `plans` is the list of its problems; an empty one says that the
group was complete when it was last planned.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from wheelyard.closure.groups import Group
from wheelyard.closure.obligations import Problem
from wheelyard.mirror.fetching import FailedFile
from wheelyard.model.names import ProjectName
from wheelyard.plan.document import problem_document, read_problem
from wheelyard.plan.plan import Plan
from wheelyard.yard.catalog import Catalog
from wheelyard.yard.ledger import (
    Failure,
    Selection,
    failures,
    forget_failure,
    forget_group,
    plans,
    recorded_groups,
    replace_selections,
    save_failure,
    save_plan,
    selections,
)


def record_plan(catalog: Catalog, plan: Plan) -> None:
    """Put the plan's selections and problems in place of those its groups had.

    A group with problems keeps what it wanted before, besides what it wants now: an upstream that
    was away for an hour is no reason to forget files.
    """
    chosen: defaultdict[str, list[Selection]] = defaultdict(list)
    for planned in plan.wanted():
        for want in planned.wants:
            chosen[want.group].append(
                Selection(
                    group=want.group,
                    target=want.target,
                    project=planned.project,
                    filename=planned.file.filename,
                    sha256=planned.file.sha256,
                    reason=want.reason,
                )
            )
    with catalog.transaction():
        earlier = selections(catalog) if plan.problems else []
        for name, problems in _problems_by_group(plan).items():
            kept = [one for one in earlier if one.group == name and problems]
            replace_selections(catalog, name, dict.fromkeys([*chosen[name], *kept]))
            save_plan(catalog, name, json.dumps([problem_document(one) for one in problems]))


def recorded_problems(catalog: Catalog) -> dict[str, tuple[Problem, ...]]:
    """The problems of every group that was ever planned, by name; none for those without any."""
    return {
        name: tuple(read_problem(problem) for problem in json.loads(document))
        for name, document in plans(catalog).items()
    }


def forget_other_groups(catalog: Catalog, known: Iterable[str]) -> None:
    """Forget every recorded group but these, so that what only it wanted is wanted no more."""
    with catalog.transaction():
        for name in recorded_groups(catalog).difference(known):
            forget_group(catalog, name)


def wanted_by_others(
    catalog: Catalog, groups: Sequence[Group]
) -> frozenset[tuple[ProjectName, str]]:
    """Project and file name of everything that groups other than these have selected."""
    names = {group.name for group in groups}
    return frozenset(
        (one.project, one.filename) for one in selections(catalog) if one.group not in names
    )


def record_failures(
    catalog: Catalog, failed: Sequence[FailedFile], read: Iterable[ProjectName], at: datetime
) -> None:
    """Note the projects that failed, after their plan was recorded.

    Failures of projects that now went well, or that no group wants any more, are forgotten. A
    project has a line for each of its files that failed, in the order of their names.
    """
    messages: defaultdict[ProjectName, list[str]] = defaultdict(list)
    for one in sorted(failed, key=lambda one: one.planned.file.filename):
        messages[one.planned.project].append(str(one.error))
    well = set(read)
    with catalog.transaction():
        wanted = {one.project for one in selections(catalog)}
        for failure in failures(catalog):
            if failure.project in well or failure.project not in wanted:
                forget_failure(catalog, failure.project)
        for project, lines in messages.items():
            save_failure(catalog, Failure(project, "\n".join(lines), at))


def _problems_by_group(plan: Plan) -> dict[str, list[Problem]]:
    """The problems of each group of the plan, none for a group that came through.

    A build group can serve any of them, so a problem with it is everyone's.
    """
    found: dict[str, list[Problem]] = {group.name: [] for group in plan.groups}
    for problem in plan.problems:
        for name in [problem.group] if problem.group in found else found:
            found[name].append(problem)
    return found
