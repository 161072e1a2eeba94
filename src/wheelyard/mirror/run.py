"""A run: read the facts, close the groups, plan, fetch, publish, check again.

What a crash leaves: files and pages that are whole, and partial downloads that the next run
resumes. The selections of a group are recorded before its files are fetched, so an interrupted run
never makes them look unwanted.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from wheelyard.closure.closed import Closure
from wheelyard.closure.groups import Group
from wheelyard.index import FileSource, Index
from wheelyard.mirror.closing import close_groups
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.fetching import FailedFile, Fetched, fetch_files
from wheelyard.mirror.progress import Progress
from wheelyard.mirror.record import record_failures, record_plan, wanted_by_others
from wheelyard.mirror.witnessing import Solvers
from wheelyard.model.errors import WheelyardError
from wheelyard.model.files import DistributionFile
from wheelyard.plan.changes import GroupChanges
from wheelyard.plan.inventory import Inventory
from wheelyard.plan.plan import Plan, PlannedFile, make_plan
from wheelyard.yard.listing import update_listing
from wheelyard.yard.pages import publish_projects, publish_root, stale_projects
from wheelyard.yard.partials import discard_unwanted_partials
from wheelyard.yard.yard import Yard, YardWriter


class Misdescribed(WheelyardError):
    """A wheel requires other things than its index said before it was fetched."""

    hint = "its dependencies may be incomplete; tell the operator of the index"

    def __init__(self, file: DistributionFile) -> None:
        self.file = file
        super().__init__(f"the metadata that {file.url} was offered with is not the wheel's own")


@dataclass(frozen=True, slots=True)
class Tools:
    """What a run works with."""

    index: Index
    source: FileSource
    solvers: Solvers
    progress: Progress
    now: Callable[[], datetime]  # UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a mirror run did."""

    plan: Plan
    fetched_files: int
    fetched_size: int  # bytes
    written_pages: int
    failed: tuple[FailedFile, ...]
    missing: tuple[PlannedFile, ...]  # wanted, and not in the yard when the run ended

    @property
    def is_complete(self) -> bool:
        """Whether everything asked for is in the yard."""
        return not (self.plan.problems or self.failed or self.missing)

    def after(self, earlier: "Report") -> "Report":
        """This report of the second of two runs, with what both of them brought."""
        return replace(
            self,
            fetched_files=self.fetched_files + earlier.fetched_files,
            fetched_size=self.fetched_size + earlier.fetched_size,
            written_pages=self.written_pages + earlier.written_pages,
        )

    @property
    def changed_nothing(self) -> bool:
        """Whether the yard is as it was before."""
        return not (self.fetched_files or self.written_pages)


@dataclass(frozen=True, slots=True)
class Study:
    """What is known of the groups before anything is fetched."""

    closure: Closure
    facts: Facts
    changes: tuple[GroupChanges, ...] = ()  # since the last run, where that is known


async def study_groups(groups: Sequence[Group], tools: Tools) -> Study:
    """Read the facts and close the groups; what fell short is among the closure's problems."""
    facts = Facts(tools.index, tools.progress)
    tools.progress.begin("Reading the index")
    closure = await close_groups(groups, facts, tools.solvers)
    tools.progress.end(len(facts.projects_read()), "project")
    return Study(closure, facts)


def plan_study(study: Study, yard: Yard | None) -> Plan:
    """What carrying out the study would do; `yard` is None where there is none yet."""
    inventory = yard.inventory() if yard else Inventory.of(())
    elsewhere = wanted_by_others(yard.catalog, study.closure.groups) if yard else frozenset()
    return make_plan(study.closure, inventory, elsewhere, study.changes)


async def carry_out(study: Study, yard: YardWriter, tools: Tools) -> Report:
    """Bring the yard to what the groups of the study need.

    Files and projects that fail are listed in the report and do not stop the others. Raises
    YardUnwritable; what was finished until then is kept.
    """
    plan, facts = plan_study(study, yard), study.facts
    record_plan(yard.catalog, plan)
    fetched = await _fetch(plan, yard, tools)
    await _carry_listings_over(facts, yard)
    fetched.pages.update(publish_projects(yard, stale_projects(yard)))
    publish_root(yard)
    inventory = yard.inventory()
    failed = (*fetched.failed, *_misdescribed(plan.wanted(), inventory, facts))
    record_failures(yard.catalog, failed, facts.projects_read(), tools.now())
    report = Report(
        plan=plan,
        fetched_files=fetched.files,
        fetched_size=fetched.size,
        written_pages=len(fetched.pages),
        failed=failed,
        missing=tuple(_missing(plan.wanted(), inventory)),
    )
    if report.is_complete:
        discard_unwanted_partials(yard)
    return report


async def _fetch(plan: Plan, yard: YardWriter, tools: Tools) -> Fetched:
    if not plan.add:
        return Fetched()
    size = sum(planned.file.size or 0 for planned in plan.add)
    tools.progress.begin("Fetching", files=len(plan.add), size=size)
    fetched = await fetch_files(plan.add, tools.source, yard, tools.progress)
    tools.progress.end(fetched.files, "file")
    return fetched


async def _carry_listings_over(facts: Facts, yard: YardWriter) -> None:
    for project in facts.projects_read():
        update_listing(yard, await facts.page(project))


def _misdescribed(
    wanted: Iterable[PlannedFile], inventory: Inventory, facts: Facts
) -> Iterable[FailedFile]:
    """The wheels whose own METADATA is not the one that the plan was made of."""
    read = facts.wheel_metadata_read()
    for planned in wanted:
        held = inventory.find(planned.project, planned.file)
        document = read.get(planned.file.filename)
        if held is None or held.core_metadata is None or document is None:
            continue
        if sha256(document).hexdigest() != held.core_metadata:
            yield FailedFile(planned, Misdescribed(planned.file))


def _missing(wanted: Iterable[PlannedFile], inventory: Inventory) -> Iterable[PlannedFile]:
    return (item for item in wanted if inventory.find(item.project, item.file) is None)
