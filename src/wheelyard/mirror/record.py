"""What a run leaves in the catalogue: which group wants which file and why, and what failed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from wheelyard.closure.groups import Group
from wheelyard.mirror.fetching import FailedFile
from wheelyard.model.names import ProjectName
from wheelyard.plan.plan import Plan
from wheelyard.yard.catalog import Catalog
from wheelyard.yard.ledger import (
    Failure,
    Selection,
    failures,
    forget_failure,
    replace_selections,
    save_failure,
    selections,
)


def record_plan(catalog: Catalog, plan: Plan) -> None:
    """Put the plan's selections in place of those its groups had.

    Where there are problems the groups keep what they wanted before, besides what they want now: an
    upstream that was away for an hour is no reason to forget files.
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
    broken = {group.name for group in plan.groups} if plan.problems else set()
    with catalog.transaction():
        earlier = selections(catalog) if broken else []
        for name in {group.name for group in plan.groups}:
            kept = [one for one in earlier if one.group == name and name in broken]
            replace_selections(catalog, name, dict.fromkeys([*chosen[name], *kept]))


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

    Failures of projects that now went well, or that no group wants any more, are forgotten.
    """
    messages = {one.planned.project: str(one.error) for one in failed}
    well = set(read)
    with catalog.transaction():
        wanted = {one.project for one in selections(catalog)}
        for failure in failures(catalog):
            if failure.project in well or failure.project not in wanted:
                forget_failure(catalog, failure.project)
        for project, message in messages.items():
            save_failure(catalog, Failure(project, message, at))
