"""Closing groups: lock, choose files, check, and the same again for what the sdists need to build.

Each target gets a witness or a problem that explains why it has none. Targets whose markers differ
are locked jointly; where that gives a target no complete installation, the target is locked alone
over pages that list only what it can install.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from packaging.version import Version

from wheelyard.closure.answer import InvalidLock, breakpoints
from wheelyard.closure.builds import build_groups, build_obligations
from wheelyard.closure.check import Walk, walk_witness
from wheelyard.closure.closed import CheckedWitness, Closure
from wheelyard.closure.explain import explain_misfit, explain_refusal, explain_shortfalls
from wheelyard.closure.groups import Group, split_by_markers
from wheelyard.closure.obligations import (
    Obligation,
    ObligationKind,
    Problem,
    ProblemKind,
    merge_alike,
)
from wheelyard.closure.question import Question
from wheelyard.closure.releases import Releases
from wheelyard.closure.witness import Pin, Witness, join_spans
from wheelyard.index import ProjectNotFound, Refused
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.resolver import Refusal, Resolver, ResolverFailed
from wheelyard.mirror.tasks import gather_in_order
from wheelyard.model.errors import Unreachable, WheelyardError
from wheelyard.model.locks import Lock, MarkedLock
from wheelyard.model.metadata import CoreMetadata, SdistFacts
from wheelyard.model.names import ProjectName
from wheelyard.model.requirements import required_project
from wheelyard.model.targets import Target

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of some targets of a group."""

    witnesses: tuple[CheckedWitness, ...] = ()
    problems: tuple[Problem, ...] = ()
    obligations: frozenset[Obligation] = frozenset()

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            self.witnesses + other.witnesses,
            self.problems + other.problems,
            self.obligations | other.obligations,
        )


async def close_groups(groups: Sequence[Group], facts: Facts, resolver: Resolver) -> Closure:
    """Find a checked witness for every group and target, and for building the sdists in them.

    A group that cannot be closed gives problems and does not stop the others.
    """
    outcome = Outcome()
    closed: list[Group] = []
    waiting = list(groups)
    while waiting:
        for group in waiting:
            _log.info("resolving group `%s` for %d targets", group.name, len(group.targets))
            outcome += await _close_group(group, facts, resolver)
        closed += waiting
        sdists = await _read_sdists(outcome.witnesses, facts)
        found = build_groups((checked.witness for checked in outcome.witnesses), sdists)
        waiting = [rest for group in found if (rest := _unclosed_part(group, closed))]
    builds = {
        obligation
        for pin in _sdist_pins(outcome.witnesses)
        for obligation in build_obligations(pin, sdists[pin.file.filename])
    }
    return Closure(
        _with_all_builds(closed, found),
        outcome.witnesses,
        merge_alike(outcome.problems),
        tuple(sorted(outcome.obligations | builds)),
    )


def _unclosed_part(wanted: Group, closed: Sequence[Group]) -> Group | None:
    """The group for those of its targets on which no closed group builds with the same."""
    done = {
        target
        for group in closed
        if group.builds and group.requirements == wanted.requirements
        for target in group.targets
    }
    targets = tuple(target for target in wanted.targets if target not in done)
    return replace(wanted, targets=targets) if targets else None


def _with_all_builds(closed: Sequence[Group], found: Sequence[Group]) -> tuple[Group, ...]:
    """The closed groups; those for builds with all sdists that turned out to share them."""
    builds = {group.requirements: group.builds for group in found}
    return tuple(
        replace(group, builds=builds[group.requirements]) if group.builds else group
        for group in closed
    )


def _sdist_pins(witnesses: Iterable[CheckedWitness]) -> list[Pin]:
    pins = {
        pin.file.filename: pin
        for checked in witnesses
        for pin in checked.witness.pins
        if not pin.candidate.is_wheel
    }
    return [pins[filename] for filename in sorted(pins)]


async def _read_sdists(
    witnesses: Iterable[CheckedWitness], facts: Facts
) -> Mapping[str, SdistFacts]:
    pins = _sdist_pins(witnesses)
    read = await gather_in_order(facts.sdist(pin.project, pin.file) for pin in pins)
    return {pin.file.filename: sdist for pin, sdist in zip(pins, read, strict=True)}


async def _close_group(group: Group, facts: Facts, resolver: Resolver) -> Outcome:
    try:
        unknown = await _unknown_roots(group, facts)
        if unknown:
            return Outcome(problems=tuple(unknown))
        outcome = Outcome()
        for part in split_by_markers(group.targets):
            question = Question(group, part, exact=len(part) == 1)
            outcome += await _close_jointly(question, facts, resolver)
        return outcome
    except WheelyardError as error:
        return Outcome(problems=(_told(group, error),))


async def _unknown_roots(group: Group, facts: Facts) -> list[Problem]:
    async def look_up(project: ProjectName) -> Problem | None:
        try:
            await facts.page(project)
        except ProjectNotFound as error:
            return replace(_told(group, error), project=project)
        return None

    # A direct URL, which an sdist can ask for, needs no index.
    wanted = [item for item in group.requirements if item.url is None]
    projects = dict.fromkeys(required_project(item) for item in wanted)
    found = await gather_in_order(look_up(project) for project in projects)
    return [problem for problem in found if problem is not None]


async def _close_jointly(question: Question, facts: Facts, resolver: Resolver) -> Outcome:
    """Close the targets by one lock, and alone those that it leaves without a witness."""
    answer = await resolver.lock(question, facts)
    outcome = Outcome()
    for target in question.targets:
        match answer:
            case Refusal():
                result = Outcome(problems=(await _refused(question, answer, facts),))
            case MarkedLock():
                result = await _try_witness(question, target, answer, facts)
        if result.problems and not question.exact:
            _log.info("group `%s`: locking %s alone", question.group.name, target)
            alone = replace(question, targets=(target,), exact=True)
            result = await _close_jointly(alone, facts, resolver)
        outcome += result
    return outcome


async def _refused(question: Question, refusal: Refusal, facts: Facts) -> Problem:
    asked = sorted(refusal.asked & set(facts.projects_read()))
    pages = await gather_in_order(facts.releases(project) for project in asked)
    return explain_refusal(question, refusal.explanation, pages)


async def _try_witness(question: Question, target: Target, lock: Lock, facts: Facts) -> Outcome:
    """The target's witnesses; a file that cannot be read is a problem of this target alone."""
    try:
        return await _witness(question, target, lock, facts)
    except WheelyardError as error:
        return Outcome(problems=(_told(question.group, error, target),))


async def _witness(question: Question, target: Target, lock: Lock, facts: Facts) -> Outcome:
    """The target's witnesses by this lock, or the problem that keeps them from being complete."""
    group = question.group
    pages = await _pages_of(lock, facts)
    answers: list[tuple[Version, tuple[Pin, ...]]] = []
    for python in breakpoints([*lock.marker_texts(), *_python_bounds(lock, pages)], target):
        pins: list[Pin] = []
        for project, release in sorted(lock.pins(target, python).items()):
            candidate = pages[project].best(release.version, target, python)
            if candidate is None:
                problem = explain_misfit(group, target, python, pages[project], release.version)
                return Outcome(problems=(problem,))
            pins.append(Pin(project, candidate))
        answers.append((python, tuple(pins)))
    outcome = Outcome()
    for witness in join_spans(group.name, target, answers):
        outcome += await _check(group, witness, facts)
    return outcome


async def _pages_of(lock: Lock, facts: Facts) -> Mapping[ProjectName, Releases]:
    projects = sorted({release.project for release in lock.releases})
    pages = await gather_in_order(facts.releases(project) for project in projects)
    return dict(zip(projects, pages, strict=True))


def _python_bounds(lock: Lock, pages: Mapping[ProjectName, Releases]) -> set[str]:
    return {
        candidate.file.requires_python
        for release in lock.releases
        for candidate in pages[release.project].by_version.get(release.version, ())
        if candidate.file.requires_python is not None
    }


async def _check(group: Group, witness: Witness, facts: Facts) -> Outcome:
    metadata = await _metadata_of(witness, facts)
    markers = [
        str(requirement.marker)
        for document in metadata.values()
        for requirement in document.requires_dist
        if requirement.marker is not None
    ]
    bounds = [document.requires_python or "" for document in metadata.values()]
    pythons = [witness.pythons.first] + [
        python
        for python in breakpoints([*markers, *bounds], witness.target)
        if python in witness.pythons and python != witness.pythons.first
    ]
    walks = [walk_witness(witness, python, group, metadata) for python in pythons]
    shortfalls = [shortfall for walk in walks for shortfall in walk.shortfalls]
    if shortfalls:
        return Outcome(problems=(explain_shortfalls(group, witness.target, shortfalls),))
    chains = {project: chain for walk in reversed(walks) for project, chain in walk.chains.items()}
    return Outcome(
        witnesses=(CheckedWitness(witness, chains),),
        obligations=frozenset([*_direct_urls(walks), *_unreadable(metadata)]),
    )


async def _metadata_of(witness: Witness, facts: Facts) -> Mapping[str, CoreMetadata]:
    read = await gather_in_order(facts.metadata(pin.project, pin.candidate) for pin in witness.pins)
    return {pin.file.filename: item for pin, item in zip(witness.pins, read, strict=True)}


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


def _told(group: Group, error: WheelyardError, target: Target | None = None) -> Problem:
    return Problem(
        kind=_kind(error),
        group=group.name,
        targets=() if target is None else (str(target),),
        project=None,
        message=str(error),
        hint=error.hint or "",
    )


def _kind(error: WheelyardError) -> ProblemKind:
    match error:
        case ProjectNotFound():
            return ProblemKind.UNKNOWN_PROJECT
        case Refused():
            return ProblemKind.REFUSED
        case Unreachable():
            return ProblemKind.UNAVAILABLE
        case ResolverFailed() | InvalidLock():
            return ProblemKind.RESOLVER
        case _:
            return ProblemKind.UNREADABLE_FILE
