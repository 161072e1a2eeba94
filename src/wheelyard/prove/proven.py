"""What a proof tells, read back: its groups, and the graphs of requirements in its witnesses."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from packaging.requirements import Requirement
from packaging.version import Version

from wheelyard.closure.answer import breakpoints
from wheelyard.closure.chains import Installation, requirement_graph
from wheelyard.closure.formats import parse_options
from wheelyard.closure.groups import Group
from wheelyard.closure.policies import parse_policy
from wheelyard.closure.ways import Standpoint
from wheelyard.closure.witness import PythonSpan
from wheelyard.model.metadata import CoreMetadata
from wheelyard.model.names import ProjectName
from wheelyard.model.targets import Target, parse_target
from wheelyard.plan.changes import GroupState
from wheelyard.prove.document import Proof, ProvenGroup, ProvenWitness
from wheelyard.prove.provision import span_of


def group_of(proven: ProvenGroup) -> Group:
    """The group that a claim is about, without its lock: a proof names what the lock took."""
    return Group(
        name=proven.name,
        requirements=tuple(map(Requirement, proven.requirements)),
        targets=tuple(map(parse_target, proven.targets)),
        constraints=tuple(map(Requirement, proven.constraints)),
        overrides=tuple(map(Requirement, proven.overrides)),
        policy=parse_policy(proven.policy),
        prereleases=proven.prereleases,
        formats=parse_options(proven.formats),
        assumed=tuple(map(Requirement, proven.assumed)),
        builds=proven.builds,
    )


def last_claims(proof: Proof) -> dict[str, GroupState]:
    """The claims for the groups that were asked for, to compare a new plan with."""
    return {
        proven.name: GroupState(
            proven.requirements,
            proven.targets,
            {
                (witness.target, witness.first): {
                    file.project: file.version for file in witness.files
                }
                for witness in proven.witnesses
            },
        )
        for proven in proof.groups
        if not proven.builds
    }


def standpoints(proof: Proof, metadata: Mapping[str, CoreMetadata]) -> tuple[Standpoint, ...]:
    """The graphs of all witnesses, ordered by target and Python.

    `metadata` is by file name; a file without any leads nowhere.
    """
    groups = [(group_of(proven), proven) for proven in proof.groups]
    targets = dict.fromkeys(target for proven in proof.groups for target in proven.targets)
    return tuple(
        standpoint
        for target in map(parse_target, targets)
        for standpoint in _standpoints(target, groups, metadata)
    )


def _standpoints(
    target: Target,
    groups: Iterable[tuple[Group, ProvenGroup]],
    metadata: Mapping[str, CoreMetadata],
) -> Iterator[Standpoint]:
    witnesses = [
        (group, witness)
        for group, proven in groups
        for witness in proven.witnesses
        if witness.target == str(target)
    ]
    firsts = {Version(witness.first) for _, witness in witnesses}
    pythons = sorted(firsts.union(breakpoints(_texts(witnesses, metadata), target)))
    for python, following in pairwise([*pythons, None]):
        if python is None:
            continue
        last = following and Version(f"{following.major}.{following.minor}.{following.micro - 1}")
        there = [
            Installation(group, _files(witness))
            for group, witness in witnesses
            if python in span_of(witness)
        ]
        graph = requirement_graph(there, target, python, metadata)
        yield Standpoint(target, PythonSpan(python, last), graph)


def _texts(
    witnesses: Iterable[tuple[Group, ProvenWitness]], metadata: Mapping[str, CoreMetadata]
) -> set[str]:
    """All markers that may decide what leads to what."""
    requirements: set[Requirement] = set()
    for group, witness in witnesses:
        requirements.update(group.requirements, group.overrides)
        for file in witness.files:
            if document := metadata.get(file.filename):
                requirements.update(document.requires_dist)
    return {str(item.marker) for item in requirements if item.marker is not None}


def _files(witness: ProvenWitness) -> Mapping[ProjectName, str]:
    return {ProjectName(file.project): file.filename for file in witness.files}
