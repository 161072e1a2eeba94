"""Projects that no requirement leads to: whether one would, on another target or for an extra."""

from collections.abc import Iterator, Mapping, Sequence

from packaging.requirements import Requirement

from wheelyard.closure.absence import KeptOut, Rule
from wheelyard.closure.chains import Node
from wheelyard.closure.check import Chain
from wheelyard.closure.ways import Standpoint
from wheelyard.model.metadata import CoreMetadata
from wheelyard.model.names import ExtraName, ProjectName
from wheelyard.model.requirements import required_project

_SHOWN = 5  # reasons of one answer


def explain_unreached(
    project: ProjectName,
    standpoints: Sequence[Standpoint],
    metadata: Mapping[str, CoreMetadata],
) -> list[KeptOut]:
    """The requirements that ask for a project, and why none of them applies on any target.

    Empty if nothing that is installed asks for it. `metadata` is by file name.
    """
    found: dict[KeptOut, None] = {}
    for point in standpoints:
        for node in point.graph.edges:
            for requirement, document in _requirements(node, point, metadata):
                if required_project(requirement) == project:
                    before = point.graph.shortest.get(node, Chain(()))
                    found[_told(requirement, node, before, document, standpoints)] = None
    return list(found)[:_SHOWN]


def _requirements(
    node: Node, point: Standpoint, metadata: Mapping[str, CoreMetadata]
) -> Iterator[tuple[Requirement, CoreMetadata | None]]:
    installation = point.graph.installations[node.group]
    if node.project is None:
        yield from ((item, None) for item in installation.group.requirements)
    elif document := metadata.get(installation.files[node.project]):
        yield from ((item, document) for item in document.requires_dist)


def _told(
    requirement: Requirement,
    node: Node,
    before: Chain,
    document: CoreMetadata | None,
    standpoints: Sequence[Standpoint],
) -> KeptOut:
    chain = before.then(requirement)
    if requirement.url is not None:
        message = f"`{chain}` names a place outside any index"
        return KeptOut(Rule.CONDITION, message, "fetch it from there", node.group)
    extra = document and _extra(requirement, document, standpoints)
    if document is not None and extra is not None:
        message = f"only the extra `{extra}` of `{document.name}` asks for it: `{chain}`"
        hint = f"ask for `{document.name}[{extra}]`"
        return KeptOut(Rule.CONDITION, message, hint, node.group)
    message = f"no target meets the marker of `{chain}`"
    return KeptOut(Rule.CONDITION, message, "add a target that meets it", node.group)


def _extra(
    requirement: Requirement, document: CoreMetadata, standpoints: Sequence[Standpoint]
) -> ExtraName | None:
    """The extra that would bring the requirement in on some target; None if it takes more."""
    if requirement.marker is None:
        return None
    environments = [point.target.environment(point.pythons.first) for point in standpoints]
    for extra in sorted(document.provides_extra):
        if any(requirement.marker.evaluate({**each, "extra": extra}) for each in environments):
            return extra
    return None
