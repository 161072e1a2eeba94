"""Claims: what a closure says of each group, in the words of the proof."""

from datetime import datetime

from wheelyard.closure.closed import Addition, CheckedWitness, Closure
from wheelyard.closure.groups import Group
from wheelyard.closure.witness import Pin
from wheelyard.mirror.facts import Facts
from wheelyard.model.files import DistributionFile
from wheelyard.plan.inventory import HeldFile, Inventory
from wheelyard.prove.document import ProvenFile, ProvenGroup, ProvenWitness, ReadPage, Snapshot

_BY_LOCK = "named by the lock"


def claims_of(closure: Closure, inventory: Inventory) -> tuple[ProvenGroup, ...]:
    """The claims of a closure, a group each: those asked for, then those of builds.

    What the yard holds tells digests and sizes where the index lists none.
    """
    return tuple(_claim(group, closure, inventory) for group in closure.groups)


def _claim(group: Group, closure: Closure, inventory: Inventory) -> ProvenGroup:
    return ProvenGroup(
        name=group.name,
        requirements=tuple(map(str, group.requirements)),
        constraints=tuple(map(str, group.constraints)),
        overrides=tuple(map(str, group.overrides)),
        policy=str(group.policy),
        prereleases=group.prereleases,
        formats=tuple(group.formats.options()),
        locked=group.lock is not None,
        targets=tuple(map(str, group.targets)),
        builds=group.builds,
        assumed=tuple(map(str, group.assumed)),
        additions=_additions(group, closure.additions, inventory),
        witnesses=tuple(
            _witness(checked, inventory)
            for checked in closure.witnesses
            if checked.witness.group == group.name
        ),
        problems=tuple(
            problem.message for problem in closure.problems if problem.group == group.name
        ),
    )


def _additions(
    group: Group, additions: tuple[Addition, ...], inventory: Inventory
) -> tuple[ProvenFile, ...]:
    found: dict[tuple[str, str], ProvenFile] = {}
    for one in additions:
        if one.group == group.name:
            file = _file(one.pin, one.reason, inventory)
            found.setdefault((file.project, file.filename), file)
    return tuple(found[key] for key in sorted(found))


def _witness(checked: CheckedWitness, inventory: Inventory) -> ProvenWitness:
    witness = checked.witness
    last = witness.pythons.last
    return ProvenWitness(
        target=str(witness.target),
        first=str(witness.pythons.first),
        last=None if last is None else str(last),
        files=tuple(
            _file(pin, str(checked.chains.get(pin.project, _BY_LOCK)), inventory)
            for pin in witness.pins
        ),
    )


def _file(pin: Pin, reason: str, inventory: Inventory) -> ProvenFile:
    known: DistributionFile | HeldFile = inventory.find(pin.project, pin.file) or pin.file
    return ProvenFile(
        project=pin.project,
        version=str(pin.version),
        filename=pin.file.filename,
        sha256=known.sha256,
        size=known.size,
        reason=reason,
    )


async def snapshot_of(facts: Facts, upstreams: tuple[str, ...], read: datetime) -> Snapshot:
    """The pages that were read, as resolution sees them. `upstreams` are without credentials."""
    pages: dict[str, ReadPage] = {}
    for project in facts.projects_read():
        digest, page = await facts.page_digest(project), await facts.page(project)
        pages[project] = ReadPage(sha256=digest, serial=page.serial)
    return Snapshot(upstreams=upstreams, read=read, pages=pages)
