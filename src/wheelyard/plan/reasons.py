"""Reasons: how each file of a closure came in, from a root of a group down to the file.

A build group's files are there for the sake of the group whose sdist is built, so their reasons
begin with that group's own chain to the sdist.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from wheelyard.closure.closed import CheckedWitness, Closure
from wheelyard.closure.witness import Pin


@dataclass(frozen=True, slots=True, order=True)
class Want:
    """One reason to have a file: a group's target that takes it, and how it came in."""

    group: str
    reason: str  # requirements joined by ` > `, with `build of FILE` where a build comes in
    target: str


def wants(closure: Closure) -> Iterator[tuple[Pin, Want]]:
    """Every file of every witness with one want for each group that leads to it."""
    builds = {group.name: group.builds for group in closure.groups}
    # A build group comes after the witnesses that led to it, so one pass in order is enough.
    origins = _Origins()
    for checked in closure.witnesses:
        witness = checked.witness
        target = str(witness.target)
        prefixes = origins.of(witness.group, builds[witness.group], target)
        for pin in witness.pins:
            for group, prefix in prefixes.items():
                want = Want(group, prefix + _chain(checked, pin), target)
                origins.note(pin, want)
                yield pin, want


class _Origins:
    """Which groups lead to the build of an sdist on a target, and by which chain."""

    def __init__(self) -> None:
        self._sdists: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)

    def note(self, pin: Pin, want: Want) -> None:
        """Remember a want, if it is for an sdist; the first chain of a group stands."""
        if not pin.candidate.is_wheel:
            filename = pin.file.filename
            prefix = f"{want.reason} > build of {filename} > "
            self._sdists[filename, want.target].setdefault(want.group, prefix)

    def of(self, group: str, builds: tuple[str, ...], target: str) -> dict[str, str]:
        """The groups that a group's files belong to, with what their reasons begin with."""
        if not builds:
            return {group: ""}
        prefixes: dict[str, str] = {}
        for filename in builds:
            prefixes = {**self._sdists[filename, target], **prefixes}
        return prefixes


def _chain(checked: CheckedWitness, pin: Pin) -> str:
    chain = checked.chains.get(pin.project)
    # A lock can hold a release that none of its files' requirements lead to on this target.
    return str(chain) if chain else f"{pin.project} (held by the lock)"
