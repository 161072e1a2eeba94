"""From what is said of a group, and the files that it names, to the groups that are closed.

A lock file is a group of its own, which is mirrored exactly as it is; everything else that is said
together is one group, resolved together.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.requirements import Requirement

from wheelyard.cli.environments import Environment, read_environment
from wheelyard.cli.here import platform_here, python_here
from wheelyard.cli.inputs import (
    PROJECT_FILE,
    Inputs,
    LockInput,
    read_arguments,
    read_constraint_files,
    read_files,
)
from wheelyard.closure.answer import breakpoints
from wheelyard.closure.formats import ANY_FORMAT, Format, Formats
from wheelyard.closure.groups import Group
from wheelyard.closure.policies import LOCK, LOCK_AND_EDGES, Policy
from wheelyard.model.errors import InvalidInput
from wheelyard.model.names import ProjectName
from wheelyard.model.pythons import PythonInterval
from wheelyard.model.requirements import parse_requirement, required_project
from wheelyard.model.targets import PythonBuild, Target
from wheelyard.wire.lock_files import SelectableLock
from wheelyard.wire.project_table import NOTHING_OPTIONAL, Choice
from wheelyard.wire.requirements_txt import FormatWish, Switch, Wanted

_PYTHONS = range(8, 30)  # minor versions of Python 3 that a lock may have been made for
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_SHOWN = 3  # of what a message lists


class NothingFromIndex(InvalidInput):
    """A group asks for nothing that an index could have."""

    hint = "name projects; what lies elsewhere can only be told of beside them"

    def __init__(self, group: str, outside: Sequence[str]) -> None:
        listed = ", ".join(f"`{text}`" for text in outside[:_SHOWN])
        found = f"only what lies outside any index: {listed}" if outside else "no requirement"
        super().__init__(f"the files of group `{group}` name {found}")


class UnhashedRequirements(InvalidInput):
    """Some requirements have hashes, and others are not pinned or have none."""

    hint = (
        "one `--hash` makes pip want every requirement pinned with `==` and hashed, as "
        "`uv pip compile --generate-hashes` writes them"
    )

    def __init__(self, group: str, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        listed = "\n".join(f"  {fault}" for fault in faults)
        super().__init__(
            f"group `{group}` requires hashes, but not every requirement has:\n{listed}"
        )


class UncoveredTargets(InvalidInput):
    """A lock was made for none of the targets."""

    hint = "leave the targets out, to mirror the lock for all that it covers, or name others"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} covers none of the targets")


class NoProject(InvalidInput):
    """Extras or dependency groups are chosen, of no project."""

    hint = f"name its file: `-r {PROJECT_FILE}`"

    def __init__(self, group: str) -> None:
        super().__init__(
            f"group `{group}` chooses extras or dependency groups, but names no {PROJECT_FILE}"
        )


class SameNames(InvalidInput):
    """A lock file's group has the name of another group."""

    hint = "rename a group, or put the lock file into a group of its own"

    def __init__(self, name: str) -> None:
        super().__init__(f"two groups would be called `{name}`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is said of a group, nothing of it read yet."""

    name: str
    where: str  # who says so, for messages
    requirements: tuple[str, ...] = ()
    files: tuple[str | Path, ...] = ()
    constraints: tuple[str, ...] = ()
    constraint_files: tuple[str | Path, ...] = ()
    overrides: tuple[str, ...] = ()
    override_files: tuple[str | Path, ...] = ()
    environment: Path | None = None  # a Python to take what is installed from
    choice: Choice = NOTHING_OPTIONAL
    policy: Policy | None = None  # None: what fits the inputs
    every_sdist: bool = False
    every_wheel: bool = False
    formats: tuple[FormatWish, ...] = ()  # each after the other
    prereleases: bool = False
    targets: tuple[Target, ...] | None = None  # None: what fits the inputs


@dataclass(frozen=True, slots=True)
class MadeGroups:
    """The groups that one group's wishes give, and what a person is to know of them."""

    groups: tuple[Group, ...]  # at least one
    notes: tuple[str, ...]


def make_groups(wishes: Wishes, variables: Mapping[str, str]) -> MadeGroups:
    """Read what the wishes name; raises InvalidInput.

    The group of the requirements comes first, then one for each lock file. A lock file that is
    alone has the name that was wished for; beside others it has the file's name behind it.
    """
    inputs, environment = _read(wishes, variables)
    groups: list[Group] = []
    if inputs.requirements or not inputs.locks:
        groups.append(_resolved(wishes, inputs, environment, variables))
    is_alone = not groups and len(inputs.locks) == 1
    names = [wishes.name] if is_alone else _lock_names(wishes.name, inputs.locks)
    for lock, name in zip(inputs.locks, names, strict=True):
        groups.append(_locked(wishes, lock, name, inputs))
    if not inputs.requirements:
        groups[0] = replace(groups[0], outside=(*inputs.outside, *groups[0].outside))
    check_names(groups)
    return MadeGroups(tuple(groups), tuple(dict.fromkeys(inputs.notes)))


def check_names(groups: Sequence[Group]) -> None:
    """Raise SameNames if two groups have one name."""
    names = [group.name for group in groups]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise SameNames(name)


def _read(wishes: Wishes, variables: Mapping[str, str]) -> tuple[Inputs, Environment | None]:
    inputs = Inputs()
    read_arguments(wishes.requirements, wishes.where, inputs)
    read_files(wishes.files, wishes.choice, variables, inputs)
    read_constraint_files(wishes.constraint_files, variables, inputs)
    inputs.constraints += [
        Wanted(parse_requirement(text), frozenset(), wishes.where) for text in wishes.constraints
    ]
    if wishes.choice and not any(Path(path).name == PROJECT_FILE for path in wishes.files):
        raise NoProject(wishes.name)
    environment = read_environment(wishes.environment) if wishes.environment else None
    if environment is not None:
        environment.add_to(inputs)
    return inputs, environment


def _resolved(
    wishes: Wishes, inputs: Inputs, environment: Environment | None, variables: Mapping[str, str]
) -> Group:
    """The group of everything but the lock files."""
    if not inputs.requirements:
        for text in wishes.requirements:
            parse_requirement(text)  # it says best what is wrong with a direct URL alone
        raise NothingFromIndex(wishes.name, [item.text for item in inputs.outside])
    digests = _digests(wishes.name, inputs)
    python = environment.python if environment is not None else python_here()
    return Group(
        name=wishes.name,
        requirements=_requirements(inputs.requirements),
        targets=wishes.targets or (Target(python, platform_here()),),
        constraints=_requirements(inputs.constraints),
        overrides=_overrides(wishes, variables),
        policy=wishes.policy or (LOCK if digests else LOCK_AND_EDGES),
        prereleases=wishes.prereleases or Switch.PRE in inputs.switches,
        formats=_formats([*inputs.formats, *wishes.formats]),
        every_sdist=wishes.every_sdist,
        every_wheel=wishes.every_wheel,
        digests=digests,
        outside=tuple(inputs.outside),
    )


def _requirements(wanted: Iterable[Wanted]) -> tuple[Requirement, ...]:
    return tuple({str(item.requirement): item.requirement for item in wanted}.values())


def _overrides(wishes: Wishes, variables: Mapping[str, str]) -> tuple[Requirement, ...]:
    overriding = Inputs()
    read_arguments(wishes.overrides, wishes.where, overriding)
    read_files(wishes.override_files, NOTHING_OPTIONAL, variables, overriding)
    return _requirements(overriding.requirements)


def _formats(wishes: Iterable[FormatWish]) -> Formats:
    formats = ANY_FORMAT
    for wish in wishes:
        formats = formats.wishing(Format(wish.option), wish.names)
    return formats


def _digests(group: str, inputs: Inputs) -> Mapping[ProjectName, frozenset[str]]:
    """What pip's hash mode allows of each project; empty if nothing asks for hashes.

    pip turns it on for everything "if any requirement has a `--hash`", and then wants each pinned.
    A constraint may do either for a requirement. Raises UnhashedRequirements.
    """
    every = [*inputs.requirements, *inputs.constraints]
    if Switch.REQUIRE_HASHES not in inputs.switches and not any(item.digests for item in every):
        return {}
    constrained = _united(inputs.constraints)
    pinned = {required_project(item.requirement) for item in inputs.constraints if _pins(item)}
    faults: dict[str, None] = {}
    for item in inputs.requirements:
        project = required_project(item.requirement)
        if not _pins(item) and project not in pinned:
            faults[f"`{item.requirement}` ({item.where}) is not pinned with `==`"] = None
        elif not item.digests and project not in constrained:
            faults[f"`{item.requirement}` ({item.where}) has no `--hash`"] = None
    if faults:
        raise UnhashedRequirements(group, list(faults))
    wanted = _united(inputs.requirements)
    return {
        project: wanted[project] & constrained[project]
        if project in wanted and project in constrained
        else wanted.get(project, frozenset()) | constrained.get(project, frozenset())
        for project in sorted({*wanted, *constrained})
    }


def _united(wanted: Iterable[Wanted]) -> dict[ProjectName, frozenset[str]]:
    """The digests of each project that has some; it may stand on several lines with markers."""
    united: dict[ProjectName, frozenset[str]] = {}
    for item in wanted:
        if item.digests:
            project = required_project(item.requirement)
            united[project] = united.get(project, frozenset()) | item.digests
    return united


def _pins(wanted: Wanted) -> bool:
    specifiers = list(wanted.requirement.specifier)
    return len(specifiers) == 1 and (
        specifiers[0].operator == "==="
        or (specifiers[0].operator == "==" and not specifiers[0].version.endswith(".*"))
    )


def _locked(wishes: Wishes, lock: LockInput, name: str, inputs: Inputs) -> Group:
    """The group of one lock file; what a person is to know of it is added to the notes."""
    document, path = lock.document, lock.path
    targets = _covered(wishes, lock, inputs.notes)
    taken = document.lock
    if document.usual is not None and (several := _clashes(taken, targets)):
        listed = ", ".join(f"`{project}`" for project in several[:_SHOWN])
        inputs.notes.append(
            f"{path} has extras or groups that need different releases of {listed}; "
            "only those installed by default are mirrored"
        )
        taken = document.usual
    if document.several:
        listed = ", ".join(f"`{project}`" for project in document.several[:_SHOWN])
        inputs.notes.append(
            f"{path} has several releases of {listed} and does not tell which goes where; all "
            "files of the lock are mirrored; a newer version of the tool that wrote it tells"
        )
    return Group(
        name=name,
        requirements=(),
        targets=targets,
        policy=wishes.policy or LOCK,
        formats=_formats(wishes.formats),
        every_sdist=wishes.every_sdist,
        every_wheel=wishes.every_wheel,
        lock=taken,
        every_target=wishes.targets is None or bool(document.several),
        outside=document.outside,
    )


def _covered(wishes: Wishes, lock: LockInput, notes: list[str]) -> tuple[Target, ...]:
    """The group's targets that the lock was made for; without any, this machine's nearest."""
    covers = lock.document.covers
    if wishes.targets is None:
        target = next(filter(covers, _near_targets()), None)
        if target is None:
            raise UncoveredTargets(lock.path)
        return (target,)
    covered = tuple(filter(covers, wishes.targets))
    if not covered:
        raise UncoveredTargets(lock.path)
    notes += [
        f"{lock.path} does not cover {target}" for target in wishes.targets if target not in covered
    ]
    return covered


def _near_targets() -> Iterable[Target]:
    """This machine, then what it is with other Pythons."""
    platform = platform_here()
    yield Target(python_here(), platform)
    for minor in _PYTHONS:
        yield Target(PythonBuild(PythonInterval(3, minor)), platform)


def _clashes(lock: SelectableLock, targets: Iterable[Target]) -> list[ProjectName]:
    """The projects of which some target would take several releases, sorted."""
    clashing: set[ProjectName] = set()
    for target in targets:
        for python in breakpoints(sorted(lock.marker_texts()), target):
            projects = [release.project for release in lock.taken(target, python)]
            clashing.update(project for project in projects if projects.count(project) > 1)
    return sorted(clashing)


def _lock_names(group: str, locks: Sequence[LockInput]) -> list[str]:
    """`<group>-<file name>`, with the folders before it where two files have one name."""
    names = [lock.path.name for lock in locks]
    if len(set(names)) < len(names):
        names = [str(lock.path) for lock in locks]
    return [f"{group}-{_UNSAFE.sub('-', name).strip('-.')}" for name in names]
