"""Changes: what a plan would have people install that the last run did not, group by group."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wheelyard.closure.closed import Closure

Installations = Mapping[tuple[str, str], Mapping[str, str]]  # (target, first Python) -> versions


@dataclass(frozen=True, slots=True)
class GroupState:
    """What was found for a group: its installations, each as project -> version."""

    requirements: tuple[str, ...]
    targets: tuple[str, ...]
    installations: Installations


@dataclass(frozen=True, slots=True, order=True)
class Move:
    """A project whose release came, went or is another now, on some targets."""

    project: str
    before: str | None  # the version; several are joined by a comma; None: it was not there
    after: str | None  # likewise; None: it is not there any more
    targets: tuple[str, ...]  # sorted


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChanges:
    """What changed in a group since the last run."""

    group: str
    is_new: bool = False  # nothing was found for it before
    is_gone: bool = False  # it is no group any more
    requirements_added: tuple[str, ...] = ()
    requirements_removed: tuple[str, ...] = ()
    targets_added: tuple[str, ...] = ()
    targets_removed: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()  # sorted; on targets that were there before

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed."""
        return self == GroupChanges(group=self.group)


def claims_by_group(closure: Closure) -> dict[str, GroupState]:
    """What a closure found for the groups that were asked for, in the form that is compared."""
    versions: defaultdict[str, dict[tuple[str, str], dict[str, str]]] = defaultdict(dict)
    for checked in closure.witnesses:
        witness = checked.witness
        key = str(witness.target), str(witness.pythons.first)
        versions[witness.group][key] = {pin.project: str(pin.version) for pin in witness.pins}
    return {
        group.name: GroupState(
            tuple(map(str, group.requirements)),
            tuple(map(str, group.targets)),
            versions[group.name],
        )
        for group in closure.groups
        if not group.builds
    }


def find_changes(
    before: Mapping[str, GroupState] | None, after: Mapping[str, GroupState], *, is_whole: bool
) -> tuple[GroupChanges, ...]:
    """What changed, for each group in which something did; groups that are gone come last.

    `before` is None if there was no last run: then nothing has changed. Groups that are only in
    `before` are gone if `is_whole`, that is if `after` has all that there are.
    """
    if before is None:
        return ()
    found = [_compare(name, before.get(name), claim) for name, claim in after.items()]
    gone = [GroupChanges(group=name, is_gone=True) for name in before if name not in after]
    return tuple(one for one in found + (gone if is_whole else []) if not one.is_empty)


def _compare(name: str, before: GroupState | None, after: GroupState) -> GroupChanges:
    if before is None:
        return GroupChanges(group=name, is_new=True)
    return GroupChanges(
        group=name,
        requirements_added=_without(after.requirements, before.requirements),
        requirements_removed=_without(before.requirements, after.requirements),
        targets_added=_without(after.targets, before.targets),
        targets_removed=_without(before.targets, after.targets),
        moves=_moves(before, after),
    )


def _moves(before: GroupState, after: GroupState) -> tuple[Move, ...]:
    old, new = _by_target(before.installations), _by_target(after.installations)
    targets: defaultdict[tuple[str, str | None, str | None], list[str]] = defaultdict(list)
    for target in sorted(old.keys() & new.keys()):
        for project in old[target].keys() | new[target].keys():
            was, now = old[target].get(project), new[target].get(project)
            if was != now:
                targets[project, was, now].append(target)
    moves = [Move(*change, tuple(where)) for change, where in targets.items()]
    return tuple(sorted(moves, key=lambda one: (one.project, one.before or "", one.after or "")))


def _by_target(installations: Installations) -> Mapping[str, Mapping[str, str]]:
    """For each target the versions of each project, those for older Pythons first."""
    versions: defaultdict[str, defaultdict[str, dict[str, None]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for (target, _), installed in sorted(installations.items(), key=_python_order):
        for project, version in installed.items():
            versions[target][project][version] = None
    return {
        target: {project: ", ".join(some) for project, some in projects.items()}
        for target, projects in versions.items()
    }


def _python_order(item: tuple[tuple[str, str], Mapping[str, str]]) -> tuple[str, list[int]]:
    (target, first), _ = item
    return target, [int(part) for part in first.split(".")]


def change_lines(changes: Iterable[GroupChanges]) -> list[str]:
    """The changes as a person reads them, a line for each."""
    return [f"{one.group}: {line}" for one in changes for line in _lines(one)]


def _lines(changes: GroupChanges) -> list[str]:
    if changes.is_new:
        return ["a new group"]
    if changes.is_gone:
        return ["no group any more"]
    return [
        *(f"requires {item} now" for item in changes.requirements_added),
        *(f"requires {item} no more" for item in changes.requirements_removed),
        *(f"new target {item}" for item in changes.targets_added),
        *(f"target {item} dropped" for item in changes.targets_removed),
        *map(_move_line, changes.moves),
    ]


def _move_line(move: Move) -> str:
    count = len(move.targets)
    where = f"on {count} targets" if count > 1 else f"on {move.targets[0]}"
    if move.before is None:
        return f"{move.project} {move.after} came {where}"
    if move.after is None:
        return f"{move.project} {move.before} went {where}"
    return f"{move.project} {move.before} -> {move.after} {where}"


def changes_document(changes: Iterable[GroupChanges]) -> list[dict[str, Any]]:
    """The changes as a JSON array, an object for each group in which something changed."""
    return [
        {
            "group": one.group,
            "new": one.is_new,
            "gone": one.is_gone,
            "requirements": {
                "added": list(one.requirements_added),
                "removed": list(one.requirements_removed),
            },
            "targets": {"added": list(one.targets_added), "removed": list(one.targets_removed)},
            "releases": [
                {
                    "project": move.project,
                    "before": move.before,
                    "after": move.after,
                    "targets": list(move.targets),
                }
                for move in one.moves
            ],
        }
        for one in changes
    ]


def _without(items: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    known = set(others)
    return tuple(item for item in items if item not in known)
