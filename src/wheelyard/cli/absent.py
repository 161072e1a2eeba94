"""Why something is not in the yard: the facts for the rules, and the resolver for what is left."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from textwrap import indent
from typing import Any

import uv
from packaging.requirements import Requirement
from packaging.version import Version

from wheelyard.cli.evidence import Evidence
from wheelyard.cli.sought import Sought
from wheelyard.closure.absence import (
    KeptOut,
    Rule,
    Wanting,
    keeps_file_out,
    keeps_release_out,
    open_targets,
)
from wheelyard.closure.explain import explain_refusal
from wheelyard.closure.groups import Group
from wheelyard.closure.question import Question
from wheelyard.closure.releases import Candidate, Releases, sort_into_releases
from wheelyard.closure.unreached import explain_unreached
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.progress import Silent
from wheelyard.mirror.record import recorded_problems
from wheelyard.mirror.resolver import Refusal, Resolver, resolver_environment
from wheelyard.mirror.tasks import gather_in_order
from wheelyard.model.errors import WheelyardError
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ProjectPage, Status
from wheelyard.model.targets import Target, parse_target
from wheelyard.prove.document import ProvenGroup
from wheelyard.prove.proven import group_of
from wheelyard.upstream.kept import KeptIndex
from wheelyard.yard import holdings
from wheelyard.yard.ledger import failures, selections_of
from wheelyard.yard.yard import Yard


@dataclass(frozen=True, slots=True)
class Absence:
    """What was looked for, and what keeps it out; for each group that leads to the project."""

    sought: Sought
    version: Version | None  # the release that was looked at; None: none in particular
    reasons: tuple[KeptOut, ...]  # at least one

    @property
    def is_known(self) -> bool:
        """Whether the reason was found."""
        return all(reason.rule is not Rule.UNKNOWN for reason in self.reasons)


def explain_absence(yard: Yard, sought: Sought, evidence: Evidence) -> Absence:
    """Why the yard holds nothing of what is sought. Raises YardUnreadable."""
    return _Inquiry(yard, sought, evidence).answer()


def absence_lines(absence: Absence) -> list[str]:
    """The absence as a person reads it."""
    what = absence.sought.filename or absence.sought.project
    release = "" if absence.version is None or absence.sought.filename else f" {absence.version}"
    lines = [f"{what}{release} is not in the yard"]
    for reason in absence.reasons:
        group = f"{reason.group}: " if reason.group else ""
        lines += indent(f"{group}{reason.message}", "  ").splitlines()
        lines += [f"  hint: {reason.hint}"] if reason.hint else []
    return lines


def absence_document(absence: Absence) -> dict[str, Any]:
    """The absence as a JSON object."""
    return {
        "sought": absence.sought.text,
        "project": absence.sought.project,
        "version": None if absence.version is None else str(absence.version),
        "filename": absence.sought.filename,
        "reasons": [
            {
                "group": reason.group,
                "rule": reason.rule.value,
                "message": reason.message,
                "hint": reason.hint,
            }
            for reason in absence.reasons
        ],
    }


class _Inquiry:
    """One question, and the facts about it."""

    def __init__(self, yard: Yard, sought: Sought, evidence: Evidence) -> None:
        self._yard = yard
        self._sought = sought
        self._evidence = evidence
        self._kept = KeptIndex(yard.layout.upstream, evidence.upstreams)

    def answer(self) -> Absence:
        sought = self._sought
        if missing := self._missing():
            return Absence(sought, None, (missing,))
        wanting = [group for group in self._evidence.groups if _reaches(group, sought.project)]
        if not wanting:
            return Absence(sought, None, self._unreached())
        pages = self._kept.pages(sought.project)
        if not pages:
            message = f"the page of `{sought.project}` was never read"
            hint = f"`wheelyard plan {sought.project}` asks the upstream, and keeps what it says"
            return Absence(sought, None, (KeptOut(Rule.UNKNOWN, message, hint),))
        if pages[0].status.status is Status.QUARANTINED:
            message = f"`{sought.project}` is quarantined: its index offers no file of it"
            return Absence(sought, None, (KeptOut(Rule.NOT_INSTALLABLE, message),))
        if sought.filename is not None:
            return self._file(sought.filename, pages, wanting)
        return self._release(pages, wanting)

    def _missing(self) -> KeptOut | None:
        """Something that a group wants, and that could not be had."""
        project = self._sought.project
        for one in selections_of(self._yard.catalog, project):
            if self._sought.filename in (None, one.filename) and not self._sought.specifier:
                told = [
                    item.message for item in failures(self._yard.catalog) if item.project == project
                ]
                message = "\n".join([f"`{one.filename}` is wanted, and could not be had", *told])
                return KeptOut(Rule.MISSING, message, "run `wheelyard mirror` again", one.group)
        return None

    def _unreached(self) -> tuple[KeptOut, ...]:
        """Why nothing leads to the project."""
        project = self._sought.project
        problems = recorded_problems(self._yard.catalog)
        told = [
            KeptOut(Rule.PROBLEM, f"the group has a problem: {problem.message}", problem.hint, name)
            for name, found in problems.items()
            for problem in found
        ]
        asked = explain_unreached(project, self._evidence.standpoints, self._evidence.metadata)
        if told or asked:
            return (*asked, *told)
        groups = [group.name for group in self._evidence.groups if not group.builds]
        if not groups and problems:
            message = "nothing was ever proven of this yard, so what leads where is not known"
            return (KeptOut(Rule.UNKNOWN, message, "run `wheelyard mirror`"),)
        known = {project.name for project in holdings.projects(self._yard.catalog)}
        close = get_close_matches(project, sorted(known), 1) or get_close_matches(
            project, sorted(self._kept.names()), 1
        )
        listed = ", ".join(f"`{name}`" for name in groups) or "none"
        hint = f"did you mean `{close[0]}`?" if close else "ask for it in a group"
        message = f"no requirement of any group leads to `{project}`; the groups are: {listed}"
        return (KeptOut(Rule.UNWANTED, message, hint),)

    def _file(
        self, filename: str, pages: Sequence[ProjectPage], wanting: Sequence[ProvenGroup]
    ) -> Absence:
        sought = self._sought
        listed = [page for page in pages if any(file.filename == filename for file in page.files)]
        if not listed:
            message = "the project's page, as it was last read, lists no such file"
            hint = "run `wheelyard mirror`, which reads it again"
            return Absence(sought, None, (KeptOut(Rule.NO_SUCH_FILE, message, hint),))
        if listed[0] is not pages[0]:
            message = f"`{sought.project}` comes from an upstream that has other files of it"
            hint = "assign the project to the upstream that has this one"
            return Absence(sought, None, (KeptOut(Rule.UPSTREAM, message, hint),))
        releases = sort_into_releases(pages[0])
        found = [item for item in releases.candidates if item.file.filename == filename]
        if not found:
            message = "no installer takes a file of that name"
            return Absence(sought, None, (KeptOut(Rule.NOT_INSTALLABLE, message),))
        (candidate,) = found
        return Absence(
            sought,
            candidate.name.version,
            tuple(
                keeps_file_out(candidate, one) or self._ask((candidate,), one)
                for one in self._wantings(releases, wanting)
            ),
        )

    def _release(self, pages: Sequence[ProjectPage], wanting: Sequence[ProvenGroup]) -> Absence:
        sought = self._sought
        releases, *others = map(sort_into_releases, pages)
        version = _newest(sought, releases)
        if version is None:
            if any(_newest(sought, other) for other in others):
                message = f"`{sought.project}` comes from an upstream that lacks it"
                hint = "assign the project to the upstream that has it"
                return Absence(sought, None, (KeptOut(Rule.UPSTREAM, message, hint),))
            newest = next(iter(releases.newest_first), None)
            message = (
                "the project's page, as it was last read, lists no such release"
                f"; the newest is {newest}"
            )
            hint = "run `wheelyard mirror`, which reads it again"
            return Absence(sought, None, (KeptOut(Rule.NO_SUCH_RELEASE, message, hint),))
        return Absence(
            sought,
            version,
            tuple(
                keeps_release_out(version, one) or self._ask(releases.by_version[version], one)
                for one in self._wantings(releases, wanting)
            ),
        )

    def _wantings(self, releases: Releases, groups: Sequence[ProvenGroup]) -> Iterator[Wanting]:
        project = self._sought.project
        for proven in groups:
            taken: dict[Target, frozenset[str]] = {}
            for witness in proven.witnesses:
                target = parse_target(witness.target)
                names = {file.filename for file in witness.files if file.project == project}
                taken[target] = taken.get(target, frozenset()) | names
            added = {file.filename for file in proven.additions if file.project == project}
            yield Wanting(
                group=group_of(proven),
                is_locked=proven.locked,
                releases=releases,
                taken=taken,
                kept=frozenset(added).union(*taken.values()),
                standpoints=self._evidence.standpoints,
            )

    def _ask(self, candidates: Sequence[Candidate], wanting: Wanting) -> KeptOut:
        """What the resolver says of a release that no rule keeps out."""
        target = next(iter(open_targets(candidates, wanting)), wanting.group.targets[0])
        version = candidates[0].name.version
        return asyncio.run(_try_release(wanting.group, target, version, wanting, self._kept))


async def _try_release(
    group: Group, target: Target, version: Version, wanting: Wanting, kept: KeptIndex
) -> KeptOut:
    """Resolve the group with the release in it, over what is kept of the upstreams."""
    project = wanting.releases.project
    exactly = Requirement(f"{project}=={version}")
    tried = replace(group, requirements=(*group.requirements, exactly), targets=(target,))
    question = Question(tried, (target,), exact=True)
    facts = Facts(kept, Silent())
    resolver = Resolver(Path(uv.find_uv_bin()), resolver_environment(os.environ))
    try:
        answer = await resolver.lock(question, facts)
        if not isinstance(answer, Refusal):
            message = f"it would fit on {target}: every requirement can be met with it"
            return KeptOut(Rule.FITS, message, _FITS_HINT, group.name)
        asked = sorted(answer.asked & set(facts.projects_read()))
        pages = await gather_in_order(facts.releases(name) for name in asked)
    except WheelyardError as error:
        message = f"whether it fits is not known: {error}"
        return KeptOut(Rule.UNKNOWN, message, error.hint or "", group.name)
    problem = explain_refusal(question, answer.explanation, pages)
    message = f"on {target}, nothing meets all requirements with it: {problem.message}"
    return KeptOut(Rule.CONFLICT, message, problem.hint, group.name)


_FITS_HINT = (
    "run `wheelyard mirror`: the page has changed since its last run, or ask for it by name"
)


def _reaches(group: ProvenGroup, project: ProjectName) -> bool:
    files = (*group.additions, *(file for one in group.witnesses for file in one.files))
    return any(file.project == project for file in files)


def _newest(sought: Sought, releases: Releases) -> Version | None:
    """The newest release that is asked about; a pre-release only if there is nothing else."""
    allowed = [
        version
        for version in releases.newest_first
        if sought.specifier.contains(version, prereleases=True)
    ]
    final = [version for version in allowed if not version.is_prerelease]
    return next(iter(final or allowed), None)
