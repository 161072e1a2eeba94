"""Widening a witness by its group's policy: asking for the facts, choosing, following."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from packaging.requirements import Requirement
from packaging.version import Version

from wheelyard.closure.check import Chain
from wheelyard.closure.closed import Addition
from wheelyard.closure.groups import Group
from wheelyard.closure.releases import Candidate
from wheelyard.closure.rules import NO_EXTRA, Rules, rules_of
from wheelyard.closure.widening import newest_for, newest_releases, other_files
from wheelyard.closure.witness import Pin, Witness
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.tasks import gather_in_order
from wheelyard.mirror.witnessing import metadata_of, offers, pythons_of
from wheelyard.model.errors import Unreachable, WheelyardError
from wheelyard.model.names import ExtraName, ProjectName, normalize_extra
from wheelyard.model.requirements import required_project

_log = logging.getLogger(__name__)


async def widen(group: Group, witness: Witness, facts: Facts) -> tuple[Addition, ...]:
    """What the group's policy keeps besides the witness, sorted by project and file name.

    A release that cannot be read is passed over: the witness is complete without it. Raises
    Unreachable.
    """
    found: dict[str, Addition] = {}
    for addition in await _releases_of_witness(group, witness, facts):
        found.setdefault(addition.pin.file.filename, addition)
    for python in pythons_of(witness, await metadata_of(witness.pins, facts)):
        for addition in await _by_policy(group, witness, python, facts):
            found.setdefault(addition.pin.file.filename, addition)
    for pin in witness.pins:
        found.pop(pin.file.filename, None)
    return tuple(sorted(found.values(), key=_order))


def _order(addition: Addition) -> tuple[str, str]:
    return addition.pin.project, addition.pin.file.filename


async def _releases_of_witness(group: Group, witness: Witness, facts: Facts) -> list[Addition]:
    """The other files of the witness's releases, where the group keeps them."""
    if not (group.every_wheel or group.every_sdist):
        return []
    pages = await gather_in_order(offers(group, pin.project, facts) for pin in witness.pins)
    return [
        Addition(group.name, witness.target, Pin(pin.project, other), f"beside {pin.file.filename}")
        for pin, page in zip(witness.pins, pages, strict=True)
        for other in other_files(
            pin.candidate, page, witness.target, wheels=group.every_wheel, sdist=group.every_sdist
        )
    ]


async def _by_policy(
    group: Group, witness: Witness, python: Version, facts: Facts
) -> list[Addition]:
    if not group.policy.edges:
        return []
    edges = _Edges(group, witness, python, rules_of(group, witness.target, python), facts)
    await edges.follow_all()
    if group.policy.keep is None and group.policy.since is None:
        return edges.additions
    projects = sorted(
        {pin.project for pin in witness.pins} | {one.pin.project for one in edges.additions}
    )
    pages = await gather_in_order(offers(group, project, facts) for project in projects)
    return edges.additions + [
        Addition(
            group.name,
            witness.target,
            Pin(page.project, candidate),
            f"{page.project} {candidate.name.version} (kept by {group.policy})",
        )
        for page in pages
        for candidate in newest_releases(
            page, group.policy, witness.target, python, prereleases=group.prereleases
        )
    ]


@dataclass(slots=True)
class _Edges:
    """The walk over the witness and over the newest release for each requirement met on the way.

    Both are followed, for an installer that is asked for less than the group takes the newest.
    """

    group: Group
    witness: Witness
    python: Version
    rules: Rules
    facts: Facts
    additions: list[Addition] = field(default_factory=list)
    _asked: set[str] = field(default_factory=set)  # requirements that were looked up
    _entered: set[tuple[str, ExtraName]] = field(default_factory=set)  # files, by their extras

    async def follow_all(self) -> None:
        waiting = [
            (requirement, Chain.to(requirement))
            for requirement in self.rules.applying(self.group.requirements, NO_EXTRA)
        ]
        while waiting:
            found = await gather_in_order(self._follow(*one) for one in waiting)
            waiting = [one for some in found for one in some]

    async def _follow(
        self, requirement: Requirement, chain: Chain
    ) -> list[tuple[Requirement, Chain]]:
        """The requirements of what the requirement takes, with the chains to them."""
        key = (
            f"{required_project(requirement)} {requirement.specifier} {sorted(requirement.extras)}"
        )
        if requirement.url is not None or key in self._asked:
            return []
        self._asked.add(key)
        extras = (NO_EXTRA, *map(normalize_extra, sorted(requirement.extras)))
        found: list[tuple[Requirement, Chain]] = []
        for pin in await self._taken(requirement, chain):
            found += [
                (further, chain.then(further)) for further in await self._requirements(pin, extras)
            ]
        return found

    async def _taken(self, requirement: Requirement, chain: Chain) -> list[Pin]:
        """The witness's file, and the newest one."""
        project = required_project(requirement)
        taken = [pin for pin in self.witness.pins if pin.project == project]
        try:
            newest = await self._newest(requirement, project)
            if newest is not None and all(pin.candidate != newest for pin in taken):
                pin = Pin(project, newest)
                await self.facts.metadata(project, newest)
                reason = f"{chain} (the newest)"
                self.additions.append(Addition(self.group.name, self.witness.target, pin, reason))
                taken.append(pin)
        except Unreachable:
            raise
        except WheelyardError as error:
            _log.info("group `%s`: no newest for `%s`: %s", self.group.name, requirement, error)
        return taken

    async def _newest(self, requirement: Requirement, project: ProjectName) -> Candidate | None:
        return newest_for(
            requirement,
            await offers(self.group, project, self.facts),
            self.rules,
            self.witness.target,
            self.python,
            prereleases=self.group.prereleases,
        )

    async def _requirements(self, pin: Pin, extras: Sequence[ExtraName]) -> Iterable[Requirement]:
        new = [extra for extra in extras if (pin.file.filename, extra) not in self._entered]
        self._entered.update((pin.file.filename, extra) for extra in new)
        document = await self.facts.metadata(pin.project, pin.candidate)
        return [
            requirement
            for extra in new
            for requirement in self.rules.applying(document.requires_dist, extra)
        ]
