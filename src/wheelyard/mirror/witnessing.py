"""Witnesses for the targets of one group: lock, ask an installer, choose files, check.

Targets whose markers differ are locked jointly; where that gives a target no complete installation,
the target is locked alone over pages that list only what it can install.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TypeAlias

from packaging.version import Version

from wheelyard.closure.admission import admit
from wheelyard.closure.answer import breakpoints
from wheelyard.closure.check import Walk, walk_witness
from wheelyard.closure.closed import CheckedWitness
from wheelyard.closure.explain import (
    explain_digests,
    explain_misfit,
    explain_refusal,
    explain_shortfalls,
)
from wheelyard.closure.groups import Group, split_by_markers
from wheelyard.closure.obligations import Obligation, ObligationKind, Problem
from wheelyard.closure.question import Question
from wheelyard.closure.releases import Releases
from wheelyard.closure.witness import Pin, Witness, join_spans
from wheelyard.index import ProjectNotFound
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.findings import Findings, told
from wheelyard.mirror.installer import Installer
from wheelyard.mirror.resolver import Refusal, Resolver
from wheelyard.mirror.tasks import gather_in_order
from wheelyard.model.errors import WheelyardError
from wheelyard.model.locks import Lock, MarkedLock
from wheelyard.model.metadata import CoreMetadata
from wheelyard.model.names import ProjectName, normalize_extra
from wheelyard.model.requirements import required_project
from wheelyard.model.targets import Target

_log = logging.getLogger(__name__)

# What is taken on each Python at which the answer can change, the oldest first.
Answers: TypeAlias = dict[Version, Mapping[ProjectName, Version]]


@dataclass(frozen=True, slots=True)
class Solvers:
    """Who searches: the resolver for all targets at once, and an installer for each alone."""

    resolver: Resolver
    installer: Installer | None = None  # None: the joint answer stands


async def find_witnesses(group: Group, facts: Facts, solvers: Solvers) -> Findings:
    """Find the witnesses of a group that is to be resolved."""
    unknown = await _unknown_roots(group, facts) or await _undigested(group, facts)
    if unknown:
        return Findings(problems=tuple(unknown))
    findings = Findings()
    for part in split_by_markers(group.targets):
        question = Question(group, part, exact=len(part) == 1)
        findings += await _close_jointly(question, facts, solvers)
    return findings


async def _unknown_roots(group: Group, facts: Facts) -> list[Problem]:
    async def look_up(project: ProjectName) -> Problem | None:
        try:
            await facts.page(project)
        except ProjectNotFound as error:
            return told(group, error)
        return None

    # A direct URL, which an sdist can ask for, needs no index.
    wanted = [item for item in group.requirements if item.url is None]
    projects = dict.fromkeys(required_project(item) for item in wanted)
    found = await gather_in_order(look_up(project) for project in projects)
    return [problem for problem in found if problem is not None]


async def _undigested(group: Group, facts: Facts) -> list[Problem]:
    """The pins of which the index has files, and none with a digest that is allowed."""
    found = []
    for requirement in group.requirements:
        project = required_project(requirement)
        if project not in group.digests or requirement.url is not None:
            continue
        page, offered = await facts.releases(project), await offers(group, project, facts)
        wanted = [one for one in page.by_version if requirement.specifier.contains(one, True)]
        if wanted and not any(version in offered.by_version for version in wanted):
            found.append(explain_digests(group, page, max(wanted)))
    return found


async def _close_jointly(question: Question, facts: Facts, solvers: Solvers) -> Findings:
    """Close the targets by one lock, and alone those that it leaves without a witness."""
    answer = await solvers.resolver.lock(question, facts)

    async def close(target: Target) -> Findings:
        match answer:
            case Refusal():
                result = await _without_lock(question, target, answer, facts, solvers)
            case MarkedLock():
                result = await _try_witness(question.group, target, answer, facts, solvers)
        if result.problems and not question.exact:
            _log.info("group `%s`: locking %s alone", question.group.name, target)
            alone = replace(question, targets=(target,), exact=True)
            result = await _close_jointly(alone, facts, solvers)
        return result

    found = await gather_in_order(close(target) for target in question.targets)
    return sum(found, Findings())


async def _without_lock(
    question: Question, target: Target, refusal: Refusal, facts: Facts, solvers: Solvers
) -> Findings:
    """What an installer takes where the resolver finds no lock, or the problem that there is none.

    A lock is for all patch releases of a Python at once. Where each needs another release, an
    installer that is asked for one at a time may find them.
    """
    if question.exact and solvers.installer is not None and not question.group.builds:
        findings = await _try_witness(question.group, target, MarkedLock(()), facts, solvers)
        if not findings.problems:
            return findings
    return Findings(problems=(await _refused(question, refusal, facts),))


async def _refused(question: Question, refusal: Refusal, facts: Facts) -> Problem:
    asked = sorted(refusal.asked & set(facts.projects_read()))
    pages = await gather_in_order(offers(question.group, project, facts) for project in asked)
    return explain_refusal(question, refusal.explanation, pages)


async def _try_witness(
    group: Group, target: Target, lock: Lock, facts: Facts, solvers: Solvers
) -> Findings:
    """The target's witnesses; a file that cannot be read is a problem of this target alone.

    Where what an installer takes does not pass the check, the joint answer stands.
    """
    search = _Search(group, target, lock, facts)
    try:
        if solvers.installer is not None and not group.builds:
            findings = await search.check(await search.installed_answers(solvers.installer))
            if not findings.problems:
                return findings
            _log.info("group `%s`: the joint lock stands for %s", group.name, target)
        return await search.check(await search.locked_answers())
    except WheelyardError as error:
        return Findings(problems=(told(group, error, target),))


@dataclass(frozen=True, slots=True)
class _Search:
    """The search for the witnesses of one target, once there is a lock."""

    group: Group
    target: Target
    lock: Lock
    facts: Facts

    async def locked_answers(self) -> Answers:
        """The lock's answer on each Python where it can change."""
        projects = sorted({release.project for release in self.lock.releases})
        pages = await gather_in_order(
            offers(self.group, project, self.facts) for project in projects
        )
        bounds = {
            candidate.file.requires_python or ""
            for page, project in zip(pages, projects, strict=True)
            for release in self.lock.releases
            if release.project == project
            for candidate in page.by_version.get(release.version, ())
        }
        pythons = breakpoints([*self.lock.marker_texts(), *bounds], self.target)
        return {python: self._locked(python) for python in pythons}

    def _locked(self, python: Version) -> Mapping[ProjectName, Version]:
        pins = self.lock.pins(self.target, python)
        return {project: release.version for project, release in pins.items()}

    async def installed_answers(self, installer: Installer) -> Answers:
        """The installer's answer on each Python where it can change, the lock's where it has none.

        What it looks at can draw lines between Pythons that the lock knew nothing of: what it
        passes over on one Python it may take on the next. So it is asked until there are no more.
        """
        answers: Answers = {}
        waiting = list(await self.locked_answers())
        while waiting:
            found = await gather_in_order(
                installer.find(self.group, self.target, python, self.facts) for python in waiting
            )
            for python, one in zip(waiting, found, strict=True):
                answers[python] = self._locked(python) if one.pins is None else one.pins
            lines = {python for one in found for python in one.pythons}
            waiting = sorted(lines - answers.keys())
        return dict(sorted(answers.items()))

    async def _choose(
        self, python: Version, pins: Mapping[ProjectName, Version]
    ) -> tuple[Pin, ...] | Problem:
        """The files that are installed of the releases, or why one of them has none."""
        chosen: list[Pin] = []
        for project, version in sorted(pins.items()):
            page = await offers(self.group, project, self.facts)
            candidate = page.best(version, self.target, python)
            if candidate is None:
                return explain_misfit(self.group, self.target, python, page, version)
            chosen.append(Pin(project, candidate))
        return tuple(chosen)

    async def check(self, answers: Answers) -> Findings:
        """The witnesses of the answers, or the problem that keeps one from being complete."""
        chosen: list[tuple[Version, tuple[Pin, ...]]] = []
        for python, pins in answers.items():
            taken = await self._choose(python, pins)
            if isinstance(taken, Problem):
                return Findings(problems=(taken,))
            chosen.append((python, taken))
        findings = Findings()
        for witness in join_spans(self.group.name, self.target, chosen):
            findings += await self._check_one(witness)
        return findings

    async def _check_one(self, witness: Witness) -> Findings:
        metadata = await metadata_of(witness.pins, self.facts)
        pythons = pythons_of(witness, metadata)
        walks = [walk_witness(witness, python, self.group, metadata) for python in pythons]
        shortfalls = [shortfall for walk in walks for shortfall in walk.shortfalls]
        if shortfalls:
            return Findings(problems=(explain_shortfalls(self.group, self.target, shortfalls),))
        chains = {
            project: chain for walk in reversed(walks) for project, chain in walk.chains.items()
        }
        return Findings(
            witnesses=(CheckedWitness(witness, chains),),
            obligations=frozenset(
                [
                    *_direct_urls(walks),
                    *_unreadable(metadata),
                    *_unknown_extras(self.group, witness, metadata),
                ]
            ),
        )


async def offers(group: Group, project: ProjectName, facts: Facts) -> Releases:
    """A project's releases, as far as the group may take their files."""
    return admit(await facts.releases(project), group)


async def metadata_of(pins: Sequence[Pin], facts: Facts) -> Mapping[str, CoreMetadata]:
    """The metadata of the pins' files, by file name."""
    read = await gather_in_order(facts.metadata(pin.project, pin.candidate) for pin in pins)
    return {pin.file.filename: item for pin, item in zip(pins, read, strict=True)}


def pythons_of(witness: Witness, metadata: Mapping[str, CoreMetadata]) -> list[Version]:
    """The Pythons of the witness's span at which its requirements can change, the oldest first."""
    lines = breakpoints(_python_texts(metadata), witness.target)
    first = witness.pythons.first
    return [first, *(python for python in lines if python in witness.pythons and python != first)]


def _python_texts(metadata: Mapping[str, CoreMetadata]) -> list[str]:
    """The markers and Python bounds in these documents."""
    markers = [
        str(requirement.marker)
        for document in metadata.values()
        for requirement in document.requires_dist
        if requirement.marker is not None
    ]
    return markers + [document.requires_python or "" for document in metadata.values()]


def _direct_urls(walks: Iterable[Walk]) -> list[Obligation]:
    return [
        Obligation(
            ObligationKind.DIRECT_URL,
            required_project(found.requirement),
            f"`{found.requirement}` names a place outside any index ({found.chain})",
        )
        for walk in walks
        for found in walk.direct_urls
    ]


def _unknown_extras(
    group: Group, witness: Witness, metadata: Mapping[str, CoreMetadata]
) -> Iterator[Obligation]:
    """The extras that the group asks for and that no release has: installers pass over them."""
    pins = {pin.project: pin for pin in witness.pins}
    for requirement in group.requirements:
        pin = pins.get(required_project(requirement))
        if pin is None:
            continue
        has = sorted(metadata[pin.file.filename].provides_extra)
        for extra in sorted(map(normalize_extra, requirement.extras)):
            if extra not in has:
                close = get_close_matches(extra, has, n=1)
                hint = f"; did you mean `{close[0]}`?" if close else ""
                message = f"`{pin.project}` {pin.version} has no extra `{extra}`{hint}"
                yield Obligation(ObligationKind.EXTRA, pin.project, message)


def _unreadable(metadata: Mapping[str, CoreMetadata]) -> list[Obligation]:
    return [
        Obligation(
            ObligationKind.UNREADABLE,
            document.name,
            f"`{filename}` requires `{text}`, which no installer can read",
        )
        for filename, document in metadata.items()
        for text in document.unreadable
    ]
