"""What installing a group on one Python takes: its witness, and what its sdists need to be built.

Installers make a fresh environment for each build, from the same index that they install from. So
what a build needs stands beside the witness, and a build may be given the witness's own releases.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name, canonicalize_version
from packaging.version import InvalidVersion, Version

from wheelyard.closure.witness import PythonSpan
from wheelyard.model.names import ProjectName
from wheelyard.model.targets import parse_target
from wheelyard.prove.document import Proof, ProvenFile, ProvenGroup, ProvenWitness


@dataclass(frozen=True, slots=True, order=True)
class Provided:
    """A file that an installation or one of its builds takes."""

    project: ProjectName
    filename: str


@dataclass(frozen=True, slots=True)
class Provision:
    """A group with the groups that its sdists may be built by, on one target."""

    group: ProvenGroup
    builds: tuple[ProvenGroup, ...]
    target: str

    @property
    def spans(self) -> list[PythonSpan]:
        """The spans that the group has witnesses for."""
        return [span_of(witness) for witness in _witnesses(self.group, self.target)]

    @property
    def build_spans(self) -> list[PythonSpan]:
        """The spans of all witnesses of builds."""
        return [span_of(each) for build in self.builds for each in _witnesses(build, self.target)]

    def at(self, python: Version) -> frozenset[Provided]:
        """The files that are taken on one Python; none where no witness covers it.

        A release of the witness has the witness's file alone. There are several versions of a
        project only where a build may need another one than the witness has.
        """
        installed = _files_at(self.group, self.target, python)
        versions = {file.project: file.version for file in installed}
        taken: dict[tuple[str, str], str] = {}
        waiting = list(_new(installed, taken))
        entered: set[str] = set()
        while waiting:
            sdist = waiting.pop().filename
            for build in self.builds:
                if sdist in build.builds and build.name not in entered:
                    entered.add(build.name)
                    if not self._is_met(build, versions, python):
                        waiting += _new(_files_at(build, self.target, python), taken)
        return frozenset(
            Provided(ProjectName(project), filename) for (project, _), filename in taken.items()
        )

    def _is_met(self, build: ProvenGroup, installed: Mapping[str, str], python: Version) -> bool:
        """Whether the releases of the witness alone surely are all that a build needs.

        A witness has the dependencies of its releases, so it is enough to look at what the build
        itself asks for; not so where the witness comes about by other rules than theirs.
        """
        if self.group.overrides or self.group.locked:
            return False
        environment = parse_target(self.target).environment(python)
        try:
            return all(
                _admits(Requirement(text), installed, environment)
                for text in (*build.requirements, *build.assumed)
            )
        except (InvalidRequirement, InvalidVersion):
            return False


def provision_of(proof: Proof, group: str, target: str) -> Provision | None:
    """What a proof says of a group and a target; None if it has no witness of them.

    Raises InvalidTarget for a target that cannot be read.
    """
    for each in proof.groups:
        if each.name == group and not each.builds and _witnesses(each, target):
            builds = (other for other in proof.groups if other.builds and target in other.targets)
            return Provision(each, tuple(builds), target)
    return None


def span_of(witness: ProvenWitness) -> PythonSpan:
    """The patch releases that a witness is for."""
    last = None if witness.last is None else Version(witness.last)
    return PythonSpan(Version(witness.first), last)


def _witnesses(group: ProvenGroup, target: str) -> list[ProvenWitness]:
    return [witness for witness in group.witnesses if witness.target == target]


def _files_at(group: ProvenGroup, target: str, python: Version) -> tuple[ProvenFile, ...]:
    for witness in _witnesses(group, target):
        if python in span_of(witness):
            return witness.files
    return ()


def _new(files: Iterable[ProvenFile], taken: dict[tuple[str, str], str]) -> Iterator[ProvenFile]:
    """The files of releases that have none yet; they are put into `taken`."""
    for file in files:
        release = (file.project, canonicalize_version(file.version))
        if release not in taken:
            taken[release] = file.filename
            yield file


def _admits(
    requirement: Requirement, installed: Mapping[str, str], environment: dict[str, str]
) -> bool:
    if requirement.marker is not None and not requirement.marker.evaluate(environment):
        return True
    version = installed.get(canonicalize_name(requirement.name))
    # What an extra or a direct URL asks for is not in the proof.
    if version is None or requirement.extras or requirement.url is not None:
        return False
    return requirement.specifier.contains(version, prereleases=True)
