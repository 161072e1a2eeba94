"""Rules of one environment: which requirements apply there, and what bounds their projects.

Spec: https://packaging.python.org/en/latest/specifications/dependency-specifiers/
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.version import Version

from wheelyard.closure.groups import Group
from wheelyard.model.names import ExtraName, ProjectName
from wheelyard.model.requirements import required_project
from wheelyard.model.targets import Target

NO_EXTRA = ExtraName("")  # what a file requires for itself


@dataclass(frozen=True, slots=True)
class Rules:
    """What a group's installation follows on one target and Python."""

    environment: Mapping[str, str]  # all eleven marker values
    constraints: Mapping[ProjectName, Sequence[Requirement]]
    overrides: Mapping[ProjectName, Sequence[Requirement]]

    def applying(
        self, requirements: Sequence[Requirement], extra: ExtraName
    ) -> Iterator[Requirement]:
        """Those of a file's requirements that apply, overrides in their place.

        With an extra asked for, only those that the extra adds.
        """
        for requirement in requirements:
            if not self._applies(requirement, extra):
                continue
            overrides = self.overrides.get(required_project(requirement))
            if overrides is None:
                yield requirement
            else:
                yield from (one for one in overrides if self._applies(one, NO_EXTRA))

    def bounds(self, project: ProjectName) -> Iterator[Requirement]:
        """The constraints on a project that apply."""
        for constraint in self.constraints.get(project, ()):
            if constraint.url is None and self._applies(constraint, NO_EXTRA):
                yield constraint

    def _applies(self, requirement: Requirement, extra: ExtraName) -> bool:
        if requirement.marker is None:
            return extra == NO_EXTRA
        if not requirement.marker.evaluate({**self.environment, "extra": extra}):
            return False
        # With an extra asked for, what holds without it was followed already.
        return extra == NO_EXTRA or not requirement.marker.evaluate(
            {**self.environment, "extra": NO_EXTRA}
        )


def rules_of(group: Group, target: Target, python: Version) -> Rules:
    """The rules of a group on one Python of a target."""
    return Rules(
        target.environment(python), _by_project(group.constraints), _by_project(group.overrides)
    )


def _by_project(requirements: Sequence[Requirement]) -> Mapping[ProjectName, Sequence[Requirement]]:
    table: defaultdict[ProjectName, list[Requirement]] = defaultdict(list)
    for requirement in requirements:
        table[required_project(requirement)].append(requirement)
    return dict(table)
