"""Closing a group that a lock file names: those releases and digests, and nothing else.

What a lock holds is its maker's decision. So nothing is resolved, and its releases are not checked
against each other's requirements: installers of locks follow none (pylock.toml specification:
`packages.dependencies` is informational).
"""

from collections.abc import Mapping, Sequence

from packaging.version import Version

from wheelyard.closure.answer import breakpoints
from wheelyard.closure.closed import Addition, CheckedWitness
from wheelyard.closure.explain import describe_misfits
from wheelyard.closure.groups import Group
from wheelyard.closure.obligations import Problem, ProblemKind
from wheelyard.closure.releases import Candidate, Releases
from wheelyard.closure.witness import Pin, join_spans
from wheelyard.index import ProjectNotFound
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.findings import Findings, told
from wheelyard.mirror.tasks import gather_in_order
from wheelyard.mirror.witnessing import offers
from wheelyard.model.locks import Lock, LockedRelease
from wheelyard.model.names import ProjectName
from wheelyard.model.targets import Target

_MISSING_HINT = "lock again, or name the index that it was locked from with `--upstream`"
_SHOWN_FILES = 3
_MISFIT_HINT = "the lock has nothing for this target: lock for it, too, or leave the target out"


async def close_locked(group: Group, lock: Lock, facts: Facts) -> Findings:
    """The witness of each target by the lock, and with `every_target` all files of the lock."""
    pages, problems = await _read_pages(group, lock, facts)
    if problems:
        return Findings(problems=problems)
    findings = Findings()
    for target in group.targets:
        findings += _close_target(group, target, lock, pages)
    if group.every_target:
        findings += _all_files(group, lock, pages)
    return findings


async def _read_pages(
    group: Group, lock: Lock, facts: Facts
) -> tuple[Mapping[ProjectName, Releases], tuple[Problem, ...]]:
    async def read(project: ProjectName) -> Releases | Problem:
        try:
            return await offers(group, project, facts)
        except ProjectNotFound as error:
            return told(group, error)

    projects = sorted({release.project for release in lock.releases})
    found = await gather_in_order(read(project) for project in projects)
    pages = {one.project: one for one in found if isinstance(one, Releases)}
    return pages, tuple(one for one in found if isinstance(one, Problem))


def _close_target(
    group: Group, target: Target, lock: Lock, pages: Mapping[ProjectName, Releases]
) -> Findings:
    texts = lock.marker_texts() | {
        candidate.file.requires_python or ""
        for release in lock.releases
        for candidate in pages[release.project].by_version.get(release.version, ())
    }
    answers: list[tuple[Version, tuple[Pin, ...]]] = []
    for python in breakpoints(sorted(texts), target):
        pins: list[Pin] = []
        for project, release in sorted(lock.pins(target, python).items()):
            if others := _replaced(release, pages[project]):
                return Findings(problems=(_missing(group, release, others, target),))
            locked = _locked_files(release, pages[project])
            candidate = locked.best(release.version, target, python)
            if candidate is None:
                return Findings(problems=(_misfit(group, target, python, release, locked),))
            pins.append(Pin(project, candidate))
        answers.append((python, tuple(pins)))
    witnesses = join_spans(group.name, target, answers)
    return Findings(witnesses=tuple(CheckedWitness(witness, {}) for witness in witnesses))


def _all_files(group: Group, lock: Lock, pages: Mapping[ProjectName, Releases]) -> Findings:
    findings = Findings()
    for release in lock.releases:
        page = pages[release.project]
        locked = _locked_files(release, page)
        if not locked.candidates:
            findings += Findings(problems=(_missing(group, release, _named(release)),))
        findings += Findings(
            additions=tuple(
                Addition(group.name, None, Pin(release.project, candidate), "named by the lock")
                for candidate in locked.candidates
            )
        )
    return findings


def _locked_files(release: LockedRelease, page: Releases) -> Releases:
    """The release's files that the lock names, of those on the page."""
    candidates = page.by_version.get(release.version, ())
    named = tuple(one for one in candidates if _is_named(one, release))
    return Releases(page.project, named)


def _is_named(candidate: Candidate, release: LockedRelease) -> bool:
    if not release.files:
        return True
    return any(
        file.filename in (None, candidate.file.filename)
        and not file.digests.isdisjoint(candidate.digests)
        for file in release.files
    )


def _replaced(release: LockedRelease, page: Releases) -> tuple[str, ...]:
    """The names of the lock under which the page lists other files."""
    listed = {one.file.filename: one for one in page.by_version.get(release.version, ())}
    return tuple(
        file.filename
        for file in release.files
        if file.filename in listed and file.digests.isdisjoint(listed[file.filename].digests)
    )


def _named(release: LockedRelease) -> tuple[str, ...]:
    """The files of the lock, by their names or else by a digest."""
    return tuple(file.filename or min(file.digests) for file in release.files)


def _misfit(
    group: Group, target: Target, python: Version, release: LockedRelease, locked: Releases
) -> Problem:
    if not locked.candidates:
        return _missing(group, release, _named(release), target)
    files = describe_misfits(locked.candidates, target, python)
    return Problem(
        kind=ProblemKind.NO_FITTING_FILE,
        group=group.name,
        targets=(str(target),),
        project=release.project,
        message=f"no file of `{release.project}` {release.version} that the lock names suits the"
        f" target\n{files}",
        hint=_MISFIT_HINT,
    )


def _missing(
    group: Group, release: LockedRelease, named: Sequence[str], target: Target | None = None
) -> Problem:
    """The problem that files of the lock, by their names or digests, are not on the index."""
    files = ", ".join(sorted(named)[:_SHOWN_FILES])
    what = f" with the digests of the lock ({files})" if named else ""
    return Problem(
        kind=ProblemKind.NO_FITTING_FILE,
        group=group.name,
        targets=() if target is None else (str(target),),
        project=release.project,
        message=f"the index lists no file of `{release.project}` {release.version}{what}",
        hint=_MISSING_HINT,
    )
