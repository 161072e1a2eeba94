"""Reasons: how each file of a closure came in, from a root of a group down to the file.

A build group's files are there for the sake of the group whose sdist is built, so their reasons
begin with that group's own chain to the sdist.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wheelyard.closure.closed import CheckedWitness, Closure
from wheelyard.closure.groups import Group
from wheelyard.closure.witness import Pin


@dataclass(frozen=True, slots=True, order=True)
class Want:
    """One reason to have a file: a group's target that takes it, and how it came in."""

    group: str
    reason: str  # requirements joined by ` > `, with `build of FILE` where a build comes in
    target: str  # "" for a file that no one target asks for


def wants(closure: Closure) -> Iterator[tuple[Pin, Want]]:
    """Every file of the closure with one want for each group that leads to it."""
    origins = _Origins({group.name: group for group in closure.groups})
    # Sdists that ask for the same share a build group, and one that was found late can come after
    # the witness of its group. So it goes on until nothing new is found.
    known = -1
    while known != (known := len(origins)):
        for pin, want in _all_wants(closure, origins):
            origins.note(pin, want)
    yield from _all_wants(closure, origins)


def _all_wants(closure: Closure, origins: "_Origins") -> Iterator[tuple[Pin, Want]]:
    for checked in closure.witnesses:
        yield from _wants_of(checked, origins)
    for addition in closure.additions:
        target = "" if addition.target is None else str(addition.target)
        yield addition.pin, Want(addition.group, addition.reason, target)


def _wants_of(checked: CheckedWitness, origins: "_Origins") -> Iterator[tuple[Pin, Want]]:
    witness = checked.witness
    target = str(witness.target)
    prefixes = origins.of(witness.group, target)
    for pin in witness.pins:
        for group, prefix in prefixes.items():
            yield pin, Want(group, prefix + _chain(checked, pin), target)


class _Origins:
    """Which groups lead to the build of an sdist on a target, and by which chain."""

    def __init__(self, groups: Mapping[str, Group]) -> None:
        self._groups = groups  # by name
        self._sdists: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)

    def __len__(self) -> int:
        return sum(map(len, self._sdists.values()))

    def note(self, pin: Pin, want: Want) -> None:
        """Remember a want, if it is for an sdist; the first chain of a group stands.

        What no one target asks for may be built on any target of its group.
        """
        if not pin.candidate.is_wheel:
            filename = pin.file.filename
            prefix = f"{want.reason} > build of {filename} > "
            every = map(str, self._groups[want.group].targets)
            for target in (want.target,) if want.target else every:
                self._sdists[filename, target].setdefault(want.group, prefix)

    def of(self, group: str, target: str) -> dict[str, str]:
        """The groups that a group's files belong to, with what their reasons begin with.

        Of several ways from a group, the shortest: a backend may be built with itself.
        """
        if not self._groups[group].builds:
            return {group: ""}
        prefixes: dict[str, str] = {}
        for filename in self._groups[group].builds:
            for origin, prefix in self._sdists[filename, target].items():
                other = prefixes.setdefault(origin, prefix)
                prefixes[origin] = min(other, prefix, key=_steps)
        return prefixes


def _steps(reason: str) -> int:
    return reason.count(" > ")


def _chain(checked: CheckedWitness, pin: Pin) -> str:
    chain = checked.chains.get(pin.project)
    # A lock can hold a release that none of its files' requirements lead to on this target.
    return str(chain) if chain else f"{pin.project} (held by the lock)"
