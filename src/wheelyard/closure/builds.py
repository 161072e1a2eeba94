"""Build groups: what the sdists of a closure need to be built; nothing of them is run.

Spec: https://packaging.python.org/en/latest/specifications/pyproject-toml/ ([build-system])
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from packaging.requirements import Requirement

from wheelyard.closure.groups import Group
from wheelyard.closure.hooks import assumed_requirements
from wheelyard.closure.obligations import Obligation, ObligationKind
from wheelyard.closure.witness import Pin, Witness
from wheelyard.model.metadata import SdistFacts
from wheelyard.model.requirements import required_project
from wheelyard.model.targets import Target


def build_groups(witnesses: Iterable[Witness], facts: Mapping[str, SdistFacts]) -> list[Group]:
    """The groups that provide for building every sdist among the witnesses, sorted by name.

    `facts` is by sdist file name; an sdist that is not among them cannot be read, and is passed
    over. Installers make a fresh environment for each build, so each set of build requirements is a
    group of its own; sdists that ask for the same share one. With what an sdist names goes what its
    backend is known to ask for while it runs.
    """
    found: defaultdict[tuple[Requirement, ...], _Build] = defaultdict(_Build)
    for witness in witnesses:
        for pin in witness.pins:
            sdist = None if pin.candidate.is_wheel else facts.get(pin.file.filename)
            if sdist is not None:
                build = found[*sdist.build_requires, *assumed_requirements(sdist)]
                build.sdists.add(pin.file.filename)
                build.targets.add(witness.target)
                build.named.update(sdist.build_requires)
    groups = [_group(needed, build) for needed, build in found.items() if needed]
    return sorted(groups, key=lambda group: group.name)


@dataclass(slots=True)
class _Build:
    """Sdists that are built with the same, and where."""

    sdists: set[str] = field(default_factory=set)
    targets: set[Target] = field(default_factory=set)
    named: set[Requirement] = field(default_factory=set)  # by one of the sdists at least


def _group(needed: tuple[Requirement, ...], build: _Build) -> Group:
    return Group(
        name=f"build of {min(build.sdists)}",
        requirements=needed,
        targets=tuple(sorted(build.targets)),
        assumed=tuple(item for item in needed if item not in build.named),
        builds=tuple(sorted(build.sdists)),
    )


def build_obligations(pin: Pin, facts: SdistFacts) -> list[Obligation]:
    """What remains open when a pin's file is an sdist."""
    filename = pin.file.filename
    obligations = [
        Obligation(
            ObligationKind.BUILD,
            pin.project,
            f"`{filename}` is built where it is installed: compilers, and what its build asks for "
            f"while it runs, are not in the yard{_but_for(assumed_requirements(facts))}",
        )
    ]
    if not facts.source.is_guaranteed:
        message = f"the dependencies of `{filename}` are those of its {facts.source}"
        obligations.append(
            Obligation(ObligationKind.METADATA, pin.project, f"{message}; a build may name others")
        )
    return obligations


def assumed_obligation(group: Group, targets: Sequence[Target]) -> Obligation:
    """What remains open where something that is only assumed of a build cannot be had."""
    message = (
        f"{_listed(group.assumed)}, which the build of {_listed(group.builds)} is known to ask "
        f"for, cannot be had for {_listed(targets)}"
    )
    return Obligation(ObligationKind.BUILD, required_project(group.assumed[0]), message)


def _but_for(assumed: tuple[Requirement, ...]) -> str:
    if not assumed:
        return ""
    return f", but for {_listed(assumed)}, which its build backend is known to ask for"


def _listed(items: Iterable[object]) -> str:
    return ", ".join(f"`{item}`" for item in items)
