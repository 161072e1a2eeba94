"""Widening a witness by its group's policy: asking for the facts, choosing, following."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from packaging.requirements import Requirement
from packaging.version import Version

from wheelyard.closure.check import Chain
from wheelyard.closure.closed import Addition
from wheelyard.closure.groups import Group
from wheelyard.closure.releases import Candidate
from wheelyard.closure.rules import NO_EXTRA, Rules, rules_of
from wheelyard.closure.widening import newest_first, newest_releases, other_files
from wheelyard.closure.witness import Pin, Witness
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.tasks import gather_in_order
from wheelyard.mirror.witnessing import metadata_of, offers, pythons_of
from wheelyard.model.errors import Unreachable, WheelyardError
from wheelyard.model.metadata import CoreMetadata
from wheelyard.model.names import ExtraName, ProjectName, normalize_extra
from wheelyard.model.requirements import required_project

_log = logging.getLogger(__name__)

_MOST_TRIED = 20  # releases; each that constraints rule out costs its metadata


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


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a requirement takes."""

    documents: Mapping[str, CoreMetadata]  # of each file that it takes, by name
    newest: Pin | None  # None: the witness has it, or it cannot be had


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
            new = list(self._new(waiting))
            found = await gather_in_order(self._look_up(requirement) for requirement, _ in new)
            waiting = []
            # In the order of the requirements, whatever was read first: which chain is told must be
            # the same in every run.
            for (requirement, chain), taken in zip(new, found, strict=True):
                if taken.newest is not None:
                    reason = f"{chain} (the newest)"
                    target = self.witness.target
                    self.additions.append(Addition(self.group.name, target, taken.newest, reason))
                further = self._required(requirement, taken)
                waiting += [(item, chain.then(item)) for item in further]

    def _new(
        self, waiting: Iterable[tuple[Requirement, Chain]]
    ) -> Iterator[tuple[Requirement, Chain]]:
        """The requirements that were not looked up yet."""
        for requirement, chain in waiting:
            project = required_project(requirement)
            key = f"{project} {requirement.specifier} {sorted(requirement.extras)}"
            if requirement.url is None and key not in self._asked:
                self._asked.add(key)
                yield requirement, chain

    async def _look_up(self, requirement: Requirement) -> _Taken:
        """The witness's file and the newest one, with their metadata."""
        project = required_project(requirement)
        pins = [pin for pin in self.witness.pins if pin.project == project]
        documents = dict(await metadata_of(pins, self.facts))
        try:
            newest = await self._newest(requirement, project)
            if newest is not None and newest.file.filename not in documents:
                documents[newest.file.filename] = await self.facts.metadata(project, newest)
                return _Taken(documents, Pin(project, newest))
        except Unreachable:
            raise
        except WheelyardError as error:
            _log.info("group `%s`: no newest for `%s`: %s", self.group.name, requirement, error)
        return _Taken(documents, None)

    async def _newest(self, requirement: Requirement, project: ProjectName) -> Candidate | None:
        """The newest file whose own requirements the group's constraints do not rule out."""
        own = {pin.candidate for pin in self.witness.pins if pin.project == project}
        for candidate in islice(await self._satisfying(requirement), _MOST_TRIED):
            if candidate in own or await self._is_within_constraints(project, candidate):
                return candidate
        return None

    async def _satisfying(self, requirement: Requirement) -> Iterator[Candidate]:
        return newest_first(
            requirement,
            await offers(self.group, required_project(requirement), self.facts),
            self.rules,
            self.witness.target,
            self.python,
            prereleases=self.group.prereleases,
        )

    async def _is_within_constraints(self, project: ProjectName, candidate: Candidate) -> bool:
        if not self.rules.constraints:
            return True
        document = await self.facts.metadata(project, candidate)
        for requirement in self.rules.applying(document.requires_dist, NO_EXTRA):
            if required_project(requirement) in self.rules.constraints and requirement.url is None:
                found = await self._satisfying(requirement)
                if next(found, None) is None:
                    return False
        return True

    def _required(self, requirement: Requirement, taken: _Taken) -> Iterator[Requirement]:
        """What the files require for themselves and for the extras that are asked for."""
        for filename, document in taken.documents.items():
            for extra in (NO_EXTRA, *map(normalize_extra, sorted(requirement.extras))):
                if (filename, extra) not in self._entered:
                    self._entered.add((filename, extra))
                    yield from self.rules.applying(document.requires_dist, extra)
