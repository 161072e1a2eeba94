"""Build groups: what the sdists of a closure need to be built, read from them and never run.

Spec: https://packaging.python.org/en/latest/specifications/pyproject-toml/ ([build-system])
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from packaging.requirements import Requirement

from wheelyard.closure.groups import Group
from wheelyard.closure.obligations import Obligation, ObligationKind
from wheelyard.closure.witness import Pin, Witness
from wheelyard.model.metadata import SdistFacts
from wheelyard.model.targets import Target


def build_groups(witnesses: Iterable[Witness], facts: Mapping[str, SdistFacts]) -> list[Group]:
    """The groups that provide for building every sdist among the witnesses, sorted by name.

    `facts` is by sdist file name. Installers make a fresh environment for each build, so each set
    of build requirements is a group of its own; sdists that ask for the same share one.
    """
    sdists: defaultdict[tuple[Requirement, ...], set[str]] = defaultdict(set)
    targets: defaultdict[tuple[Requirement, ...], set[Target]] = defaultdict(set)
    for witness in witnesses:
        for pin in witness.pins:
            if not pin.candidate.is_wheel:
                key = facts[pin.file.filename].build_requires
                sdists[key].add(pin.file.filename)
                targets[key].add(witness.target)
    groups = [
        Group(
            name=f"build of {min(names)}",
            requirements=key,
            targets=tuple(sorted(targets[key])),
            builds=tuple(sorted(names)),
        )
        for key, names in sdists.items()
        if key
    ]
    return sorted(groups, key=lambda group: group.name)


def build_obligations(pin: Pin, facts: SdistFacts) -> list[Obligation]:
    """What remains open when a pin's file is an sdist."""
    filename = pin.file.filename
    obligations = [
        Obligation(
            ObligationKind.BUILD,
            pin.project,
            f"`{filename}` is built where it is installed: compilers, and what its build asks for "
            "while it runs, are not in the yard",
        )
    ]
    if not facts.source.is_guaranteed:
        message = f"the dependencies of `{filename}` are those of its {facts.source}"
        obligations.append(
            Obligation(ObligationKind.METADATA, pin.project, f"{message}; a build may name others")
        )
    return obligations
