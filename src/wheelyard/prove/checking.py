"""Checking claims without a resolver: is every file there, and does each witness hold together?

It reads an index and nothing else, so it is the same over a yard on another machine.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from wheelyard.closure.check import walk_witness
from wheelyard.closure.groups import Group
from wheelyard.closure.releases import Candidate
from wheelyard.closure.witness import Pin, Witness
from wheelyard.index import FileNotFound, ProjectNotFound
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.tasks import gather_in_order
from wheelyard.mirror.witnessing import metadata_of, pythons_of
from wheelyard.model.errors import Unreachable, WheelyardError
from wheelyard.model.names import parse_project_name
from wheelyard.model.targets import parse_target
from wheelyard.prove.document import (
    Check,
    Method,
    Proof,
    ProvenFile,
    ProvenGroup,
    Scope,
    Verdict,
)
from wheelyard.prove.proven import group_of
from wheelyard.prove.provision import span_of


@dataclass(frozen=True, slots=True, order=True)
class Broken:
    """A file that a claim needs and that cannot be had."""

    project: str
    filename: str
    reason: str
    group: str
    needed_by: str  # the chain of requirements that leads to it
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeldClaim:
    """A claim as the index bears it out."""

    group: Group
    is_locked: bool
    witness: Witness


@dataclass(frozen=True, slots=True)
class CheckedClaims:
    """What checking the claims found."""

    standing: tuple[HeldClaim, ...]  # the witnesses all of whose files are there
    broken: tuple[Broken, ...]  # sorted
    checks: tuple[tuple[str, Check], ...]  # with the name of the group


async def check_claims(proof: Proof, facts: Facts, now: Callable[[], datetime]) -> CheckedClaims:
    """Look at every file that the proof names, and walk each witness whose files are all there.

    Raises Unreachable if the index cannot be read.
    """
    standing: list[HeldClaim] = []
    broken: list[Broken] = []
    checks: list[tuple[str, Check]] = []
    for proven in proof.groups:
        group = group_of(proven)
        lacking = await _broken_additions(proven, facts)
        broken += lacking
        checks += [(proven.name, check) for check in _of_additions(lacking, proven, now())]
        for witness in proven.witnesses:
            found = await gather_in_order(_find(file, facts) for file in witness.files)
            lost = [one for one in found if isinstance(one, tuple)]
            broken += [_broken(file, reason, proven, (witness.target,)) for file, reason in lost]
            if lost:
                said = _lost(file.filename for file, _ in lost)
                failed = _walked(witness.target, witness.first, Verdict.FAILS, said, now())
                checks.append((proven.name, failed))
                continue
            pins = tuple(one for one in found if isinstance(one, Pin))
            held = Witness(
                group=proven.name,
                target=parse_target(witness.target),
                pythons=span_of(witness),
                pins=pins,
            )
            standing.append(HeldClaim(group, proven.locked, held))
            said = "" if proven.locked else await _shortfalls(group, held, facts)
            verdict = Verdict.FAILS if said else Verdict.HOLDS
            walked = _walked(witness.target, witness.first, verdict, said, now())
            checks.append((proven.name, walked))
    return CheckedClaims(tuple(standing), _merged(broken), tuple(checks))


async def _find(file: ProvenFile, facts: Facts) -> Pin | tuple[ProvenFile, str]:
    """The file as the index lists and has it, or why it cannot be had."""
    project = parse_project_name(file.project)
    try:
        releases = await facts.releases(project)
    except ProjectNotFound:
        return file, f"`{project}` has no page"
    candidate = next(
        (one for one in releases.candidates if one.file.filename == file.filename), None
    )
    if candidate is None:
        return file, f"the page of `{project}` does not list it"
    if file.sha256 is not None and candidate.file.sha256 not in (None, file.sha256):
        return file, f"another file of that name is there, with sha256 {candidate.file.sha256}"
    pin = Pin(project, candidate)
    reason = await _unreadable(pin, candidate, facts)
    return pin if reason is None else (file, reason)


async def _unreadable(pin: Pin, candidate: Candidate, facts: Facts) -> str | None:
    try:
        await facts.metadata(pin.project, candidate)
    except FileNotFound as error:
        return str(error)
    except Unreachable:
        raise
    except WheelyardError as error:
        return str(error)
    return None


async def _broken_additions(proven: ProvenGroup, facts: Facts) -> list[Broken]:
    found = await gather_in_order(_find(file, facts) for file in proven.additions)
    return [_broken(*one, proven, proven.targets) for one in found if isinstance(one, tuple)]


def _of_additions(lacking: Sequence[Broken], proven: ProvenGroup, at: datetime) -> Iterator[Check]:
    if lacking:
        said = _lost(one.filename for one in lacking)
        for target in proven.targets:
            python = str(parse_target(target).python.versions.floor)
            yield _walked(target, python, Verdict.FAILS, said, at)


def _lost(filenames: Iterable[str]) -> str:
    return f"{', '.join(filenames)} cannot be had"


async def _shortfalls(group: Group, witness: Witness, facts: Facts) -> str:
    metadata = await metadata_of(witness.pins, facts)
    return "\n".join(
        f"{shortfall.reason}, needed by {shortfall.chain}"
        for python in pythons_of(witness, metadata)
        for shortfall in walk_witness(witness, python, group, metadata).shortfalls
    )


def _broken(file: ProvenFile, reason: str, proven: ProvenGroup, targets: tuple[str, ...]) -> Broken:
    needed_by = f"{file.reason} of {proven.name}" if proven.builds else file.reason
    return Broken(file.project, file.filename, reason, proven.name, needed_by, targets)


def _merged(broken: Iterable[Broken]) -> tuple[Broken, ...]:
    """One for each file, group and chain, with all targets that it leaves short."""
    merged: dict[tuple[str, str, str, str, str], list[str]] = {}
    for one in broken:
        key = one.project, one.filename, one.reason, one.group, one.needed_by
        merged.setdefault(key, []).extend(one.targets)
    return tuple(
        Broken(*key, tuple(dict.fromkeys(targets))) for key, targets in sorted(merged.items())
    )


def _walked(target: str, python: str, verdict: Verdict, said: str, at: datetime) -> Check:
    return Check(
        by=f"wheelyard {version('wheelyard')}",
        method=Method.WALK,
        scope=Scope.VIEW,
        target=target,
        python=python,
        verdict=verdict,
        said=said,
        at=at,
    )
