"""The plan: which files to add, keep and drop, each with the targets and reasons that want it."""

from collections.abc import Iterable, Set
from dataclasses import dataclass, field

from wheelyard.closure.closed import CheckedWitness, Closure
from wheelyard.closure.groups import Group
from wheelyard.closure.obligations import Obligation, Problem
from wheelyard.model.files import DistributionFile
from wheelyard.model.names import ProjectName
from wheelyard.plan.inventory import HeldFile, Inventory


@dataclass(frozen=True, slots=True)
class Want:
    """One reason to have a file: a group's target that takes it, and how it came in."""

    group: str
    target: str
    reason: str  # a chain of requirements, or `build of FILE > ...`


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFile:
    """A file of the plan. `wants` is empty for a file that nothing wants any more."""

    project: ProjectName
    version: str
    file: DistributionFile
    wants: tuple[Want, ...] = ()  # sorted, unique

    @property
    def targets(self) -> tuple[str, ...]:
        """The targets that take it, sorted."""
        return tuple(sorted({want.target for want in self.wants}))

    @property
    def reasons(self) -> tuple[str, ...]:
        """How it came in, without the targets, in a steady order."""
        return tuple(dict.fromkeys(f"{want.group}: {want.reason}" for want in self.wants))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a mirror run will do. Files are sorted by project, then by file name."""

    groups: tuple[Group, ...]
    add: tuple[PlannedFile, ...]
    keep: tuple[PlannedFile, ...]
    drop: tuple[PlannedFile, ...]
    problems: tuple[Problem, ...]
    obligations: tuple[Obligation, ...]

    def wanted(self) -> tuple[PlannedFile, ...]:
        """The files that the groups take, whether held already or not."""
        return (*self.add, *self.keep)


def make_plan(
    closure: Closure, inventory: Inventory, wanted_elsewhere: Set[tuple[ProjectName, str]]
) -> Plan:
    """Compare what the witnesses take with what the yard holds.

    `wanted_elsewhere` are the project and file name of what groups outside this plan keep in the
    yard; they are never dropped.
    """
    wanted = _wanted_files(closure.witnesses)
    held = {key for key, planned in wanted.items() if inventory.find(planned.project, planned.file)}
    drop = (
        _unwanted(file)
        for file in inventory
        if (file.project, file.filename) not in wanted.keys() | wanted_elsewhere
    )
    return Plan(
        groups=closure.groups,
        add=_in_order(planned for key, planned in wanted.items() if key not in held),
        keep=_in_order(planned for key, planned in wanted.items() if key in held),
        drop=_in_order(drop),
        problems=closure.problems,
        obligations=closure.obligations,
    )


@dataclass(slots=True)
class _Gathered:
    """A wanted file while its reasons are being gathered."""

    version: str
    file: DistributionFile
    wants: set[Want] = field(default_factory=set)


def _wanted_files(
    witnesses: Iterable[CheckedWitness],
) -> dict[tuple[ProjectName, str], PlannedFile]:
    gathered: dict[tuple[ProjectName, str], _Gathered] = {}
    for checked in witnesses:
        witness = checked.witness
        for pin in witness.pins:
            key = pin.project, pin.file.filename
            entry = gathered.setdefault(key, _Gathered(str(pin.version), pin.file))
            chain = checked.chains.get(pin.project)
            # The resolver may name a release that only a longer way of its own leads to; it is
            # part of the lock, so it is kept.
            reason = str(chain) if chain else f"{pin.project} (by the lock)"
            entry.wants.add(Want(witness.group, str(witness.target), reason))
    return {
        key: PlannedFile(
            project=key[0],
            version=entry.version,
            file=entry.file,
            wants=tuple(sorted(entry.wants, key=lambda w: (w.group, w.reason, w.target))),
        )
        for key, entry in gathered.items()
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
