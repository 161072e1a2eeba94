"""The plan: which files to add, keep and drop, each with the targets and reasons that want it."""

from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass

from wheelyard.closure.closed import Closure
from wheelyard.closure.groups import Group
from wheelyard.closure.obligations import Obligation, Problem
from wheelyard.closure.witness import Pin
from wheelyard.model.files import DistributionFile
from wheelyard.model.names import ProjectName
from wheelyard.plan.changes import GroupChanges
from wheelyard.plan.inventory import HeldFile, Inventory
from wheelyard.plan.reasons import Want, wants


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFile:
    """A file of the plan. `wants` is empty for a file that nothing wants any more."""

    project: ProjectName
    version: str
    file: DistributionFile
    wants: tuple[Want, ...] = ()  # sorted, unique

    @property
    def targets(self) -> tuple[str, ...]:
        """The targets that take it, sorted; none for what is kept for no one target."""
        return tuple(sorted({want.target for want in self.wants if want.target}))

    @property
    def reasons(self) -> tuple[str, ...]:
        """How it came in, without the targets, in a steady order."""
        return tuple(dict.fromkeys(f"{want.group}: {want.reason}" for want in self.wants))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a mirror run will do. Files are sorted by project, then by file name."""

    groups: tuple[Group, ...]  # those asked for; what their sdists need to build belongs to them
    add: tuple[PlannedFile, ...]
    keep: tuple[PlannedFile, ...]
    drop: tuple[PlannedFile, ...]
    problems: tuple[Problem, ...]
    obligations: tuple[Obligation, ...]
    changes: tuple[GroupChanges, ...] = ()  # since the last run

    def wanted(self) -> tuple[PlannedFile, ...]:
        """The files that the groups take, whether held already or not."""
        return (*self.add, *self.keep)


def make_plan(
    closure: Closure,
    inventory: Inventory,
    wanted_elsewhere: Set[tuple[ProjectName, str]],
    changes: tuple[GroupChanges, ...] = (),
) -> Plan:
    """Compare what the witnesses take with what the yard holds.

    `wanted_elsewhere` are the project and file name of what groups outside this plan keep in the
    yard; they are never dropped. Nothing is dropped while a group has problems: what it wants is
    not known then.
    """
    wanted = _wanted_files(closure)
    held = {key for key, planned in wanted.items() if inventory.find(planned.project, planned.file)}
    staying = wanted.keys() | wanted_elsewhere
    drop = (
        _unwanted(file)
        for file in inventory
        if not closure.problems and (file.project, file.filename) not in staying
    )
    return Plan(
        groups=tuple(group for group in closure.groups if not group.builds),
        add=_in_order(planned for key, planned in wanted.items() if key not in held),
        keep=_in_order(planned for key, planned in wanted.items() if key in held),
        drop=_in_order(drop),
        problems=closure.problems,
        obligations=closure.obligations,
        changes=changes,
    )


def _wanted_files(closure: Closure) -> dict[tuple[ProjectName, str], PlannedFile]:
    gathered: defaultdict[tuple[ProjectName, str], set[Want]] = defaultdict(set)
    pins: dict[tuple[ProjectName, str], Pin] = {}
    for pin, want in wants(closure):
        key = pin.project, pin.file.filename
        pins[key] = pin
        gathered[key].add(want)
    return {
        key: PlannedFile(
            project=pin.project,
            version=str(pin.version),
            file=pin.file,
            wants=tuple(sorted(gathered[key])),
        )
        for key, pin in pins.items()
    }


def _unwanted(held: HeldFile) -> PlannedFile:
    file = DistributionFile(
        filename=held.filename,
        url=held.upstream_url or "",
        hashes=held.hashes,
        size=held.size,
        uploaded=held.uploaded,
        requires_python=held.requires_python,
        yank=held.yank,
    )
    return PlannedFile(project=held.project, version=held.version or "", file=file)


def _in_order(files: Iterable[PlannedFile]) -> tuple[PlannedFile, ...]:
    return tuple(sorted(files, key=lambda planned: (planned.project, planned.file.filename)))
