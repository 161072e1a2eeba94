"""Admission: which files of a project a group may take at all."""

from wheelyard.closure.groups import Group
from wheelyard.closure.releases import Releases


def admit(releases: Releases, group: Group) -> Releases:
    """The releases without the files that the group's formats or digests rule out."""
    formats, project = group.formats, releases.project
    accepted = {kind: formats.accepts(project, is_wheel=kind) for kind in (True, False)}
    digests = group.digests.get(project)
    if all(accepted.values()) and digests is None:
        return releases
    admitted = tuple(
        candidate
        for candidate in releases.candidates
        if accepted[candidate.is_wheel]
        if digests is None or not digests.isdisjoint(candidate.digests)
    )
    return Releases(project, admitted)
