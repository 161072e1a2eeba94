"""Absence: the first rule that keeps a release or a file out of a group, told to a person.

The rules are looked at in the order in which an installer would meet them: whether anything asks
for the project, whether a file can be installed at all, whether its release may be taken, and
whether the policy reaches it. What none of them keeps out, only the resolver can tell.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from packaging.requirements import Requirement
from packaging.version import Version

from wheelyard.closure.chains import requirements_on
from wheelyard.closure.explain import describe_misfits, why_not
from wheelyard.closure.formats import Format
from wheelyard.closure.groups import Group
from wheelyard.closure.releases import Candidate, Releases
from wheelyard.closure.rules import rules_of
from wheelyard.closure.ways import Standpoint
from wheelyard.model.pythons import accepts_python
from wheelyard.model.targets import Target

_SHOWN = 3  # chains of one message


class Rule(StrEnum):
    """What keeps something out."""

    UNWANTED = "unwanted"  # no requirement of any group leads to the project
    CONDITION = "condition"  # one would, where its marker holds or for an extra
    PROBLEM = "problem"  # the group could not be planned
    UNKNOWN = "unknown"  # what the upstream has was never read
    NO_SUCH_RELEASE = "no-such-release"
    NO_SUCH_FILE = "no-such-file"
    NOT_INSTALLABLE = "not-installable"  # no installer takes files of such a name, or such a status
    UPSTREAM = "upstream"  # the project comes from another upstream
    MISSING = "missing"  # it is wanted, and could not be had
    YANKED = "yanked"
    TAGS = "tags"
    REQUIRES_PYTHON = "requires-python"
    FORMAT = "format"
    OUTRANKED = "outranked"
    BESIDE_WHEEL = "beside-wheel"
    LOCK = "lock"
    PRERELEASE = "pre-release"
    REQUIREMENT = "requirement"
    POLICY = "policy"
    CONFLICT = "conflict"
    FITS = "fits"


@dataclass(frozen=True, slots=True)
class KeptOut:
    """A rule that keeps something out of a group."""

    rule: Rule
    message: str  # may have several lines
    hint: str = ""
    group: str | None = None  # None: it does not depend on the group


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanting:
    """A group that leads to the project, and what it has of it."""

    group: Group
    is_locked: bool
    releases: Releases
    taken: Mapping[Target, frozenset[str]]  # file names, by the targets whose witness has them
    kept: frozenset[str]  # file names, of witnesses and by the policy
    standpoints: tuple[Standpoint, ...]  # where the group leads to the project

    @property
    def versions(self) -> frozenset[Version]:
        """The releases that it has."""
        return frozenset(
            item.name.version
            for item in self.releases.candidates
            if item.file.filename in self.kept
        )


def keeps_file_out(candidate: Candidate, wanting: Wanting) -> KeptOut | None:
    """What keeps one file out of a group; None if only the resolver can tell."""
    found = _unsuitable(candidate, wanting)
    if found is None and candidate.name.version in wanting.versions:
        found = _outranked(candidate, wanting)
    return found or _release_kept_out(candidate.name.version, (candidate,), wanting)


def keeps_release_out(version: Version, wanting: Wanting) -> KeptOut | None:
    """What keeps a release out of a group; None if only the resolver can tell."""
    candidates = wanting.releases.by_version[version]
    reasons = [_unsuitable(candidate, wanting) for candidate in candidates]
    if None in reasons:
        return _release_kept_out(version, candidates, wanting)
    rules = {reason.rule for reason in reasons if reason is not None}
    if rules <= {Rule.TAGS, Rule.REQUIRES_PYTHON}:
        target = wanting.group.targets[0]
        python = target.python.versions.floor
        message = (
            f"no file of it suits a target, such as {target}\n"
            f"{describe_misfits(candidates, target, python)}"
        )
        return KeptOut(Rule.TAGS, message, "add a target that it suits", wanting.group.name)
    return reasons[0]


def open_targets(candidates: Sequence[Candidate], wanting: Wanting) -> list[Target]:
    """The targets on which one of the files fits and no requirement met on the way excludes it."""
    barred = {
        point.target
        for point in wanting.standpoints
        if list(_bars(candidates[0].name.version, point, wanting))
    }
    return [
        target
        for target in wanting.group.targets
        if target not in barred and any(_suits(item, target) for item in candidates)
    ]


def _unsuitable(candidate: Candidate, wanting: Wanting) -> KeptOut | None:
    """What is wrong with the file itself."""
    group = wanting.group
    rules: tuple[Callable[[Candidate, Wanting], tuple[Rule, str, str] | None], ...] = (
        _yanked,
        _misfit,
        _format,
    )
    for rule in rules:
        if found := rule(candidate, wanting):
            return KeptOut(*found, group.name)
    return None


def _yanked(candidate: Candidate, wanting: Wanting) -> tuple[Rule, str, str] | None:
    yank, version = candidate.file.yank, candidate.name.version
    if yank is None or any(_pins(one, version) for one in _met(wanting)):
        return None
    reason = f": {yank.reason}" if yank.reason else ""
    hint = f"only an exact pin takes it: `{wanting.releases.project}=={version}`"
    return Rule.YANKED, f"it is yanked{reason}", hint


def _misfit(candidate: Candidate, wanting: Wanting) -> tuple[Rule, str, str] | None:
    targets = wanting.group.targets
    if any(_suits(candidate, target) for target in targets):
        return None
    told: dict[str, list[str]] = {}
    for target in targets:
        needs = why_not(candidate, target, target.python.versions.floor)
        told.setdefault(needs or "", []).append(str(target))
    lines = [f"  {', '.join(names)}: {needs}" for needs, names in told.items()]
    if len(told) == 1:
        message = f"it {next(iter(told))}, which no target has"
    else:
        message = "\n".join(["no target takes it", *lines])
    fits = any(candidate.fits(target) for target in targets)
    return Rule.REQUIRES_PYTHON if fits else Rule.TAGS, message, "add a target that it suits"


def _format(candidate: Candidate, wanting: Wanting) -> tuple[Rule, str, str] | None:
    project, formats = wanting.releases.project, wanting.group.formats
    if formats.accepts(project, is_wheel=candidate.is_wheel):
        return None
    wish = Format.NO_BINARY if candidate.is_wheel else Format.ONLY_BINARY
    kind = "wheels" if candidate.is_wheel else "sdists"
    return Rule.FORMAT, f"`{wish}` takes no {kind} of it", f"drop `{wish}` for `{project}`"


def _outranked(candidate: Candidate, wanting: Wanting) -> KeptOut | None:
    """Another file of the same release was taken."""
    by_name = {item.file.filename: item for item in wanting.releases.candidates}
    taken = {
        other.file.filename: other
        for target, names in wanting.taken.items()
        for name in sorted(names)
        if _suits(candidate, target)
        and (other := by_name.get(name)) is not None
        and other.name.version == candidate.name.version
    }
    if not taken:
        return None
    named = ", ".join(f"`{name}`" for name in taken)
    group = wanting.group.name
    if not candidate.is_wheel and any(other.is_wheel for other in taken.values()):
        hint = 'the group\'s `sdists = "always"` keeps it as well'
        return KeptOut(Rule.BESIDE_WHEEL, f"{named} is there, a wheel beside it", hint, group)
    hint = 'the group\'s `wheels = "all"` keeps it as well'
    return KeptOut(Rule.OUTRANKED, f"installers take {named} before it", hint, group)


def _release_kept_out(
    version: Version, candidates: Sequence[Candidate], wanting: Wanting
) -> KeptOut | None:
    group, project = wanting.group, wanting.releases.project
    taken = ", ".join(map(str, sorted(wanting.versions)))
    if wanting.is_locked:
        message = f"the lock file of the group names `{project}` {taken}"
        return KeptOut(Rule.LOCK, message, "lock anew, and mirror that", group.name)
    if version.is_prerelease and not _asks_for_prereleases(wanting):
        hint = f"ask for it with `--pre`, or by `{project}>={version}`"
        message = "it is a pre-release, and nothing asks for one"
        return KeptOut(Rule.PRERELEASE, message, hint, group.name)
    if (bars := _barring(version, candidates, wanting)) is not None:
        lines = [f"  {bar}" for bar in bars[:_SHOWN]]
        lines += [f"  and {len(bars) - _SHOWN} more"] if len(bars) > _SHOWN else []
        message = f"excluded by {bars[0]}" if len(bars) == 1 else "\n".join(["excluded by", *lines])
        hint = f"loosen it, or put `{project}=={version}` into a group of its own"
        return KeptOut(Rule.REQUIREMENT, message, hint, group.name)
    if wanting.versions and version < max(wanting.versions):
        return _beyond_policy(version, wanting)
    return None


def _beyond_policy(version: Version, wanting: Wanting) -> KeptOut:
    targets = wanting.group.targets
    newer = [
        other
        for other, candidates in wanting.releases.by_version.items()
        if other > version
        and not other.is_prerelease
        and any(_suits(item, target) for item in candidates for target in targets)
        and any(item.file.yank is None for item in candidates)
    ]
    taken = ", ".join(map(str, sorted(wanting.versions)))
    message = f"`{wanting.group.policy}` has {taken}, and does not reach back to it"
    project = wanting.releases.project
    hint = f"the policy `keep-{len(newer) + 1}` keeps it; or ask for `{project}=={version}`"
    return KeptOut(Rule.POLICY, message, hint, wanting.group.name)


def _barring(
    version: Version, candidates: Sequence[Candidate], wanting: Wanting
) -> list[str] | None:
    """What excludes a release wherever it fits; None if something does not."""
    bars: dict[str, None] = {}
    for point in wanting.standpoints:
        if any(_suits(item, point.target) for item in candidates):
            found = list(_bars(version, point, wanting))
            if not found:
                return None
            bars.update(dict.fromkeys(found))
    return list(bars) or None


def _bars(version: Version, point: Standpoint, wanting: Wanting) -> Iterator[str]:
    """The chains of requirements and the constraints that exclude a release at a standpoint."""
    group, project = wanting.group, wanting.releases.project
    for chain, requirement in requirements_on(point.graph, group.name, project):
        if not requirement.specifier.contains(version, prereleases=True):
            yield f"`{chain}`"
    for bound in rules_of(group, point.target, point.pythons.first).bounds(project):
        if not bound.specifier.contains(version, prereleases=True):
            yield f"the constraint `{bound}`"


def _met(wanting: Wanting) -> Iterator[Requirement]:
    """Every requirement for the project that is met on the way."""
    for point in wanting.standpoints:
        found = requirements_on(point.graph, wanting.group.name, wanting.releases.project)
        yield from (requirement for _, requirement in found)


def _asks_for_prereleases(wanting: Wanting) -> bool:
    return wanting.group.prereleases or any(one.specifier.prereleases for one in _met(wanting))


def _pins(requirement: Requirement, version: Version) -> bool:
    """Whether it names exactly this release, so that it may be a yanked one (PEP 592)."""
    return requirement.specifier.contains(version, prereleases=True) and any(
        one.operator == "===" or (one.operator == "==" and not one.version.endswith(".*"))
        for one in requirement.specifier
    )


def _suits(candidate: Candidate, target: Target) -> bool:
    """Whether some Python of the target takes the file."""
    versions = target.python.versions
    # Python's bounds are lines, so one end of the interval is within them or none is.
    return candidate.fits(target) and any(
        accepts_python(candidate.file.requires_python, python)
        for python in (versions.floor, versions.last)
    )
