"""Closing groups: witnesses and what policies add, then the same for what the sdists need to build.

Each target gets a witness or a problem that explains why it has none.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from wheelyard.closure.builds import assumed_obligation, build_groups, build_obligations
from wheelyard.closure.closed import Closure
from wheelyard.closure.groups import Group
from wheelyard.closure.obligations import (
    Obligation,
    ObligationKind,
    ProblemKind,
    merge_alike,
)
from wheelyard.closure.witness import Pin, Witness
from wheelyard.mirror.built import sources_beside
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.findings import Findings, told
from wheelyard.mirror.locked import close_locked
from wheelyard.mirror.tasks import gather_in_order
from wheelyard.mirror.widening import widen
from wheelyard.mirror.witnessing import Solvers, find_witnesses
from wheelyard.model.errors import Unreachable, WheelyardError
from wheelyard.model.metadata import SdistFacts
from wheelyard.model.targets import Target

_log = logging.getLogger(__name__)


async def close_groups(groups: Sequence[Group], facts: Facts, solvers: Solvers) -> Closure:
    """Find a checked witness for every group and target, and for building the sdists in them.

    A group that cannot be closed gives problems and does not stop the others.
    """
    findings = Findings()
    closed: list[_Closed] = []
    waiting = list(groups)
    while waiting:
        for group in waiting:
            one = await _close_with_assumed(group, facts, solvers)
            closed.append(one)
            findings += one.findings
        sdists = await _read_sdists(findings, facts)
        found = build_groups(_installations(findings, groups), sdists)
        waiting = [rest for group in found if (rest := _unclosed_part(group, closed))]
    builds = {
        obligation
        for pin in _sdist_pins(findings)
        for obligation in _build_obligations(pin, sdists.get(pin.file.filename))
    }
    return Closure(
        _with_all_builds(closed, found),
        findings.witnesses,
        merge_alike(findings.problems),
        tuple(sorted(findings.obligations | builds)),
        findings.additions,
    )


@dataclass(frozen=True, slots=True)
class _Closed:
    """What became of a group: closed as it was asked for, or in parts."""

    asked: Group
    parts: tuple[Group, ...]
    findings: Findings


async def _close_with_assumed(group: Group, facts: Facts, solvers: Solvers) -> _Closed:
    """Close a group; where what is only assumed of a build cannot be had, close it without."""
    findings = await _close_group(group, facts, solvers)
    failed = _failed_targets(group, findings) if group.assumed else ()
    # What could not be read may well be there.
    unread = any(problem.kind is ProblemKind.UNAVAILABLE for problem in findings.problems)
    if not failed or unread:
        return _Closed(group, (group,), findings)
    proven = tuple(target for target in group.targets if target not in failed)
    named = tuple(item for item in group.requirements if item not in group.assumed)
    parts = [replace(group, targets=proven)] if proven else []
    findings = Findings(
        witnesses=tuple(one for one in findings.witnesses if one.witness.target not in failed),
        obligations=findings.obligations | {assumed_obligation(group, failed)},
        additions=tuple(one for one in findings.additions if one.target not in failed),
    )
    if named:
        part = replace(
            group,
            name=f"{group.name} with what it names",
            requirements=named,
            assumed=(),
            targets=failed,
        )
        parts.append(part)
        findings += await _close_group(part, facts, solvers)
    return _Closed(group, tuple(parts), findings)


def _failed_targets(group: Group, findings: Findings) -> tuple[Target, ...]:
    failed = {name for problem in findings.problems for name in problem.targets}
    of_all = any(not problem.targets for problem in findings.problems)
    return tuple(target for target in group.targets if of_all or str(target) in failed)


async def _close_group(group: Group, facts: Facts, solvers: Solvers) -> Findings:
    _log.info("resolving group `%s` for %d targets", group.name, len(group.targets))
    outside = Findings(obligations=frozenset(_outside(group)))
    try:
        if group.lock is not None:
            return outside + await close_locked(group, group.lock, facts)
        findings = await find_witnesses(group, facts, solvers)
        added = await gather_in_order(
            widen(group, checked.witness, facts) for checked in findings.witnesses
        )
        sources = await gather_in_order(
            sources_beside(group.name, checked.witness, facts) for checked in findings.witnesses
        )
    except WheelyardError as error:
        return outside + Findings(problems=(told(group, error),))
    additions = tuple(addition for some in (*added, *sources) for addition in some)
    return outside + findings + Findings(additions=additions)


def _build_obligations(pin: Pin, facts: SdistFacts | None) -> list[Obligation]:
    if facts is not None:
        return build_obligations(pin, facts)
    message = f"`{pin.file.filename}` cannot be read: what its build needs is not in the yard"
    return [Obligation(ObligationKind.BUILD, pin.project, message)]


def _outside(group: Group) -> Iterable[Obligation]:
    for item in group.outside:
        yield Obligation(ObligationKind.DIRECT_URL, item.project, item.message)


def _installations(findings: Findings, groups: Sequence[Group]) -> list[Witness]:
    """The witnesses, and each sdist among the additions as the one file of another."""
    # What no target asked for by itself, such as a lock's other files, is built where it can be.
    targets = {group.name: group.targets for group in groups}
    spans = {checked.witness.target: checked.witness.pythons for checked in findings.witnesses}
    return [checked.witness for checked in findings.witnesses] + [
        Witness(group=addition.group, target=target, pythons=spans[target], pins=(addition.pin,))
        for addition in findings.additions
        for target in (targets[addition.group] if addition.target is None else (addition.target,))
        if target in spans and not addition.pin.candidate.is_wheel
    ]


def _unclosed_part(wanted: Group, closed: Sequence[_Closed]) -> Group | None:
    """The group for those of its targets on which no closed group builds with the same."""
    done = {
        target
        for one in closed
        if one.asked.builds and one.asked.requirements == wanted.requirements
        for target in one.asked.targets
    }
    targets = tuple(target for target in wanted.targets if target not in done)
    return replace(wanted, targets=targets) if targets else None


def _with_all_builds(closed: Sequence[_Closed], found: Sequence[Group]) -> tuple[Group, ...]:
    """The closed groups; those for builds with all sdists that turned out to share them.

    A build that was closed again, for targets that only later builds led to, is one group.
    """
    builds = {group.requirements: group.builds for group in found}
    groups: dict[str, Group] = {}
    for one in closed:
        for part in one.parts:
            if not part.builds:
                groups[part.name] = part
                continue
            earlier = groups.get(part.name)
            targets = {*part.targets, *(earlier.targets if earlier else ())}
            groups[part.name] = replace(
                part, targets=tuple(sorted(targets)), builds=builds[one.asked.requirements]
            )
    return tuple(groups.values())


def _sdist_pins(findings: Findings) -> list[Pin]:
    pins = {pin.file.filename: pin for pin in _all_pins(findings) if not pin.candidate.is_wheel}
    return [pins[filename] for filename in sorted(pins)]


def _all_pins(findings: Findings) -> Iterable[Pin]:
    for checked in findings.witnesses:
        yield from checked.witness.pins
    for addition in findings.additions:
        yield addition.pin


async def _read_sdists(findings: Findings, facts: Facts) -> Mapping[str, SdistFacts]:
    """What each sdist tells, by file name. What is damaged tells nothing; only locks name it."""

    async def read(pin: Pin) -> SdistFacts | None:
        try:
            return await facts.sdist(pin.project, pin.file)
        except Unreachable:
            raise
        except WheelyardError as error:
            _log.info("`%s` cannot be read: %s", pin.file.filename, error)
            return None

    pins = _sdist_pins(findings)
    found = await gather_in_order(read(pin) for pin in pins)
    return {
        pin.file.filename: sdist
        for pin, sdist in zip(pins, found, strict=True)
        if sdist is not None
    }
