"""The proof of a plan: installers asked over its files alone, before any of them is fetched."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from wheelyard.closure.closed import Addition, Closure
from wheelyard.closure.obligations import Obligation, ObligationKind, Problem, ProblemKind
from wheelyard.closure.witness import Pin
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.progress import Progress
from wheelyard.mirror.run import Study
from wheelyard.model.names import ProjectName
from wheelyard.prove.asking import INSTALLERS, Asked, AskedWitness, ask_installer
from wheelyard.prove.document import Check, Method, Scope, Verdict
from wheelyard.prove.provers import Provers
from wheelyard.prove.questions import Taken
from wheelyard.prove.virtual import VirtualIndex, showing_only

_log = logging.getLogger(__name__)

_ROUNDS = 3  # an installer's answer is added and asked about again so often at the most

Checks = list[tuple[str, Check]]  # each with the name of its group
Clock = Callable[[], datetime]  # UTC


@dataclass(frozen=True, slots=True)
class ProvenStudy:
    """A study with what installers miss added to it, and what they said in the end."""

    study: Study
    checks: tuple[tuple[str, Check], ...]


async def prove_study(
    study: Study, settled: frozenset[str], provers: Provers, progress: Progress, now: Clock
) -> ProvenStudy:
    """Ask pip and uv over the files of the plan alone, of which nothing is fetched yet.

    Groups whose names are in `settled` are not asked about again.

    Where one finds no installation, its answer over the whole index is added to what is kept, and
    it is asked again. Where it finds none there either, that is told with its check, and is no
    problem of the plan's.
    """
    progress.begin("Asking uv and pip")
    checks: Checks = []
    for name in INSTALLERS:
        study, said = await _prove_with(name, study, settled, provers, now)
        checks += said
    progress.end(len(checks), "answer")
    return ProvenStudy(study, tuple(checks))


async def _prove_with(
    name: str, study: Study, settled: frozenset[str], provers: Provers, now: Clock
) -> tuple[Study, Checks]:
    for more_rounds in reversed(range(_ROUNDS)):
        asked = await ask_installer(
            name, _planned(study, settled, name), Method.PLANNED, provers, now
        )
        refused = [one for one in asked if one.check.verdict is Verdict.FAILS]
        if not refused:
            break
        online = await _ask_online(name, study.facts, refused, provers, now)
        additions = [addition for one in online for addition in await _additions(one, study.facts)]
        if not more_rounds or not _has_more(additions, study.closure):
            return _explained(name, study, asked, online)
        _log.info("%s takes %d more files", name, len(additions))
        study = replace(study, closure=_with_additions(study.closure, additions))
    return study, [(one.claim.group.name, one.check) for one in asked]


def _has_more(additions: Sequence[Addition], closure: Closure) -> bool:
    """Whether any of the additions is not among the planned files yet."""
    wanted = _wanted(closure)
    return any(one.pin.file.filename not in wanted.get(one.pin.project, ()) for one in additions)


def _with_additions(closure: Closure, additions: Sequence[Addition]) -> Closure:
    obligations = {_unbuilt(one.pin) for one in additions if not one.pin.candidate.is_wheel}
    return replace(
        closure,
        additions=(*closure.additions, *additions),
        obligations=tuple(sorted({*closure.obligations, *obligations})),
    )


def _unbuilt(pin: Pin) -> Obligation:
    """Build groups are closed before installers are asked, so this sdist has none."""
    built = f"`{pin.file.filename}` is built where it is installed"
    message = f"{built}; what its build needs may be missing"
    return Obligation(ObligationKind.BUILD, pin.project, message)


def _planned(study: Study, settled: frozenset[str], name: str) -> list[AskedWitness]:
    closure = study.closure
    index = VirtualIndex(study.facts, showing_only(_wanted(closure)))
    groups = {group.name: group for group in closure.groups}
    return [
        AskedWitness(group, checked.witness, index, Scope.ALL, group.lock is not None)
        for checked in closure.witnesses
        # What a build takes is either installer's affair, and one of them is enough to ask.
        if not (group := groups[checked.witness.group]).builds or name == "uv"
        if group.name not in settled
    ]


def _wanted(closure: Closure) -> Mapping[ProjectName, set[str]]:
    wanted: dict[ProjectName, set[str]] = {}
    witnessed = (pin for checked in closure.witnesses for pin in checked.witness.pins)
    for pin in (*witnessed, *(addition.pin for addition in closure.additions)):
        wanted.setdefault(pin.project, set()).add(pin.file.filename)
    return wanted


async def _ask_online(
    name: str, facts: Facts, refused: Sequence[Asked], provers: Provers, now: Clock
) -> list[Asked]:
    index = VirtualIndex(facts)
    claims = [replace(one.claim, index=index) for one in refused]
    return await ask_installer(name, claims, Method.PLANNED, provers, now)


async def _additions(asked: Asked, facts: Facts) -> list[Addition]:
    """The files that an installer takes of the whole index and that its witness has not."""
    if not isinstance(asked.answer, Taken):
        return []
    own = {pin.file.filename for pin in asked.claim.witness.pins}
    additions = []
    for project, file in sorted(asked.answer.files.items()):
        if file.filename in own:
            continue
        releases = await facts.releases(project)
        candidate = next(one for one in releases.candidates if one.file.filename == file.filename)
        reason = f"{project}=={file.version} (taken by {asked.check.by})"
        target = asked.claim.witness.target
        additions.append(Addition(asked.claim.group.name, target, Pin(project, candidate), reason))
    return additions


def _explained(
    name: str, study: Study, asked: Sequence[Asked], online: Sequence[Asked]
) -> tuple[Study, Checks]:
    """What to say of refusals that no file of the index would mend."""
    nowhere = {
        (one.claim.group.name, one.claim.witness)
        for one in online
        if one.check.verdict is not Verdict.HOLDS and not isinstance(one.answer, Taken)
    }
    checks: Checks = []
    problems: list[Problem] = []
    for one in asked:
        group, check = one.claim.group.name, one.check
        if check.verdict is not Verdict.FAILS:
            checks.append((group, check))
        elif (group, one.claim.witness) in nowhere:
            said = f"it finds no installation on the whole index either: {check.said}"
            changed = msgspec.structs.replace(check, verdict=Verdict.NOWHERE, said=said)
            checks.append((group, changed))
        else:
            checks.append((group, check))
            problems.append(_problem(name, one))
    closure = study.closure
    closure = replace(closure, problems=(*closure.problems, *problems))
    return replace(study, closure=closure), checks


def _problem(name: str, asked: Asked) -> Problem:
    return Problem(
        kind=ProblemKind.INCOMPLETE,
        group=asked.claim.group.name,
        targets=(str(asked.claim.witness.target),),
        project=None,
        message=f"{name} finds no installation among the planned files: {asked.check.said}",
        hint="this is a defect of wheelyard; `--policy keep-5` may help meanwhile",
    )
