"""Admission: which files of a project a group may take at all."""

from wheelyard.closure.groups import Group
from wheelyard.closure.releases import Candidate, Releases


def admit(releases: Releases, group: Group) -> Releases:
    """The releases without the files that the group's formats or digests rule out."""
    digests = group.digests.get(releases.project)

    def is_admitted(candidate: Candidate) -> bool:
        if not group.formats.accepts(releases.project, is_wheel=candidate.is_wheel):
            return False
        return digests is None or not digests.isdisjoint(candidate.digests)

    admitted = tuple(filter(is_admitted, releases.candidates))
    return (
        releases
        if len(admitted) == len(releases.candidates)
        else Releases(releases.project, admitted)
    )
